import { MapType } from '@mapscope/shared/trace';
import { MapFlag } from '@mapscope/shared/wire';
import { type Box, LEAST_PX } from '../../draw/index.ts';
import type { Stack } from './scene.ts';

/** A run on a lane, perhaps much thinner than a pixel. */
export interface Sliver {
  readonly x0: number;
  readonly x1: number;
  readonly type: number;
  readonly flags: number;
  readonly pieces: number;
}

/** Order of the shares in a column, from the top down: visual.md, Geometry. */
const order = [MapType.HOLE, MapType.UNKNOWN, MapType.UNWRITTEN, MapType.DELALLOC, MapType.MAPPED, MapType.INLINE],
  indexOf = new Map<number, number>(order.map((type, i) => [type, i])),
  kinds = order.length,
  UNKNOWN = indexOf.get(MapType.UNKNOWN)!;

/**
 * Pixel columns under the fine slivers, each stacked by share of what lies in it. A lane that `isCovered` has something everywhere;
 * on another one, what nothing covers stays free at the top.
 */
export function stacksOf<S extends Sliver>(slivers: readonly S[], isFine: (sliver: S) => boolean, lane: Box, isCovered: boolean): Stack[] {
  const width = Math.ceil(lane.w),
    shares = new Float64Array(width * kinds),
    pieces = new Float64Array(width),
    holes = new Float64Array(width),
    isTouched = new Uint8Array(width),
    isShared = new Uint8Array(width);
  for (const sliver of slivers) {
    if (!isFine(sliver)) continue;
    const end = Math.min(width, Math.max(sliver.x1 - lane.x, sliver.x0 - lane.x + 1e-9));
    for (let x = Math.floor(sliver.x0 - lane.x); x < end; x++) isTouched[x] = 1;
  }
  for (const { x0, x1, type, flags, pieces: n } of slivers) {
    const a = x0 - lane.x,
      b = Math.max(x1 - lane.x, a + 1e-9),
      kind = indexOf.get(type) ?? UNKNOWN;
    for (let x = Math.floor(a); x < b && x < width; x++) {
      if (isTouched[x] === 0) continue;
      const covered = Math.min(b, x + 1) - Math.max(a, x),
        // One piece is in every column it touches; the many of a bin are spread over its columns.
        count = n === 1 ? 1 : Math.max(1, (n * covered) / (b - a));
      shares[x * kinds + kind]! += covered;
      if (type === MapType.HOLE) holes[x]! += count;
      else if (kind !== UNKNOWN) pieces[x]! += count;
      if (flags & MapFlag.SHARED) isShared[x] = 1;
    }
  }
  const out: Stack[] = [];
  for (let x = 0; x < width; x++)
    if (isTouched[x] === 1)
      out.push({
        x: lane.x + x,
        parts: stacked(shares.subarray(x * kinds, (x + 1) * kinds), lane, isCovered),
        isShared: isShared[x] === 1,
        pieces: Math.round(pieces[x]!),
        holes: Math.round(holes[x]!),
      });
  return out;
}

/** Heights by share. A hole (or free space) keeps at least 2 px of paper and everything else a pixel, however little there is of it. */
function stacked(shares: Float64Array, lane: Box, isCovered: boolean): Stack['parts'] {
  const parts: { type: number; y: number; h: number }[] = [];
  let all = 0,
    least = 0;
  for (let i = 0; i < kinds; i++) {
    if (shares[i] === 0) continue;
    all += shares[i]!;
    least += leastOf(i);
  }
  const free = isCovered || all > 0.999 ? 0 : 1 - all;
  if (free > 0) least += LEAST_PX;
  const perShare = (lane.h - least) / (all + free);
  let y = lane.y + (free > 0 ? LEAST_PX + perShare * free : 0);
  for (let i = 0; i < kinds; i++) {
    if (shares[i] === 0) continue;
    const h = leastOf(i) + perShare * shares[i]!;
    parts.push({ type: order[i]!, y, h });
    y += h;
  }
  return parts;
}

const leastOf = (i: number): number => (order[i] === MapType.HOLE ? LEAST_PX : 1);
