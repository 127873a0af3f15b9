import { FolioState } from '@mapscope/shared/trace';
import { maxBig, minBig } from '@mapscope/shared/units';
import { type Axis, axisOver, byteUnder, toOffset, toPx } from '../../axis/index.ts';
import { type Box, isDirtyState } from '../../draw/index.ts';
import type { FileWindow } from '../../feed/window.ts';
import type { MapScene, Whole } from './scene.ts';

const LEAST_PX = 1.5,
  LEAST_BRUSH = 6,
  /** How far above and below the bar a pointer still takes the brush. */
  REACH_PX = 6;

/** The bar above everything: the whole file, its dirt, and a brush around what is in view. */
export function wholeOf(file: FileWindow, view: Axis, lane: Box, end: bigint): Whole {
  const over = axisOver(0n, end, lane.w);
  const bar = (from: bigint, to: bigint, least: number): { x: number; w: number } => {
    const x0 = Math.max(0, toPx(over, from)),
      w = Math.min(lane.w, Math.max(least, Math.min(lane.w, toPx(over, to)) - x0));
    return { x: lane.x + Math.min(x0, lane.w - w), w };
  };
  const { overview, overviewDirty } = file,
    pieces: Whole['pieces'][number][] = [],
    dirt: Whole['dirt'][number][] = [];
  for (let i = 0; i < overview.n; i++)
    if (overview.from[i]! < end)
      pieces.push({ ...bar(overview.from[i]!, overview.to[i]!, LEAST_PX), type: overview.type[i]!, flags: overview.flags[i]! });
  for (let i = 0; i < overviewDirty.n; i++) {
    const state = overviewDirty.state[i]!;
    if (isDirtyState(state) || state === FolioState.writeback || state === FolioState.failed)
      dirt.push({ ...bar(overviewDirty.from[i]!, overviewDirty.to[i]!, LEAST_PX), state });
  }
  const brush = bar(maxBig(0n, byteUnder(view, 0)), maxBig(1n, byteUnder(view, lane.w)), LEAST_BRUSH);
  return { pieces, dirt, brush: { ...brush, y: lane.y - 4, h: lane.h + 10 } };
}

export const isOnWhole = ({ lanes: { whole } }: MapScene, x: number, y: number): boolean =>
  x >= whole.x - REACH_PX && x < whole.x + whole.w + REACH_PX && y >= whole.y - REACH_PX && y < whole.y + whole.h + REACH_PX;

/** The offset under a pixel of the whole-file bar, 0 to the end of the file: a drag may leave the bar. */
export function wholeOffset({ lanes: { whole }, end }: MapScene, x: number): bigint {
  return minBig(end, maxBig(0n, toOffset(axisOver(0n, end, whole.w), x - whole.x)));
}
