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
    if (this.n === this.room) this.resize(this.room + STEP);
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
    const out = new Chunk(this.shape, Math.min(CHUNK_ROWS, Math.ceil((end - i) / STEP) * STEP));
    out.n = end - i;
    this.each((mine, theirs, k) => theirs.set(mine.subarray(k * this.room + i, k * this.room + end) as never, k * out.room), out);
    return out;
  }

  /** Append every row of `next`. */
  join(next: Chunk): void {
    if (this.n + next.n > this.room) this.resize(this.n + next.n);
    next.each((theirs, mine, k) => mine.set(theirs.subarray(k * next.room, k * next.room + next.n) as never, k * this.room + this.n), this);
    this.n += next.n;
    this.summary = undefined;
  }

  private move(from: number, to: number, end: number): void {
    if (from === end) return;
    this.each((cells, _, k) => cells.copyWithin(k * this.room + to, k * this.room + from, k * this.room + end), this);
  }

  private resize(rows: number): void {
    const wider = new Chunk(this.shape, Math.max(STEP, Math.min(CHUNK_ROWS, Math.ceil(rows / STEP) * STEP)));
    this.each((mine, theirs, k) => theirs.set(mine.subarray(k * this.room, k * this.room + this.n) as never, k * wider.room), wider);
    this.room = wider.room;
    this.wide = wider.wide;
    this.mid = wider.mid;
    this.small = wider.small;
  }

  private each(visit: (mine: Uint8Array, other: Uint8Array, column: number) => void, other: Chunk): void {
    const { wide, mid, small } = this.shape;
    for (let k = 0; k < 2 + wide; k++) visit(this.wide as never, other.wide as never, k);
    for (let k = 0; k < mid; k++) visit(this.mid as never, other.mid as never, k);
    for (let k = 0; k < small; k++) visit(this.small as never, other.small as never, k);
  }
}

const rowBytes = (shape: RunShape): number => (2 + shape.wide) * 8 + shape.mid * 4 + shape.small * 2;
