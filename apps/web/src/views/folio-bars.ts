import { FolioState } from '@mapscope/shared/trace';
import { sayBytes, toPxAll } from '../axis/index.ts';
import { type Box, boxBetween, type Lane, LEAST_PX, roughWidth, type Words } from '../draw/index.ts';
import type { FolioRuns } from '../feed/window.ts';
import { type Rail, railsOf } from './rails.ts';

/** A run of the page cache in view. */
export interface FolioBar {
  readonly from: bigint;
  readonly to: bigint;
  readonly state: number;
  readonly order: number;
  readonly how: number;
  readonly since: bigint;
  readonly box: Box;
  /** Its exact ends, perhaps thinner than a pixel. */
  readonly x0: number;
  readonly x1: number;
}

/** One pixel column of a cache that is too fine to be drawn run by run: shares, from the top down. */
export interface FolioColumn {
  readonly x: number;
  readonly parts: readonly { readonly state: number; readonly y: number; readonly h: number }[];
  /** The gravest run in it: what a pointer gets. */
  readonly gravest: number;
}

export interface FolioLane {
  readonly bars: readonly FolioBar[];
  /** Not empty: drawn instead of the bars. */
  readonly columns: readonly FolioColumn[];
  /** How what is cached is known. */
  readonly rails: readonly Rail[];
}

/** The gravest first: the one on top in a column, and the one that is never too small to see. */
const grave = [
  FolioState.failed,
  FolioState.dirty,
  FolioState.folioDirty,
  FolioState.writeback,
  FolioState.unknown,
  FolioState.added,
  FolioState.clean,
];
const rankOf = new Map<number, number>(grave.map((state, rank) => [state, rank]));
/** States below this rank take at least half of the lane: half dirty is not slightly dirty. */
const AT_LEAST_HALF = 4;

/** The page cache in a lane: a bar a run, or columns where any run is thinner than 2 px. */
export function folioLane(runs: FolioRuns, lane: Lane): FolioLane {
  const bars: FolioBar[] = [];
  let isFine = runs.binned;
  const starts = toPxAll(lane.axis, runs.from, runs.n),
    ends = toPxAll(lane.axis, runs.to, runs.n);
  for (let i = 0; i < runs.n; i++) {
    if (ends[i]! <= 0) continue;
    if (starts[i]! >= lane.width) break;
    const from = runs.from[i]!,
      to = runs.to[i]!,
      x0 = lane.left + Math.max(0, starts[i]!),
      x1 = lane.left + Math.min(lane.width, ends[i]!);
    // Cut at an end of the lane is not fine.
    if (x1 - x0 < LEAST_PX && x0 > lane.left && x1 < lane.left + lane.width) isFine = true;
    bars.push({
      from,
      to,
      state: runs.state[i]!,
      order: runs.order[i]!,
      how: runs.how[i]!,
      since: runs.since[i]!,
      box: boxBetween(lane, x0, x1),
      x0,
      x1,
    });
  }
  return {
    bars,
    columns: isFine ? columnsOf(bars, lane) : [],
    rails: railsOf(bars.filter(({ state }) => state !== FolioState.unknown)),
  };
}

function columnsOf(bars: readonly FolioBar[], lane: Lane): FolioColumn[] {
  const width = Math.ceil(lane.width),
    kinds = grave.length,
    shares = new Float64Array(width * kinds),
    gravest = new Int32Array(width).fill(-1);
  bars.forEach((bar, i) => {
    const rank = rankOf.get(bar.state) ?? kinds - 1,
      a = bar.x0 - lane.left,
      b = bar.x1 - lane.left;
    for (let column = Math.floor(a); column < Math.min(width, Math.max(b, a + 1e-6)); column++) {
      shares[column * kinds + rank]! += Math.max(1e-6, Math.min(b, column + 1) - Math.max(a, column));
      const other = gravest[column]!;
      if (other < 0 || rank < (rankOf.get(bars[other]!.state) ?? kinds)) gravest[column] = i;
    }
  });
  const out: FolioColumn[] = [];
  for (let column = 0; column < width; column++)
    if (gravest[column]! >= 0)
      out.push({
        x: lane.left + column,
        parts: stack(shares.subarray(column * kinds, (column + 1) * kinds), lane),
        gravest: gravest[column]!,
      });
  return out;
}

/** From the bottom up: clean, then what is graver; what is not cached stays paper, at the top. */
function stack(shares: Float64Array, lane: Lane): FolioColumn['parts'] {
  const parts: { state: number; y: number; h: number }[] = [];
  let room = lane.h,
    y = lane.y + lane.h;
  // The gravest choose first, so that no number of clean pages takes their half away.
  const heights = new Float64Array(shares.length);
  for (let rank = 0; rank < shares.length; rank++) {
    if (shares[rank] === 0) continue;
    const wanted = Math.max(shares[rank]! * lane.h, rank < AT_LEAST_HALF ? lane.h / 2 : 1);
    heights[rank] = Math.min(wanted, room);
    room -= heights[rank]!;
  }
  for (let rank = shares.length - 1; rank >= 0; rank--) {
    if (heights[rank] === 0) continue;
    y -= heights[rank]!;
    parts.push({ state: grave[rank]!, y, h: heights[rank]! });
  }
  return parts;
}

const NEAR_PX = 86;

/** `8 KiB dirty in 2 runs`: runs that are near each other are said together, inside where they are wide, else to their right. */
export function sayDirt(bars: readonly FolioBar[], lane: Lane): Words[] {
  const groups: { x0: number; x1: number; bytes: bigint; n: number; state: number }[] = [];
  for (const bar of bars) {
    const isFailed = bar.state === FolioState.failed;
    if (bar.state !== FolioState.dirty && bar.state !== FolioState.folioDirty && !isFailed) continue;
    const last = groups.at(-1),
      bytes = bar.to - bar.from,
      state = isFailed ? FolioState.failed : FolioState.dirty;
    if (last && last.state === state && bar.x0 - last.x1 < NEAR_PX && (bar.x1 - bar.x0 < NEAR_PX || bar.x0 - last.x1 < 1))
      Object.assign(last, { x1: bar.x1, bytes: last.bytes + bytes, n: last.n + (bar.x0 - last.x1 < 0.01 ? 0 : 1) });
    else groups.push({ x0: bar.x0, x1: bar.x1, bytes, n: 1, state });
  }
  const out: Words[] = [],
    y = lane.y + lane.h / 2,
    right = lane.left + lane.width;
  let taken = Number.NEGATIVE_INFINITY;
  groups.forEach((group, k) => {
    const isFailed = group.state === FolioState.failed,
      text = `${sayBytes(group.bytes)} ${isFailed ? 'failed' : 'dirty'}${group.n > 1 ? ` in ${group.n} runs` : ''}`,
      width = roughWidth(text, 'dirtyRim'),
      role = isFailed ? 'failed' : 'dirtyRim';
    if (group.n === 1 && !isFailed && group.x1 - group.x0 > width + 10) {
      out.push({ text, x: (group.x0 + group.x1) / 2, y, role: 'boldOnData', align: 'center', plate: 'dirty' });
      taken = group.x1;
      return;
    }
    const isRight = group.x1 + 6 + width < right && group.x1 + 6 + width < (groups[k + 1]?.x0 ?? right),
      start = isRight ? group.x1 + 5 : group.x0 - 5 - width;
    if (start < Math.max(taken, lane.left)) return;
    out.push({ text, x: isRight ? group.x1 + 5 : group.x0 - 5, y, role, align: isRight ? 'left' : 'right' });
    taken = isRight ? start + width : group.x1;
  });
  return out;
}
