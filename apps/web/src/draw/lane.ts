import { type Axis, toPx } from '../axis/index.ts';
import type { Box } from './view.ts';

/** A band in which an axis of bytes is drawn. Pixel 0 of the axis is at `left`, nothing of it is drawn outside [left, left + width). */
export interface Lane {
  readonly axis: Axis;
  readonly left: number;
  readonly width: number;
  readonly y: number;
  readonly h: number;
}

/** The lane that fills a box. */
export const laneIn = (axis: Axis, { x, y, w, h }: Box): Lane => ({ axis, left: x, width: w, y, h });

/** The smallest piece that is drawn (visual.md, Geometry). */
export const LEAST_PX = 2;

/** The two ends of a byte range in pixels of the canvas, cut at the ends of the lane: exact, perhaps thinner than a pixel. Undefined out of view. */
export function edgesOf(lane: Lane, from: bigint, to: bigint): readonly [x0: number, x1: number] | undefined {
  const x0 = Math.max(0, toPx(lane.axis, from)),
    x1 = Math.min(lane.width, toPx(lane.axis, to));
  return x1 <= 0 || x0 >= lane.width ? undefined : [lane.left + x0, lane.left + Math.max(x0, x1)];
}

/** The box between two ends, widened to 2 px and then moved to stay in the lane. */
export function boxBetween(lane: Lane, x0: number, x1: number): Box {
  const w = Math.min(lane.width, Math.max(LEAST_PX, x1 - x0));
  return { x: Math.min(x0, lane.left + lane.width - w), y: lane.y, w, h: lane.h };
}

/** Box of a byte range in a lane; undefined out of view. */
export function boxOf(lane: Lane, from: bigint, to: bigint): Box | undefined {
  const edges = edgesOf(lane, from, to);
  return edges && boxBetween(lane, edges[0], edges[1]);
}
