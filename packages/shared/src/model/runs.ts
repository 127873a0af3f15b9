import { copyU64, isLessU64, isSameU64, putU64 } from '../units/index.ts';
import { type Chunk, CHUNK_ROWS, FROM, TO } from './chunk.ts';
import { ChunkList } from './chunk-list.ts';

/**
 * Sorted runs of one value, half-open, never overlapping, in chunks. Where nothing was painted there is no run.
 * Two runs that touch never say the same (`continues`): those are one run, with the stamp (when, by which op) of
 * the newest stroke that touched it.
 *
 *   chunks  [ ≤256 runs ][ ≤256 runs ][ … ]
 *
 * Ranges come in as words, `from` at FROM and `to` at TO, as in a row (`chunk.ts`).
 */
export abstract class RunMap {
  /** Changes with every change of a run: the key of whatever is computed from this map. */
  version = 0;
  protected readonly chunks: ChunkList;
  private readonly width: number;

  /** `width`: words of a row. */
  constructor(width: number) {
    this.width = width;
    this.chunks = new ChunkList(width);
  }

  /** Whether two runs say the same, each continued to where the other is. Words of a row from `k` of `a`, from `l` of `b`. */
  protected abstract continues(a: Uint32Array, k: number, b: Uint32Array, l: number): boolean;
  /** The run at `k` of `row` now begins at the u64 at `l` of `at`: whatever counts along with `from` must follow. */
  protected abstract begin(row: Uint32Array, k: number, at: Uint32Array, l: number): void;
  /** Take over the stamp of another run. */
  protected abstract stamp(to: Uint32Array, k: number, from: Uint32Array, l: number): void;

  get size(): number {
    return this.chunks.size;
  }

  /** Bytes of the rows. */
  get bytes(): number {
    return this.pieces.reduce((sum, chunk) => sum + chunk.bytes, 0);
  }

  /** The chunks themselves, for who sums them up one by one. */
  get pieces(): readonly Chunk[] {
    return this.chunks.chunks;
  }

  empty(): void {
    this.chunks.empty();
    this.version++;
  }

  /** Visit the runs that overlap `[from, to)` in order, until `visit` says false. The map must not change meanwhile. */
  each(from: bigint, to: bigint, visit: (chunk: Chunk, i: number) => boolean | void): void {
    const range = rangeOf(from, to);
    this.chunks.seek(range, FROM);
    for (let { c, i } = this.chunks; c < this.pieces.length; c++, i = 0) {
      const chunk = this.pieces[c]!;
      for (; i < chunk.n; i++) if (!chunk.beginsBefore(i, range, TO) || visit(chunk, i) === false) return;
    }
  }

  /** Forget `[from, to)`. */
  clear(from: bigint, to: bigint): void {
    if (from < to) this.wipe(rangeOf(from, to));
  }

  /** Lay `brush`, a row, over everything in its range. The brush is used up. */
  protected lay(brush: Uint32Array): void {
    if (!isLessU64(brush, FROM, brush, TO)) return;
    this.version++;
    const list = this.chunks,
      chunk = list.chunkFor(brush),
      { i } = list,
      end = chunk.seekStart(i, brush, TO);
    // What reaches into the next chunk is wiped before: then nothing is in the way.
    if (end === chunk.n && list.chunks[list.c + 1]?.beginsBefore(0, brush, TO)) {
      this.wipe(brush);
      return this.lay(brush);
    }
    const cutsHead = i < end && chunk.beginsBefore(i, brush, FROM),
      cutsTail = i < end && chunk.endsBehind(end - 1, brush, TO);
    if (end === i + 1 && !chunk.beginsBehind(i, brush, FROM) && !chunk.endsBefore(i, brush, TO)) {
      // The same again, inside what is known already: the most frequent stroke of all moves nothing.
      if (this.continues(chunk.words, i * this.width, brush, 0)) {
        chunk.summary = undefined;
        return this.stamp(chunk.words, i * this.width, brush, 0);
      }
      if (cutsHead && cutsTail) {
        this.divide(list.c, i, brush, 1);
        return chunk.put(i + 1, brush);
      }
    }
    const first = this.fuseBefore(chunk, i, cutsHead, brush),
      last = this.fuseBehind(chunk, end, cutsTail, brush);
    chunk.splice(first, last, 1);
    chunk.put(first, brush);
    list.size += 1 - (last - first);
    list.ended(list.c);
    if (last - first > 1) list.tidy(list.c);
  }

  /** The first row that gives way to the brush: the run before it does if it says the same, and the brush grows; one that is cut ends here. */
  private fuseBefore(chunk: Chunk, i: number, cuts: boolean, brush: Uint32Array): number {
    const before = cuts ? i : i - 1,
      at = before * this.width,
      { words } = chunk;
    if (before < 0) {
      this.fuseLastOfPrevious(brush);
      return 0;
    }
    if ((cuts || isSameU64(words, at + TO, brush, FROM)) && this.continues(words, at, brush, 0)) {
      this.begin(brush, 0, words, at + FROM);
      return before;
    }
    if (cuts) chunk.endAt(before, brush, FROM);
    return before + 1;
  }

  /** The row behind the last that gives way: as `fuseBefore`. */
  private fuseBehind(chunk: Chunk, end: number, cuts: boolean, brush: Uint32Array): number {
    const behind = cuts ? end - 1 : end,
      at = behind * this.width,
      { words } = chunk;
    if (behind === chunk.n) {
      this.fuseFirstOfNext(brush);
      return end;
    }
    if ((cuts || isSameU64(words, at + FROM, brush, TO)) && this.continues(brush, 0, words, at)) {
      copyU64(brush, TO, words, at + TO);
      return behind + 1;
    }
    if (cuts) this.begin(words, at, brush, TO);
    return behind;
  }

  private fuseLastOfPrevious(brush: Uint32Array): void {
    const { c } = this.chunks,
      chunk = this.pieces[c - 1];
    if (!chunk) return;
    const at = (chunk.n - 1) * this.width;
    if (!isSameU64(chunk.words, at + TO, brush, FROM) || !this.continues(chunk.words, at, brush, 0)) return;
    this.begin(brush, 0, chunk.words, at + FROM);
    this.chunks.remove(c - 1, chunk.n - 1, chunk.n);
  }

  private fuseFirstOfNext(brush: Uint32Array): void {
    const { c } = this.chunks,
      chunk = this.pieces[c + 1];
    if (!chunk || !isSameU64(chunk.words, FROM, brush, TO) || !this.continues(brush, 0, chunk.words, 0)) return;
    copyU64(brush, TO, chunk.words, TO);
    this.chunks.remove(c + 1, 0, 1);
  }

  /** Remove what lies in the range, and cut what reaches out of it. */
  protected wipe(range: Uint32Array): void {
    const list = this.chunks;
    if (list.size === 0) return;
    this.version++;
    list.seek(range, TO);
    const last = list.c;
    list.seek(range, FROM);
    const first = list.c;
    this.wipeChunk(last, range);
    if (first < last) {
      list.drop(first + 1, last);
      this.wipeChunk(first, range);
    }
    list.tidy(first);
  }

  private wipeChunk(c: number, range: Uint32Array): void {
    const chunk = this.pieces[c]!,
      i = chunk.seekWords(range, FROM),
      end = chunk.seekStart(i, range, TO);
    if (i === end) return;
    const cutsHead = chunk.beginsBefore(i, range, FROM),
      cutsTail = chunk.endsBehind(end - 1, range, TO);
    if (cutsHead && cutsTail && end === i + 1) {
      if (chunk.n < CHUNK_ROWS) return this.divide(c, i, range, 0);
      this.chunks.halve(c);
      return this.wipe(range);
    }
    if (cutsHead) chunk.endAt(i, range, FROM);
    if (cutsTail) this.begin(chunk.words, (end - 1) * this.width, range, TO);
    this.chunks.remove(c, cutsHead ? i + 1 : i, cutsTail ? end - 1 : end);
  }

  /** Run `i` of a chunk ends where the range begins and goes on where it ends; `between` rows between are for the caller to write. */
  private divide(c: number, i: number, range: Uint32Array, between: number): void {
    const chunk = this.pieces[c]!,
      behind = i + between + 1;
    chunk.splice(i + 1, i + 1, between + 1);
    chunk.copy(i, behind);
    chunk.endAt(i, range, FROM);
    this.begin(chunk.words, behind * this.width, range, TO);
    this.chunks.size += between + 1;
    this.chunks.ended(c);
  }
}

function rangeOf(from: bigint, to: bigint): Uint32Array {
  const range = new Uint32Array(4);
  putU64(range, FROM, from);
  putU64(range, TO, to);
  return range;
}
