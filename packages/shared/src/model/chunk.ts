import { copyU64, isLessU64, putU64, u64At } from '../units/index.ts';
import { giveWords, takeWords } from './spares.ts';

/**
 * A chunk never holds more: inserting moves at most this many rows. Of 256 random extents are laid a sixth faster than of 512, whose rows no
 * cache keeps; of fewer no faster, and what an array takes beside its rows would be more than 48 bytes an extent allow.
 */
export const CHUNK_ROWS = 256;
/** Room grows by this many rows: less than 48 bytes an extent on average, and no more copies than that asks for. */
const STEP = 24;

/** Words of a row: u64 `from`, u64 `to`, and from here on what its kind of run says. */
export const FROM = 0,
  TO = 2,
  VALUE = 4;

/**
 * Up to 256 runs, a row each, sorted by `from`, never overlapping:
 *
 *   words:  from lo hi | to lo hi | value … | from lo hi | to lo hi | value … |      `width` words a row
 *
 * One array of words, because an array costs some 200 bytes of its own and a row is moved by one copy. Word `k` of row `i` is at
 * `i * width + k`; a u64 is two words (`units/words.ts`).
 */
export class Chunk {
  n = 0;
  words: Uint32Array;
  readonly width: number;
  /** What totals and overviews keep about this chunk until it changes. */
  summary: unknown = undefined;

  constructor(width: number, room: number) {
    this.width = width;
    this.words = new Uint32Array(room * width);
  }

  get bytes(): number {
    return this.words.byteLength;
  }

  from(i: number): bigint {
    return u64At(this.words, i * this.width + FROM);
  }

  to(i: number): bigint {
    return u64At(this.words, i * this.width + TO);
  }

  /** Whether row `i` begins or ends before or behind the u64 at `k` of `at`. */
  beginsBefore(i: number, at: Uint32Array, k: number): boolean {
    return isLessU64(this.words, i * this.width + FROM, at, k);
  }

  beginsBehind(i: number, at: Uint32Array, k: number): boolean {
    return isLessU64(at, k, this.words, i * this.width + FROM);
  }

  endsBefore(i: number, at: Uint32Array, k: number): boolean {
    return isLessU64(this.words, i * this.width + TO, at, k);
  }

  endsBehind(i: number, at: Uint32Array, k: number): boolean {
    return isLessU64(at, k, this.words, i * this.width + TO);
  }

  /** First row that ends after `at`: `n` if none does. */
  seek(at: bigint): number {
    putU64(sought, 0, at);
    return this.seekWords(sought, 0);
  }

  /** `seek` for a u64 at `k` of `at`. */
  seekWords(at: Uint32Array, k: number): number {
    const { words, width } = this,
      low = at[k]!,
      high = at[k + 1]!;
    let first = 0,
      end = this.n;
    while (first < end) {
      const middle = (first + end) >>> 1,
        to = middle * width + TO,
        top = words[to + 1]!;
      if (top > high || (top === high && words[to]! > low)) end = middle;
      else first = middle + 1;
    }
    return first;
  }

  /** The row behind the last from `i` on that begins before the u64 at `k` of `at`. */
  seekStart(i: number, at: Uint32Array, k: number): number {
    while (i < this.n && this.beginsBefore(i, at, k)) i++;
    return i;
  }

  /** Rows `[i, end)` give way to `come` others, whose words the caller writes; the caller knows that they fit. */
  splice(i: number, end: number, come: number): void {
    const { n, width } = this,
      rows = n + come - (end - i);
    this.summary = undefined;
    if (rows === n) return;
    if (rows * width > this.words.length) this.room(roomFor(rows));
    if (end < n) this.words.copyWithin((i + come) * width, end * width, n * width);
    this.n = rows;
    if (this.words.length - rows * width > (CHUNK_ROWS / 4) * width) this.room(roomFor(rows));
  }

  /** Write row `i`. */
  put(i: number, row: Uint32Array): void {
    const { words, width } = this;
    for (let k = 0, at = i * width; k < width; k++) words[at + k] = row[k]!;
  }

  /** Write what row `i` has over row `to`. */
  copy(i: number, to: number): void {
    this.words.copyWithin(to * this.width, i * this.width, (i + 1) * this.width);
  }

  /** The run ends at the u64 at `k` of `at`; whatever counts along with `from` stays. */
  endAt(i: number, at: Uint32Array, k: number): void {
    copyU64(this.words, i * this.width + TO, at, k);
    this.summary = undefined;
  }

  /** Rows from `i` on become a chunk of their own. */
  split(i: number): Chunk {
    const out = new Chunk(this.width, roomFor(this.n - i + 1));
    out.n = this.n - i;
    out.words.set(this.words.subarray(i * this.width, this.n * this.width));
    this.n = i;
    this.room(roomFor(i + 1));
    return out;
  }

  /** Append every row of `next`. */
  join(next: Chunk): void {
    const at = this.n;
    this.splice(at, at, next.n);
    this.words.set(next.words.subarray(0, next.n * next.width), at * this.width);
  }

  /** Have room for so many rows. */
  private room(rows: number): void {
    const { words } = this,
      length = rows * this.width,
      other = takeWords(length);
    // A part of an array is an object of its own: not for one that grows.
    other.set(words.length <= length ? words : words.subarray(0, length));
    this.words = other;
    giveWords(words);
  }
}

const sought = new Uint32Array(2);

/** A file with one extent, and there are many, has room for one. */
const roomFor = (rows: number): number =>
  rows <= STEP ? 1 << (32 - Math.clz32(Math.max(1, rows) - 1)) : Math.min(CHUNK_ROWS, Math.ceil(rows / STEP) * STEP);

/** One row outside of any map, as words and as u64: a brush, or what is being moved. */
export class Row {
  readonly wide: BigUint64Array;
  readonly words: Uint32Array;

  constructor(width: number) {
    this.wide = new BigUint64Array(Math.ceil(width / 2));
    this.words = new Uint32Array(this.wide.buffer, 0, width);
  }
}
