import { mark, RunMap } from './run-map.ts';
import type { Run } from './run-map.ts';

/** A stretch of blocks on one device. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** How many runs a search looks at once it has something to offer: a badly cut device must not make each write slow. */
const LOOK = 256;

/**
 * The free blocks of one device: pure bookkeeping, no I/O. Blocks below `first` belong to nobody.
 *
 * A block that is given back may still be named by metadata on disk. Until that is replaced it is *held*: free to count, not free
 * to use, or a crash would leave the old owner with the new owner's bytes.
 */
export class FreeSpace {
  readonly first: number;
  readonly end: number;
  readonly #free = new RunMap<true>(mark);
  /** As they were given back, in no order: a file in 36,000 pieces is put in order once. */
  readonly #heldStretches: Stretch[] = [];
  #held = 0;

  constructor(first: number, end: number) {
    this.first = first;
    this.end = end;
    this.#free.paint(first, end, true);
  }

  /** Blocks that can be chosen now. */
  get free(): number {
    return this.#free.blocks;
  }

  get held(): number {
    return this.#held;
  }

  freeRuns(): Iterable<Run<true>> {
    return this.#free;
  }

  /** Throws where a block was given back twice. */
  heldRuns(): Iterable<Run<true>> {
    const runs = new RunMap<true>(mark);
    runs.addAll(this.#heldStretches.sort((a, b) => a.from - b.from).map(({ from, to }) => ({ from, to, value: true })));
    return runs;
  }

  /**
   * At most `want` free blocks, at `goal` where that is free, else the next run that is long enough, else the longest of those
   * near; undefined where no run has `least`. Takes nothing.
   */
  choose(goal: number, want: number, least = 1): Stretch | undefined {
    const here = this.#free.find(goal);
    if (here !== undefined && here.to - goal >= least) return { from: goal, to: Math.min(here.to, goal + want) };
    const start = this.#free.indexFrom(goal),
      count = this.#free.length;
    let best: Run<true> | undefined;
    for (let step = 0; step < count && !(best !== undefined && step >= LOOK); step++) {
      const run = this.#free.run((start + step) % count)!,
        length = run.to - run.from;
      if (length < least) continue;
      if (best === undefined || length > best.to - best.from) best = run;
      if (length >= want) break;
    }
    return best && { from: best.from, to: Math.min(best.to, best.from + want) };
  }

  /** Throws where a block is not free: two owners of a block are a bug, never an answer. */
  take(from: number, to: number): void {
    const run = this.#free.find(from);
    if (run === undefined || run.to < to) throw new Error(`blocks ${from} to ${to} are not free`);
    this.#free.erase(from, to);
  }

  /** Held until `letGo`. Throws where a block is free already. */
  give(from: number, to: number): void {
    const next = this.#free.run(this.#free.indexFrom(from));
    if (from < this.first || to > this.end || (next !== undefined && next.from < to))
      throw new Error(`blocks ${from} to ${to} are not in use`);
    this.#heldStretches.push({ from, to });
    this.#held += to - from;
  }

  /** The metadata that named the held blocks is gone from disk. */
  letGo(): void {
    if (this.#held === 0) return;
    this.#free.addAll(this.heldRuns());
    this.#heldStretches.length = 0;
    this.#held = 0;
  }
}
