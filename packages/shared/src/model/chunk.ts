/** How many value columns a run has beside `from` and `to`, by width: u64, u32, u16. */
export interface RunShape {
  readonly wide: number;
  readonly mid: number;
  readonly small: number;
}

/** A chunk never holds more: inserting moves at most this many cells a column. */
export const CHUNK_ROWS = 512;
/** Room grows by this many rows, so that a chunk is never much larger than what is in it (≤ 48 bytes an extent). */
const STEP = 16;

/**
 * Up to 512 runs in columns over one buffer, column after column, `room` cells each:
 *
 *   wide:  from from from | to to to | value …     (u64)
 *   mid:   value …                                 (u32)
 *   small: value …                                 (u16)
 *
 * One buffer, because a buffer costs some 200 bytes of its own. Column `k` of a run is at `k * room + i`.
 */
export class Chunk {
  n = 0;
  room: number;
  wide: BigUint64Array;
  mid: Uint32Array;
  small: Uint16Array;
  readonly shape: RunShape;
  /** What totals and overviews keep about this chunk until it changes. */
  summary: unknown = undefined;

  constructor(shape: RunShape, room: number) {
    this.shape = shape;
    this.room = room;
    const buffer = new ArrayBuffer(room * rowBytes(shape));
    this.wide = new BigUint64Array(buffer, 0, room * (2 + shape.wide));
    this.mid = new Uint32Array(buffer, this.wide.byteLength, room * shape.mid);
    this.small = new Uint16Array(buffer, this.wide.byteLength + this.mid.byteLength, room * shape.small);
  }

  get bytes(): number {
    return this.wide.buffer.byteLength;
  }

  from(i: number): bigint {
    return this.wide[i]!;
  }

  to(i: number): bigint {
    return this.wide[this.room + i]!;
  }

  /** First row that ends after `at`: `n` if none does. */
  seek(at: bigint): number {
    let low = 0,
      high = this.n;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.wide[this.room + middle]! > at) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Make place for a row at `i`, its cells undefined. The caller knows that the chunk is not full. */
  open(i: number): void {
    if (this.n === this.room) this.resize(this.room + 1);
    this.move(i, i + 1, this.n);
    this.n++;
    this.summary = undefined;
  }

  remove(i: number, end: number): void {
    if (end <= i) return;
    this.move(end, i, this.n);
    this.n -= end - i;
    this.summary = undefined;
    if (this.room - this.n > CHUNK_ROWS / 4) this.resize(this.n);
  }

  copyRow(source: Chunk, from: number, to: number): void {
    const { wide, mid, small } = this.shape;
    for (let k = 0; k < 2 + wide; k++) this.wide[k * this.room + to] = source.wide[k * source.room + from]!;
    for (let k = 0; k < mid; k++) this.mid[k * this.room + to] = source.mid[k * source.room + from]!;
    for (let k = 0; k < small; k++) this.small[k * this.room + to] = source.small[k * source.room + from]!;
    this.summary = undefined;
  }

  /** Rows `[i, end)` as a chunk of their own. */
  part(i: number, end: number): Chunk {
    const out = new Chunk(this.shape, roomFor(end - i));
    out.n = end - i;
    out.take(this, i, end, 0);
    return out;
  }

  /** Append every row of `next`. */
  join(next: Chunk): void {
    if (this.n + next.n > this.room) this.resize(this.n + next.n);
    this.take(next, 0, next.n, this.n);
    this.n += next.n;
    this.summary = undefined;
  }

  /** Rows `[i, end)` of `source` to `at`. */
  private take(source: Chunk, i: number, end: number, at: number): void {
    const { wide, mid, small } = this.shape,
      from = source.room;
    for (let k = 0; k < 2 + wide; k++) this.wide.set(source.wide.subarray(k * from + i, k * from + end), k * this.room + at);
    for (let k = 0; k < mid; k++) this.mid.set(source.mid.subarray(k * from + i, k * from + end), k * this.room + at);
    for (let k = 0; k < small; k++) this.small.set(source.small.subarray(k * from + i, k * from + end), k * this.room + at);
  }

  private move(from: number, to: number, end: number): void {
    if (from === end) return;
    const { wide, mid, small } = this.shape,
      room = this.room;
    for (let k = 0; k < 2 + wide; k++) this.wide.copyWithin(k * room + to, k * room + from, k * room + end);
    for (let k = 0; k < mid; k++) this.mid.copyWithin(k * room + to, k * room + from, k * room + end);
    for (let k = 0; k < small; k++) this.small.copyWithin(k * room + to, k * room + from, k * room + end);
  }

  private resize(rows: number): void {
    const other = new Chunk(this.shape, roomFor(rows));
    other.take(this, 0, this.n, 0);
    this.room = other.room;
    this.wide = other.wide;
    this.mid = other.mid;
    this.small = other.small;
  }
}

/** A file with one extent, and there are many, has room for one. */
const roomFor = (rows: number): number =>
  rows <= STEP ? 1 << (32 - Math.clz32(Math.max(1, rows) - 1)) : Math.min(CHUNK_ROWS, Math.ceil(rows / STEP) * STEP);
const rowBytes = (shape: RunShape): number => (2 + shape.wide) * 8 + shape.mid * 4 + shape.small * 2;
