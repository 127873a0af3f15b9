/** Writes unsigned numbers, seven bits a byte, the lowest first (LEB128). */
export class Leb128Writer {
  private bytes = new Uint8Array(64);
  private used = 0;

  /** An integer from 0 to 2^53 - 1. */
  put(n: number): void {
    this.reserve();
    while (n >= 0x80) {
      this.bytes[this.used++] = (n % 0x80) | 0x80;
      n = Math.floor(n / 0x80);
    }
    this.bytes[this.used++] = n;
  }

  /** A u64. */
  putBig(n: bigint): void {
    if (n <= BigInt(Number.MAX_SAFE_INTEGER)) return this.put(Number(n));
    this.reserve();
    for (; n >= 0x80n; n >>= 7n) this.bytes[this.used++] = Number(n & 0x7fn) | 0x80;
    this.bytes[this.used++] = Number(n);
  }

  take(): Uint8Array {
    const out = this.bytes.slice(0, this.used);
    this.used = 0;
    return out;
  }

  /** Room for the longest number. */
  private reserve(): void {
    if (this.used + MOST_BYTES <= this.bytes.length) return;
    const wider = new Uint8Array(this.bytes.length * 2);
    wider.set(this.bytes);
    this.bytes = wider;
  }
}

/** Of a u64. */
const MOST_BYTES = 10;

/** Reads what `Leb128Writer` wrote. Total: what cannot be is 0, and `isWrong`. */
export class Leb128Reader {
  readonly bytes: Uint8Array;
  at: number;
  isWrong = false;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  /** A number up to `most` (at most 2^53 - 1), which is what is allocated or trusted at once; beyond it 0 and wrong. */
  next(most: number): number {
    let n = 0;
    for (let k = 0, unit = 1; k < 8; k++, unit *= 0x80) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) break;
      n += (byte & 0x7f) * unit;
      if (byte < 0x80 && n <= most) return n;
      if (byte < 0x80) break;
    }
    this.isWrong = true;
    return 0;
  }

  /** A u64. */
  big(): bigint {
    let n = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) break;
      n |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80 && n < 1n << 64n) return n;
      if (byte < 0x80) break;
    }
    this.isWrong = true;
    return 0n;
  }

  /** Pass over `n` numbers without making them. */
  skip(n: number): void {
    const { bytes } = this;
    let at = this.at;
    for (; n > 0 && at < bytes.length; at++) if (bytes[at]! < 0x80) n--;
    this.at = at;
    if (n > 0) this.isWrong = true;
  }
}
