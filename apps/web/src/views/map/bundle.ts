import { MapType, weakest } from '@mapscope/shared/trace';
import { MapFlag } from '@mapscope/shared/wire';
import type { Place } from '../../axis/index.ts';
import type { Box } from '../../draw/index.ts';
import type { Piece } from './scene.ts';

const BUNDLE_ABOVE = 400,
  BUNDLE_PX = 3;

/**
 * What of the pieces has a ribbon. Above 400, those too fine to be told apart become one: neighbours of one kind, within 3 px of each
 * other in the file and on the device. A hole, or a range that is not known, breaks a bundle, however small it is.
 */
export function bundle(pieces: readonly Piece[], bytesPerPx: number): Piece[] {
  const placed = pieces.filter((piece) => piece.place ?? piece.type === MapType.INLINE);
  if (placed.length <= BUNDLE_ABOVE) return placed;
  const out: Piece[] = [],
    reach = bytesPerPx * BUNDLE_PX;
  let before: Piece | undefined, open: Bundle | undefined;
  for (const piece of pieces) {
    const isFine = piece.place !== undefined && piece.x1 - piece.x0 < BUNDLE_PX;
    if (isFine && before && canJoin(before, piece, reach)) {
      // Most pieces are never joined: a copy that can grow is made of the first of those that are.
      if (!open) before = out[out.length - 1] = open = { ...before, op: 0, place: { ...before.place! }, box: { ...before.box } };
      join(open, piece);
    } else {
      if (piece.place ?? piece.type === MapType.INLINE) out.push(piece);
      before = isFine ? piece : undefined;
      open = undefined;
    }
  }
  return out;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Bundle = Mutable<Omit<Piece, 'place' | 'box'>> & { place: Mutable<Place>; box: Mutable<Box> };

function canJoin(a: Piece, b: Piece, reach: number): boolean {
  const isKind = a.type === b.type && a.device === b.device && (a.flags & MapFlag.SHARED) === (b.flags & MapFlag.SHARED);
  return isKind && Number(b.from - a.to) <= reach && Math.abs(Number(b.place!.from - a.place!.to)) <= reach;
}

function join(a: Bundle, b: Piece): void {
  a.to = b.to;
  a.flags |= b.flags;
  a.how = weakest(a.how, b.how);
  if (b.since > a.since) a.since = b.since;
  a.pieces += b.pieces;
  a.x1 = b.x1;
  if (b.place!.from < a.place.from) a.place.from = b.place!.from;
  if (b.place!.to > a.place.to) a.place.to = b.place!.to;
  a.box.w = Math.max(a.box.w, b.x1 - a.box.x);
}
