/** The same value, moving on block by block, over [from, to). */
export interface Run<V> {
  readonly from: number;
  readonly to: number;
  readonly value: V;
}

/** How a value behaves along a run: the place of a mapped run advances with each block, a mark stays what it is. */
export interface Along<V> {
  advance(value: V, by: number): V;
  same(a: V, b: V): boolean;
}

/** For maps that only say "this block belongs". */
export const mark: Along<true> = { advance: (value) => value, same: () => true };

/** The end of a gap that nothing follows. Blocks are plain numbers: at 4096 bytes a block a 2^63-byte file has 2^51 of them. */
export const OPEN_END = 2 ** 51;

/**
 * A sparse map from blocks to values, kept as sorted runs that never overlap and never touch a run that continues them. Finding is a
 * binary search; a change moves the tail of one array (some 50 µs at 100,000 runs, measured), which a file of the demo seldom has.
 */
export class RunMap<V> {
  readonly #along: Along<V>;
  #runs: Run<V>[] = [];
  #blocks = 0;

  constructor(along: Along<V>) {
    this.#along = along;
  }

  /** How many blocks have a value. */
  get blocks(): number {
    return this.#blocks;
  }

  /** How many runs there are. */
  get length(): number {
    return this.#runs.length;
  }

  [Symbol.iterator](): Iterator<Run<V>> {
    return this.#runs[Symbol.iterator]();
  }

  /** The run that holds `block`. */
  find(block: number): Run<V> | undefined {
    const run = this.#runs[this.#firstEndingAfter(block)];
    return run !== undefined && run.from <= block ? run : undefined;
  }

  /** The value of `block` itself. */
  at(block: number): V | undefined {
    const run = this.find(block);
    return run && this.#along.advance(run.value, block - run.from);
  }

  /** The run at `i`, in order; with `indexFrom` a way to walk that a change in between does not break. */
  run(i: number): Run<V> | undefined {
    return this.#runs[i];
  }

  /** Index of the first run that ends after `block`: the one that holds it, or the next. */
  indexFrom(block: number): number {
    return this.#firstEndingAfter(block);
  }

  /** The run or the gap around `block`; a gap has no value, and the last one ends at OPEN_END. */
  around(block: number): { readonly from: number; readonly to: number; readonly value?: V } {
    const i = this.#firstEndingAfter(block),
      run = this.#runs[i];
    if (run !== undefined && run.from <= block) return run;
    return { from: this.#runs[i - 1]?.to ?? 0, to: run?.from ?? OPEN_END };
  }

  /** What lies in [from, to), cut to it, as it was when asked. */
  within(from: number, to: number): Run<V>[] {
    const found: Run<V>[] = [];
    for (let i = this.#firstEndingAfter(from); i < this.#runs.length && this.#runs[i]!.from < to; i++) {
      const run = this.#runs[i]!,
        start = Math.max(run.from, from);
      found.push({ from: start, to: Math.min(run.to, to), value: this.#along.advance(run.value, start - run.from) });
    }
    return found;
  }

  /** The parts of [from, to) without a value. */
  gaps(from: number, to: number): { from: number; to: number }[] {
    const found: { from: number; to: number }[] = [];
    let at = from;
    for (const run of this.within(from, to)) {
      if (run.from > at) found.push({ from: at, to: run.from });
      at = run.to;
    }
    if (at < to) found.push({ from: at, to });
    return found;
  }

  /** `value` is that of block `from`; whatever was there before is gone. */
  paint(from: number, to: number, value: V): void {
    this.#replace(from, to, [{ from, to, value }]);
  }

  erase(from: number, to: number): void {
    this.#replace(from, to, []);
  }

  /**
   * Runs in order of their blocks, which have no value yet: one pass over everything, where `paint` would move the tail for each.
   * Throws where a block has one already, and has changed nothing then.
   */
  addAll(others: Iterable<Run<V>>): void {
    const joined: Run<V>[] = [];
    let i = 0,
      blocks = this.#blocks;
    for (const other of others) {
      for (; i < this.#runs.length && this.#runs[i]!.from < other.from; i++) this.#append(joined, this.#runs[i]!);
      this.#append(joined, other);
      blocks += other.to - other.from;
    }
    for (; i < this.#runs.length; i++) this.#append(joined, this.#runs[i]!);
    this.#runs = joined;
    this.#blocks = blocks;
  }

  #replace(from: number, to: number, instead: Run<V>[]): void {
    if (from >= to) return;
    // One neighbour on each side takes part, since the new run may continue it.
    const first = Math.max(0, this.#firstEndingAfter(from) - 1);
    let last = first;
    const before: Run<V>[] = [],
      after: Run<V>[] = [];
    for (; last < this.#runs.length && this.#runs[last]!.from <= to; last++) {
      const run = this.#runs[last]!;
      this.#blocks -= run.to - run.from;
      if (run.from < from) before.push(run.to <= from ? run : { ...run, to: from });
      if (run.to > to) after.push(run.from >= to ? run : { from: to, to: run.to, value: this.#along.advance(run.value, to - run.from) });
    }
    const fused: Run<V>[] = [];
    for (const run of [...before, ...instead, ...after]) {
      this.#blocks += run.to - run.from;
      this.#append(fused, run);
    }
    this.#runs.splice(first, last - first, ...fused);
  }

  /** Behind what `runs` ends with: joined to it where it goes on. */
  #append(runs: Run<V>[], run: Run<V>): void {
    const last = runs.at(-1);
    if (last !== undefined && last.to > run.from)
      throw new Error(`blocks ${run.from} to ${Math.min(run.to, last.to)} have a value already`);
    if (last !== undefined && this.#continues(last, run)) runs[runs.length - 1] = { ...last, to: run.to };
    else runs.push(run);
  }

  #continues(a: Run<V>, b: Run<V>): boolean {
    return a.to === b.from && this.#along.same(this.#along.advance(a.value, a.to - a.from), b.value);
  }

  #firstEndingAfter(block: number): number {
    let low = 0,
      high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#runs[middle]!.to > block) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
