import { weakest } from '@mapscope/shared/trace';
import { MapFlag } from '@mapscope/shared/wire';
import type { Lanes } from './lanes.ts';
import type { Landed } from './ribbons.ts';
import type { Piece, Ribbon } from './scene.ts';

const FINEST_PX = 4;

/**
 * What begins in one stretch of the file lane and ends in one stretch of the device lane, as one band; its `weight` is the share of
 * the stretch that goes there. Stretches are as fine as leaves no more than `most` bands. Kinds are never mixed.
 */
export function bandsOf(landed: readonly Landed[], lanes: Lanes, most: number): readonly Ribbon[] {
  const kinds = landed.map(({ piece }) => piece.type * 4 + (piece.layer === 'pending' ? 2 : 0) + (piece.flags & MapFlag.SHARED ? 1 : 0)),
    // Below 2^53 on every canvas: stretches are under 2^16, types with their bits under 2^12.
    keysFor = (px: number): Float64Array =>
      Float64Array.from(
        landed,
        ({ x0, x1, x2, x3 }, i) => (stretchOf(x0, x1, lanes, px) * 65_536 + stretchOf(x2, x3, lanes, px)) * 4096 + kinds[i]!,
      );
  let px = FINEST_PX,
    keys = keysFor(px);
  while (px < lanes.right - lanes.left && hasMore(keys, most)) keys = keysFor((px *= 2));
  return banded(landed, keys, px, lanes);
}

/** Whether there are more than `most` different ones. */
function hasMore(keys: Float64Array, most: number): boolean {
  const seen = new Set<number>();
  for (const key of keys) if (seen.add(key).size > most) return true;
  return false;
}

/** Which stretch of `px` the middle of something is in. */
const stretchOf = (from: number, to: number, lanes: Lanes, px: number): number =>
  Math.max(0, Math.floor(((from + to) / 2 - lanes.left) / px));

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function banded(landed: readonly Landed[], keys: Float64Array, px: number, lanes: Lanes): Ribbon[] {
  const bands = new Map<number, { readonly piece: Mutable<Piece>; readonly top: number; readonly bottom: number; weight: number }>();
  landed.forEach(({ piece, x0, x1, x2, x3 }, i) => {
    const weight = (piece.x1 - piece.x0) / px,
      band = bands.get(keys[i]!);
    if (!band) {
      bands.set(keys[i]!, { piece: { ...piece, op: 0 }, top: stretchOf(x0, x1, lanes, px), bottom: stretchOf(x2, x3, lanes, px), weight });
      return;
    }
    const it = band.piece;
    band.weight += weight;
    if (piece.from < it.from) it.from = piece.from;
    if (piece.to > it.to) it.to = piece.to;
    if (piece.since > it.since) it.since = piece.since;
    it.how = weakest(it.how, piece.how);
    it.pieces += piece.pieces;
  });
  const edge = (stretch: number): number => Math.min(lanes.right, lanes.left + stretch * px);
  return [...bands.values()].map(({ piece, top, bottom, weight }) => ({
    piece,
    x0: edge(top),
    x1: edge(top + 1),
    x2: edge(bottom),
    x3: edge(bottom + 1),
    weight: Math.min(0.999, weight),
  }));
}
