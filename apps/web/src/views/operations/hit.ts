import type { Hit } from '../hit.ts';
import type { Mark, OpsScene } from './scene.ts';

/** How far beside a mark the pointer may be: most are thinner than a pointer is sure. */
const SLACK_PX = 3;

/** The mark under a point, else the nearest in its lane; of several the one drawn last, since it lies on top. */
export function hit(scene: OpsScene, x: number, y: number): Hit | undefined {
  const lane = scene.lanes.find((one) => y >= one.y && y < one.y + one.h);
  if (!lane || x < scene.left - SLACK_PX || x > scene.right + SLACK_PX) return undefined;
  let best: Mark | undefined,
    least = SLACK_PX;
  for (const mark of scene.marks) {
    if (mark.box.y < lane.y || mark.box.y >= lane.y + lane.h) continue;
    const away = Math.max(0, mark.box.x - x, x - mark.box.x - mark.box.w),
      // A request spans what it caused: only its own strip is its.
      reach = mark.shape === 'request' && y < mark.box.y - 1 ? away + 1 : away;
    if (reach <= least) {
      best = mark;
      least = reach;
    }
  }
  return best && { target: { kind: 'op', op: best.op, inode: best.inode, from: best.from, to: best.to }, lines: best.lines };
}

/** The moment at a pixel of the lanes. */
export const momentAt = ({ left, right, from, to }: OpsScene, x: number): bigint => momentIn(from, to, (x - left) / (right - left));

/** The moment at a pixel of the overview. */
export const overviewMomentAt = ({ overview: { box, from, to } }: OpsScene, x: number): bigint => momentIn(from, to, (x - box.x) / box.w);

/** Beside a stretch of time its nearer end is meant. */
const momentIn = (from: bigint, to: bigint, share: number): bigint =>
  from + BigInt(Math.round(Number(to - from) * Math.max(0, Math.min(1, share))));

/** Above the lanes, where the cursor has its handle. */
export const isOnRuler = ({ left, lanesTop }: OpsScene, x: number, y: number): boolean => y < lanesTop && x >= left - SLACK_PX;

/** The bar of the overview at a pixel. */
export const barAt = ({ overview }: OpsScene, x: number): OpsScene['overview']['bars'][number] | undefined =>
  overview.bars.findLast((bar) => x >= bar.x - 1 && x < bar.x + bar.w + 1);

export const isOnOverview = ({ overview }: OpsScene, y: number): boolean => y >= overview.box.y - 3;
