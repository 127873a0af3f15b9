import { type Flaw, flaw, utf8Text } from '../../units/index.ts';
import { type FileBytes, viewOf } from './bytes.ts';

/** Numbers are read through a window of so many bytes. */
const WINDOW = 4096;

/**
 * Reads one value after the other. The first thing that is wrong is kept as `flaw`; from then on every read answers nothing (0, '', no bytes), so
 * that a parser looks once a loop, and never runs on.
 */
export class FileCursor {
  flaw: Flaw | undefined;
  at: number;
  readonly isLittle: boolean;
  private readonly source: FileBytes;
  private readonly end: number;
  private readonly placeOf: (at: number) => number;
  private window: Uint8Array = new Uint8Array(0);
  private view = viewOf(this.window);
  private windowAt = 0;

  /** `placeOf`: the place in the file of a byte of `source`, where that is not the file itself. */
  constructor(source: FileBytes, at: number, options: { isLittle: boolean; end?: number; placeOf?: (at: number) => number }) {
    this.source = source;
    this.at = at;
    this.isLittle = options.isLittle;
    this.end = Math.min(source.size, options.end ?? source.size);
    this.placeOf = options.placeOf ?? ((place) => place);
  }

  /** Bytes left. */
  get left(): number {
    return this.flaw ? 0 : Math.max(0, this.end - this.at);
  }

  u8(field: string): number {
    return this.need(field, 1) ? this.view.getUint8(this.take(1)) : 0;
  }
  u16(field: string): number {
    return this.need(field, 2) ? this.view.getUint16(this.take(2), this.isLittle) : 0;
  }
  u32(field: string): number {
    return this.need(field, 4) ? this.view.getUint32(this.take(4), this.isLittle) : 0;
  }
  u64(field: string): bigint {
    return this.need(field, 8) ? this.view.getBigUint64(this.take(8), this.isLittle) : 0n;
  }

  /** A u64 that is a place in the file or a number of its bytes. Damaged ones may be anything: past 2^53 it is a flaw. */
  place(field: string): number {
    const at = this.at,
      n = this.u64(field);
    if (n <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(n);
    this.refuse({ code: 'E_RANGE', at, field, found: `${n}`, allowed: 'a place in the file' });
    return 0;
  }

  /** The next `length` bytes, at most `most` of them. */
  bytes(field: string, length: number, most: number): Uint8Array {
    if (length > most) this.refuse({ code: 'E_TOO_BIG', at: this.at, field, found: `${length} bytes`, allowed: `${most}` });
    if (this.flaw || !this.isThere(field, length)) return new Uint8Array(0);
    const bytes = this.source.read(this.at, length);
    this.at += length;
    return bytes;
  }

  /** Text that ends with a NUL, which is read too; at most `most` bytes. */
  text(field: string, most: number): string {
    if (this.flaw) return '';
    const bytes = this.source.read(this.at, Math.min(most + 1, this.end - this.at)),
      length = bytes.indexOf(0);
    if (length < 0) {
      const isCut = bytes.length <= most;
      this.refuse({
        code: isCut ? 'E_SHORT' : 'E_TOO_BIG',
        at: this.at + bytes.length,
        field,
        found: `${bytes.length} bytes without a NUL`,
        allowed: `a NUL within ${most}`,
      });
      return '';
    }
    this.at += length + 1;
    return utf8Text(bytes.subarray(0, length));
  }

  skip(field: string, length: number): void {
    if (!this.flaw && this.isThere(field, length)) this.at += length;
  }

  /** Keeps the first flaw; `at` is a byte of the source. */
  refuse(parts: Flaw): void {
    this.flaw ??= flaw({ ...parts, at: this.placeOf(parts.at) });
  }

  private need(field: string, length: number): boolean {
    if (this.flaw || !this.isThere(field, length)) return false;
    if (this.at < this.windowAt || this.at + length > this.windowAt + this.window.length) {
      this.window = this.source.read(this.at, Math.min(WINDOW, this.end - this.at));
      this.view = viewOf(this.window);
      this.windowAt = this.at;
    }
    return true;
  }

  private isThere(field: string, length: number): boolean {
    if (length <= this.end - this.at) return true;
    this.refuse({
      code: 'E_SHORT',
      at: this.end,
      field,
      found: `${Math.max(0, this.end - this.at)} bytes`,
      allowed: `${length} from byte ${this.placeOf(this.at)} on`,
    });
    return false;
  }

  /** Place in the window of the value that starts here. */
  private take(length: number): number {
    const at = this.at - this.windowAt;
    this.at += length;
    return at;
  }
}
