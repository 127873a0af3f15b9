import { copyU64 } from '../units/index.ts';
import { Chunk, CHUNK_ROWS, FROM, TO } from './chunk.ts';

/**
 * The chunks of one map, in order, none empty. A run is found by the ends of the chunks, which stand side by side in one array, then by
 * binary search inside its chunk.
 */
export class ChunkList {
  readonly chunks: Chunk[] = [];
  /** Runs in all chunks. */
  size = 0;
  /** Where `seek` stopped: no object for an answer that is needed a million times a second. */
  c = 0;
  i = 0;
  private readonly width: number;
  /** u64 end of the last run of each chunk. */
  private ends = new Uint32Array(2);

  /** `width`: words of a row. */
  constructor(width: number) {
    this.width = width;
  }

  empty(): void {
    this.chunks.length = 0;
    this.size = 0;
  }

  /** Stop at the first run that ends after the u64 at `k` of `at`, behind the last run if none does. */
  seek(at: Uint32Array, k: number): void {
    const { ends } = this,
      low = at[k]!,
      high = at[k + 1]!;
    let first = 0,
      end = this.chunks.length - 1;
    while (first < end) {
      const middle = (first + end) >>> 1,
        top = ends[2 * middle + 1]!;
      if (top > high || (top === high && ends[2 * middle]! > low)) end = middle;
      else first = middle + 1;
    }
    this.c = first;
    this.i = this.chunks[first]?.seekWords(at, k) ?? 0;
  }

  /** The chunk where a run with this range belongs, with room for two rows more; `seek` stands there. */
  chunkFor(range: Uint32Array): Chunk {
    if (this.chunks.length === 0) this.chunks.push(new Chunk(this.width, 1));
    this.seek(range, FROM);
    const chunk = this.chunks[this.c]!;
    if (chunk.n + 2 <= CHUNK_ROWS) return chunk;
    // A file that is appended to fills its chunks; one that is written all over halves them.
    const isAppended = this.c === this.chunks.length - 1 && this.i === chunk.n;
    if (isAppended) this.splice(this.c + 1, 0, new Chunk(this.width, 1));
    else this.halve(this.c);
    this.seek(range, FROM);
    return this.chunks[this.c]!;
  }

  halve(c: number): void {
    this.splice(c + 1, 0, this.chunks[c]!.split(CHUNK_ROWS >>> 1));
    this.ended(c);
  }

  /** The last run of chunk `c` may be another, or end elsewhere. */
  ended(c: number): void {
    const chunk = this.chunks[c]!;
    if (chunk.n > 0) copyU64(this.ends, 2 * c, chunk.words, (chunk.n - 1) * this.width + TO);
  }

  /** Remove runs `[i, end)` of chunk `c`. */
  remove(c: number, i: number, end: number): void {
    const chunk = this.chunks[c]!;
    this.size -= end - i;
    chunk.splice(i, end, 0);
    if (chunk.n > 0) this.ended(c);
    else this.drop(c, c + 1);
  }

  /** Remove chunks `[c, end)`, what is in them too. */
  drop(c: number, end: number): void {
    for (let k = c; k < end; k++) this.size -= this.chunks[k]!.n;
    this.splice(c, end - c);
    if (c < this.c) this.c -= Math.min(end, this.c) - c;
  }

  /** Join chunks around `c` that became small, so that a map whose holes were punched does not keep a chunk a run. */
  tidy(c: number): void {
    for (let k = Math.max(0, c - 1); k <= c && k + 1 < this.chunks.length;) {
      const left = this.chunks[k]!,
        right = this.chunks[k + 1]!;
      if (left.n + right.n <= CHUNK_ROWS / 2) {
        left.join(right);
        this.splice(k + 1, 1);
        this.ended(k);
      } else k++;
    }
  }

  /** `gone` chunks from `c` on give way to those that come. */
  private splice(c: number, gone: number, ...come: readonly Chunk[]): void {
    const before = this.chunks.length,
      n = before + come.length - gone;
    this.chunks.splice(c, gone, ...come);
    if (2 * n > this.ends.length) {
      const wider = new Uint32Array(4 * n);
      wider.set(this.ends);
      this.ends = wider;
    }
    this.ends.copyWithin(2 * (c + come.length), 2 * (c + gone), 2 * before);
    for (let k = 0; k < come.length; k++) this.ended(c + k);
  }
}
