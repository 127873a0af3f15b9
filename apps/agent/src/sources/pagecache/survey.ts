/** State of a page as cachestat tells it apart, bits; 0 is "not in the cache". */
export const PageBit = { present: 1, dirty: 2, writeback: 4 } as const;

/** Not a state: others have told of these pages, so that what is so must be told anew. */
export const DOUBT = -1;

/** Pages [from, to) of one state. */
export interface PageRun {
  readonly from: number;
  readonly to: number;
  readonly state: number;
}

/** How many pages of a range are in the cache, dirty, under writeback. */
interface Counts {
  readonly cache: number;
  readonly dirty: number;
  readonly writeback: number;
}
export type Ask = (from: number, to: number) => Counts | undefined;

/** System calls that may still be made. */
export interface Budget {
  left: number;
}

export interface Surveyed {
  /** What was seen in [from, stop), absent pages left out, neighbours of one state joined. */
  readonly runs: readonly PageRun[];
  readonly stop: number;
}

/**
 * The pages [from, to) by bisection: a range whose counts are all or nothing is one run, another is halved. It begins with the borders of what
 * was `known`, so that an unchanged file costs one call a run. Stops where the budget ends or `ask` gives up.
 */
export function survey(ask: Ask, from: number, to: number, known: readonly PageRun[], budget: Budget): Surveyed {
  const runs: PageRun[] = [],
    open = split(from, to, known).reverse();
  for (let range = open.pop(); range; range = open.pop()) {
    const [start, end] = range,
      counts = budget.left-- > 0 ? ask(start, end) : undefined;
    if (!counts) return { runs, stop: start };
    const state = stateOf(counts, end - start);
    if (state !== undefined) join(runs, start, end, state);
    else {
      const middle = start + Math.floor((end - start) / 2);
      open.push([middle, end], [start, middle]);
    }
  }
  return { runs, stop: to };
}

/** The state of all `n` pages; undefined when they differ. Counts can be torn, since the cache moves: one page is then what most says. */
function stateOf({ cache, dirty, writeback }: Counts, n: number): number | undefined {
  if (cache === 0 && dirty === 0 && writeback === 0) return 0;
  const isAll = (count: number): boolean => count >= n;
  if (n > 1 && ![cache, dirty, writeback].every((count) => count === 0 || isAll(count))) return undefined;
  return PageBit.present | (isAll(dirty) ? PageBit.dirty : 0) | (isAll(writeback) ? PageBit.writeback : 0);
}

/** [from, to) cut at every border of the runs, which may overlap. */
function split(from: number, to: number, runs: readonly PageRun[]): [from: number, to: number][] {
  const borders = new Set([from, to]);
  for (const run of runs) for (const border of [run.from, run.to]) if (border > from && border < to) borders.add(border);
  const sorted = [...borders].sort((a, b) => a - b);
  return sorted.slice(1).map((end, i) => [sorted[i]!, end]);
}

function join(runs: PageRun[], from: number, to: number, state: number): void {
  const last = runs.at(-1);
  if (state === 0) return;
  if (last && last.to === from && last.state === state) runs[runs.length - 1] = { from: last.from, to, state };
  else runs.push({ from, to, state });
}

/** The runs with what was seen in [from, to) in place of what was there. */
export function replace(runs: readonly PageRun[], from: number, to: number, seen: readonly PageRun[]): PageRun[] {
  const out: PageRun[] = [];
  for (const run of runs) if (run.from < from) join(out, run.from, Math.min(run.to, from), run.state);
  for (const run of seen) join(out, run.from, run.to, run.state);
  for (const run of runs) if (run.to > to) join(out, Math.max(run.from, to), run.to, run.state);
  return out;
}

/** Where two descriptions of [from, to) differ, with what is so now (0: absent). */
export function changes(before: readonly PageRun[], now: readonly PageRun[], from: number, to: number): PageRun[] {
  const out: PageRun[] = [];
  for (const [start, end] of split(from, to, [...before, ...now])) {
    const state = stateAt(now, start),
      last = out.at(-1);
    if (state === stateAt(before, start)) continue;
    if (last && last.to === start && last.state === state) out[out.length - 1] = { from: last.from, to: end, state };
    else out.push({ from: start, to: end, state });
  }
  return out;
}

/** By bisection: runs are sorted and apart. */
function stateAt(runs: readonly PageRun[], page: number): number {
  let low = 0,
    high = runs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (runs[middle]!.to <= page) low = middle + 1;
    else high = middle;
  }
  const run = runs[low];
  return run && run.from <= page ? run.state : 0;
}
