import { Chunk, CHUNK_ROWS, type RunShape } from './chunk.ts';

/**
 * Sorted runs of one value, half-open, never overlapping, in chunks. Where nothing was painted there is no run.
 * Two runs that touch never say the same (`continues`): those are one run, with the stamp (when, by which op) of
 * the newest stroke that touched it.
 *
 *   chunks  [ ≤512 runs ][ ≤512 runs ][ … ]     found by their last `to`, then by binary search inside
 */
export abstract class RunMap {
  protected readonly chunks: Chunk[] = [];
  /** Changes with every change of a run: the key of whatever is computed from this map. */
  version = 0;
  private runs = 0;
  /** Where `seek` stopped: no object for an answer that is needed a million times a second. */
  protected c = 0;
  protected i = 0;

  /** The layout of a run's value. */
  protected abstract readonly shape: RunShape;
  /** Whether run `i` of `a` says, `by` bytes in (which may be its end), what run `j` of `b` says where it begins. */
  protected abstract continues(a: Chunk, i: number, by: bigint, b: Chunk, j: number): boolean;
  /** Run `i` lost its first `by` bytes: whatever counts along with `from` must follow. */
  protected abstract slide(chunk: Chunk, i: number, by: bigint): void;
  /** Take over the stamp of another row. */
  protected abstract stamp(to: Chunk, i: number, from: Chunk, j: number): void;

  get size(): number {
    return this.runs;
  }

  /** Bytes of the columns. */
  get bytes(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
  }

  empty(): void {
    this.chunks.length = 0;
    this.runs = 0;
    this.version++;
  }

  /** Forget `[from, to)`. */
  clear(from: bigint, to: bigint): void {
    if (from >= to) return;
    this.version++;
    this.cut(from);
    this.cut(to);
    this.drop(from, to);
  }

  /** Visit the runs that overlap `[from, to)` in order, until `visit` says false. The map must not change meanwhile. */
  each(from: bigint, to: bigint, visit: (chunk: Chunk, i: number) => boolean | void): void {
    this.seek(from);
    for (let c = this.c, i = this.i; c < this.chunks.length; c++, i = 0) {
      const chunk = this.chunks[c]!;
      for (; i < chunk.n; i++) if (chunk.from(i) >= to || visit(chunk, i) === false) return;
    }
  }

  /** The chunks themselves, for who sums them up one by one. */
  get pieces(): readonly Chunk[] {
    return this.chunks;
  }

  /** Lay row 0 of `brush` over everything in its range. */
  protected lay(brush: Chunk): void {
    const from = brush.from(0),
      to = brush.to(0);
    if (from >= to) return;
    this.version++;
    this.seek(from);
    const under = this.chunks[this.c];
    // The same again, inside what is known already: the most frequent stroke of all moves nothing.
    if (
      under &&
      under.from(this.i) <= from &&
      under.to(this.i) >= to &&
      this.continues(under, this.i, from - under.from(this.i), brush, 0)
    ) {
      this.stamp(under, this.i, brush, 0);
      return;
    }
    this.cut(from);
    this.cut(to);
    this.drop(from, to);
    this.seek(from);
    this.insert(this.c, this.i, brush);
    this.fuseAround(from);
  }

  /** Make `at` an edge: a run across it becomes two. */
  private cut(at: bigint): void {
    this.seek(at);
    const chunk = this.chunks[this.c];
    if (!chunk || chunk.from(this.i) >= at) return;
    const start = chunk.from(this.i),
      tail = scratch(this.shape);
    tail.copyRow(chunk, this.i, 0);
    tail.wide[0] = at;
    this.slide(tail, 0, at - start);
    chunk.wide[chunk.room + this.i] = at;
    chunk.summary = undefined;
    this.insert(this.c, this.i + 1, tail);
  }

  /** Remove all runs inside `[from, to)`; both are edges. */
  private drop(from: bigint, to: bigint): void {
    this.seek(from);
    const first = this.c;
    let c = this.c,
      i = this.i;
    while (c < this.chunks.length) {
      const chunk = this.chunks[c]!,
        end = chunk.seek(to - 1n);
      // `end` is the first run that ends at or after `to`; it goes too if it ends exactly there.
      const stop = end < chunk.n && chunk.from(end) < to ? end + 1 : end;
      this.runs -= Math.max(0, stop - i);
      const whole = i === 0 && stop === chunk.n;
      if (whole) this.chunks.splice(c, 1);
      else {
        chunk.remove(i, stop);
        if (stop < chunk.n + Math.max(0, stop - i)) break;
        c++;
      }
      i = 0;
    }
    this.tidy(first);
  }

  private insert(c: number, i: number, row: Chunk): void {
    // The place after a chunk's last row is the chunk's own, as long as it has room.
    if (i === 0 && c > 0 && this.chunks[c - 1]!.n < CHUNK_ROWS && c === this.chunks.length) {
      c--;
      i = this.chunks[c]!.n;
    }
    let chunk = this.chunks[c];
    if (!chunk) {
      chunk = new Chunk(this.shape, 1);
      this.chunks.splice(c, 0, chunk);
      i = 0;
    } else if (chunk.n === CHUNK_ROWS) {
      // A file that is appended to fills its chunks; one that is written all over halves them.
      const at = i === CHUNK_ROWS && c === this.chunks.length - 1 ? CHUNK_ROWS : CHUNK_ROWS >>> 1;
      const right = at === CHUNK_ROWS ? new Chunk(this.shape, 1) : chunk.part(at, CHUNK_ROWS);
      chunk.remove(at, CHUNK_ROWS);
      this.chunks.splice(c + 1, 0, right);
      if (i >= at) {
        c++;
        i -= at;
        chunk = right;
      }
    }
    chunk.open(i);
    chunk.copyRow(row, 0, i);
    this.runs++;
  }

  /** Fuse the run that begins at `from` with its neighbours. */
  private fuseAround(from: bigint): void {
    this.seek(from);
    let c = this.c,
      i = this.i;
    const before = i > 0 ? this.chunks[c]! : this.chunks[c - 1];
    if (before) {
      const j = i > 0 ? i - 1 : before.n - 1,
        chunk = this.chunks[c]!;
      if (before.to(j) === from && this.continues(before, j, from - before.from(j), chunk, i)) {
        before.wide[before.room + j] = chunk.to(i);
        this.stamp(before, j, chunk, i);
        before.summary = undefined;
        this.removeOne(c, i);
        if (i > 0) i--;
        else {
          c--;
          i = j;
        }
      }
    }
    const chunk = this.chunks[c]!;
    const next = i + 1 < chunk.n ? chunk : this.chunks[c + 1];
    if (!next) return;
    const j = next === chunk ? i + 1 : 0;
    if (next.from(j) !== chunk.to(i) || !this.continues(chunk, i, chunk.to(i) - chunk.from(i), next, j)) return;
    chunk.wide[chunk.room + i] = next.to(j);
    chunk.summary = undefined;
    this.removeOne(next === chunk ? c : c + 1, j);
  }

  private removeOne(c: number, i: number): void {
    const chunk = this.chunks[c]!;
    this.runs--;
    if (chunk.n === 1) this.chunks.splice(c, 1);
    else chunk.remove(i, i + 1);
  }

  /** Join chunks that became small, so that a map whose holes were punched does not keep a chunk a run. */
  private tidy(c: number): void {
    for (let k = Math.max(0, c - 1); k <= c && k + 1 < this.chunks.length;) {
      const left = this.chunks[k]!,
        right = this.chunks[k + 1]!;
      if (left.n + right.n <= CHUNK_ROWS / 2) {
        left.join(right);
        this.chunks.splice(k + 1, 1);
      } else k++;
    }
  }

  /** Stop at the first run that ends after `at`. */
  protected seek(at: bigint): void {
    let low = 0,
      high = this.chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1,
        chunk = this.chunks[middle]!;
      if (chunk.to(chunk.n - 1) > at) high = middle;
      else low = middle + 1;
    }
    this.c = low;
    this.i = low < this.chunks.length ? this.chunks[low]!.seek(at) : 0;
  }
}

const rows = new WeakMap<RunShape, Chunk>();
/** One row to hold what is moved; every shape has its own. */
function scratch(shape: RunShape): Chunk {
  let row = rows.get(shape);
  if (!row) rows.set(shape, (row = oneRow(shape)));
  return row;
}

/** A chunk of one row: a brush. */
export function oneRow(shape: RunShape): Chunk {
  const row = new Chunk(shape, 1);
  row.n = 1;
  return row;
}
