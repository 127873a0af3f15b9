import { FolioState } from '@mapscope/shared/trace';
import { maxBig } from '@mapscope/shared/units';
import { type Axis, toPx } from '../../axis/index.ts';
import { type Box, isDirtyState } from '../../draw/index.ts';
import type { FolioRuns } from '../../feed/window.ts';
import { type Moment, type Row, type Stretch, UNSEEN } from './scene.ts';

/** So much time at least from top to bottom, while time goes on: a first moment does not fill the picture. What stands still does. */
export const LEAST_SPAN = 10_000_000_000n;

/** The gravest state in each pixel column wins; 0 is absent. */
const ranks = [
  0,
  FolioState.added,
  FolioState.clean,
  FolioState.unknown,
  FolioState.folioDirty,
  FolioState.dirty,
  FolioState.writeback,
  FolioState.failed,
];
const rankOf = new Map<number, number>(ranks.map((state, rank) => [state, rank]));
const UNSEEN_RANK = 255;

/** Moments from the top down, each until the next. A slope is a write that walks the file, a flat line all at once. */
export function waterfall(
  past: readonly Moment[],
  until: bigint,
  axis: Axis,
  fall: Box,
  silhouetteW: number,
  leastSpan: bigint,
): { readonly rows: readonly Row[]; readonly most: bigint; readonly span: bigint } {
  const first = past[0];
  if (!first) return { rows: [], most: 0n, span: 0n };
  const last = maxBig(until, past.at(-1)!.at),
    span = maxBig(last - first.at, leastSpan),
    most = past.reduce((top, { dirty }) => maxBig(top, dirty), 0n),
    // Whole pixels: rows that share one would shine through each other.
    yOf = (at: bigint): number => Math.round(fall.y + (Number(at - first.at) / Number(span)) * fall.h);
  let before: Uint8Array | undefined;
  const rows = past.map((moment, k): Row => {
    // A moment of just now has no height yet: it is a line at the bottom.
    const y = Math.min(yOf(moment.at), fall.y + fall.h - 1),
      columns = columnsOf(moment, axis, Math.ceil(fall.w)),
      row: Row = {
        at: moment.at,
        y,
        h: Math.max(1, yOf(past[k + 1]?.at ?? last) - y),
        stretches: stretchesOf(columns, before, fall.x),
        dirtyW: most > 0n ? (Number(moment.dirty) / Number(most)) * silhouetteW : 0,
        dirty: moment.dirty,
      };
    before = columns;
    return row;
  });
  return { rows, most, span: last - first.at };
}

/** Columns of a moment, kept as long as its runs are: a picture is one new moment and 239 old ones. */
const kept = new WeakMap<FolioRuns, { readonly key: string; readonly columns: Uint8Array }>();

/** A rank a pixel. */
function columnsOf(moment: Moment, axis: Axis, width: number): Uint8Array {
  const { folios, from, to } = moment,
    key = `${axis.start} ${axis.fraction} ${axis.bytesPerPx} ${width} ${from} ${to}`,
    found = kept.get(folios);
  if (found?.key === key) return found.columns;
  const columns = new Uint8Array(width),
    paint = (from: bigint, to: bigint, rank: number): void => {
      const x0 = Math.max(0, Math.floor(toPx(axis, from))),
        x1 = Math.min(width, Math.max(x0 + 1, Math.ceil(toPx(axis, to))));
      for (let x = x0; x < x1; x++) if (rank > columns[x]!) columns[x] = rank;
    };
  for (let i = 0; i < folios.n; i++) {
    if (folios.to[i]! <= axis.start) continue;
    if (toPx(axis, folios.from[i]!) >= width) break;
    paint(folios.from[i]!, folios.to[i]!, rankOf.get(folios.state[i]!) ?? 0);
  }
  if (from !== undefined) columns.fill(UNSEEN_RANK, 0, Math.max(0, Math.min(width, Math.floor(toPx(axis, from)))));
  if (to !== undefined) columns.fill(UNSEEN_RANK, Math.max(0, Math.min(width, Math.ceil(toPx(axis, to)))));
  kept.set(folios, { key, columns });
  return columns;
}

const isDirty = (rank: number | undefined): boolean => rank !== undefined && rank !== UNSEEN_RANK && isDirtyState(ranks[rank]!);

/** Alike neighbours as one. Nothing is fresh in a first moment: what came before it was not seen. */
function stretchesOf(columns: Uint8Array, before: Uint8Array | undefined, left: number): Stretch[] {
  const out: { x: number; w: number; state: number; isFresh: boolean }[] = [],
    isFreshAt = (x: number): boolean => before !== undefined && isDirty(columns[x]) && !isDirty(before[x]);
  for (let x = 0; x < columns.length;) {
    const rank = columns[x]!,
      isFresh = isFreshAt(x);
    let end = x + 1;
    while (end < columns.length && columns[end] === rank && isFreshAt(end) === isFresh) end++;
    if (rank > 0) out.push({ x: left + x, w: end - x, state: rank === UNSEEN_RANK ? UNSEEN : ranks[rank]!, isFresh });
    x = end;
  }
  return out;
}
