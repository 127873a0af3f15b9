/**
 * The engine's own page cache, only for what a filesystem answered with DELALLOC: whole blocks of one file that have no place yet.
 * A block is kept whole (its missing parts were read first), so that it can go to any target later.
 */
export class DirtyBlocks {
  readonly blockSize: number;
  private readonly blocks = new Map<number, Uint8Array>();
  /** Time the oldest block became dirty; 0n when there is none. */
  since = 0n;

  constructor(blockSize: number) {
    this.blockSize = blockSize;
  }

  get bytes(): number {
    return this.blocks.size * this.blockSize;
  }

  get isEmpty(): boolean {
    return this.blocks.size === 0;
  }

  has(block: number): boolean {
    return this.blocks.has(block);
  }

  /** The block's bytes; a new block is all zeroes. */
  open(block: number): Uint8Array {
    let bytes = this.blocks.get(block);
    if (!bytes) this.blocks.set(block, (bytes = new Uint8Array(this.blockSize)));
    return bytes;
  }

  clear(): void {
    this.blocks.clear();
    this.since = 0n;
  }

  /** Put what is dirty over `into`, which holds the file from `pos`. */
  overlay(pos: bigint, into: Uint8Array): void {
    if (this.isEmpty) return;
    this.visit(pos, into.length, (bytes, at, from, n) => into.set(bytes.subarray(from, from + n), at));
  }

  /** Zero what is dirty of `length` bytes at `pos`. */
  zero(pos: bigint, length: number): void {
    this.visit(pos, length, (bytes, _at, from, n) => bytes.fill(0, from, from + n));
  }

  /** Write into those blocks of [pos, pos + data) that are dirty already. */
  patch(pos: bigint, data: Uint8Array): void {
    this.visit(pos, data.length, (bytes, at, from, n) => bytes.set(data.subarray(at, at + n), from));
  }

  /** Forget the blocks that lie wholly in [from, to). */
  drop(from: bigint, to: bigint): void {
    const size = BigInt(this.blockSize);
    for (const block of this.blocks.keys()) {
      const at = BigInt(block) * size;
      if (at >= from && at + size <= to) this.blocks.delete(block);
    }
    if (this.isEmpty) this.since = 0n;
  }

  /** Runs of neighbouring dirty blocks in order, each at most `most` bytes long: [from, to) in bytes. */
  runs(most: number): { from: bigint; to: bigint }[] {
    const size = this.blockSize,
      out: { from: bigint; to: bigint }[] = [];
    let first = -1,
      last = -2;
    const end = (): void => {
      if (first >= 0) out.push({ from: BigInt(first) * BigInt(size), to: BigInt(last + 1) * BigInt(size) });
    };
    for (const block of [...this.blocks.keys()].sort((a, b) => a - b)) {
      if (block === last + 1 && (block - first + 1) * size <= most) last = block;
      else {
        end();
        first = last = block;
      }
    }
    end();
    return out;
  }

  /** The first place in [from, to) that is dirty, or undefined. */
  firstDirty(from: bigint, to: bigint): bigint | undefined {
    const size = BigInt(this.blockSize),
      block = Number(from / size);
    let found = Infinity;
    for (const b of this.blocks.keys()) if (b >= block && b < found) found = b;
    if (found === Infinity) return undefined;
    const at = BigInt(found) * size;
    return at >= to ? undefined : at > from ? at : from;
  }

  /** The first place from `from` on that is not dirty. */
  firstClean(from: bigint): bigint {
    const size = BigInt(this.blockSize),
      block = Number(from / size);
    let end = block;
    while (this.blocks.has(end)) end++;
    return end === block ? from : BigInt(end) * size;
  }

  private visit(pos: bigint, length: number, piece: (bytes: Uint8Array, at: number, from: number, n: number) => void): void {
    const size = this.blockSize,
      start = Number(pos);
    for (let at = 0; at < length;) {
      const block = Math.floor((start + at) / size),
        from = (start + at) % size,
        n = Math.min(size - from, length - at);
      const bytes = this.blocks.get(block);
      if (bytes) piece(bytes, at, from, n);
      at += n;
    }
  }
}
