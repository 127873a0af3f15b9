import { closeRatesOf, Kind, meanings, type Recording } from '@mapscope/shared/trace';
import { clockOf } from './said-clock.ts';

/** What is counted together in the strip of the whole recording. */
export const busyKinds = ['operations', 'map', 'cache', 'device', 'rows', 'losses'] as const;
export type BusyKind = (typeof busyKinds)[number];
/** One of each kind. */
export const byKind = <T>(one: (kind: BusyKind) => T): Record<BusyKind, T> =>
  Object.fromEntries(busyKinds.map((kind) => [kind, one(kind)])) as Record<BusyKind, T>;

/** How busy the whole recording was: rows over equal bins of time. */
export interface Overview {
  /** The clock where the first bin begins. */
  readonly from: bigint;
  /** Nanoseconds a bin. */
  readonly step: bigint;
  /** The clock behind the last row. */
  readonly until: bigint;
  readonly counts: Readonly<Record<BusyKind, Uint32Array>>;
}

/** Of an operation its begin counts; what belongs to it, and what tells of the stream itself, does not, but for places where rows were lost. `rows`: of blocks that have no index. */
export const busyKindOf: ReadonlyMap<number, BusyKind> = new Map([
  [Kind.none, 'rows'],
  [Kind.opBegin, 'operations'],
  [Kind.extent, 'map'],
  [Kind.remap, 'map'],
  [Kind.layout, 'map'],
  [Kind.folio, 'cache'],
  [Kind.io, 'device'],
  [Kind.lost, 'losses'],
]);
const kindNamed = new Map<string, number>(Object.entries(meanings).map(([kind, { name }]) => [name, Number(kind)]));

export const OVERVIEW_BINS = 1024;

/** Of a recording that was opened here. */
export async function overviewIn(recording: Recording): Promise<Overview> {
  const { from, step, until, bins, counts } = await closeRatesOf([recording], OVERVIEW_BINS);
  return summed({ from, step, until }, bins, counts);
}

/** One to give away: its arrays are moved to the page. */
export const copyOf = (overview: Overview): Overview => ({
  ...overview,
  counts: byKind((kind) => overview.counts[kind].slice()),
});

/** As the agent says it. What makes no sense counts as nothing. */
export function readOverview(said: Readonly<Record<string, unknown>>): Overview {
  const bins = Math.min(OVERVIEW_BINS * 4, Number(said['bins']) || 0),
    rows = Object.entries((said['counts'] as Record<string, unknown> | undefined) ?? {}).map(
      ([name, counts]) => [kindNamed.get(name) ?? -1, Array.isArray(counts) ? (counts as number[]) : []] as const,
    );
  const step = clockOf(said['step']) ?? 0n;
  return summed({ from: clockOf(said['from']) ?? 0n, step: step > 0n ? step : 1n, until: clockOf(said['until']) ?? 0n }, bins, rows);
}

function summed(
  times: Pick<Overview, 'from' | 'step' | 'until'>,
  bins: number,
  rows: Iterable<readonly [number, ArrayLike<number>]>,
): Overview {
  const counts = byKind(() => new Uint32Array(bins));
  for (const [kind, all] of rows) {
    const into = counts[busyKindOf.get(kind) ?? 'rows'];
    if (busyKindOf.has(kind)) for (let k = 0; k < bins; k++) into[k]! += all[k] ?? 0;
  }
  return { ...times, counts };
}
