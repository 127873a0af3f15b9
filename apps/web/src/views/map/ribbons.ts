import { MapType } from '@mapscope/shared/trace';
import { MapFlag } from '@mapscope/shared/wire';
import { type DeviceAxis, deviceToPx } from '../../axis/index.ts';
import { type Box, LEAST_PX } from '../../draw/index.ts';
import type { DeviceBar, Piece, Ribbon } from './scene.ts';
import type { Lanes } from './lanes.ts';

const BUNDLE_ABOVE = 400,
  BUNDLE_PX = 3;

/**
 * What of the pieces has a ribbon. Above 400, those too fine to be told apart become one: neighbours of one kind, within 3 px of each
 * other in the file and on the device. A hole, or a range that is not known, breaks a bundle, however small it is.
 */
export function bundle(pieces: readonly Piece[], bytesPerPx: number): Piece[] {
  const placed = pieces.filter((piece) => piece.place ?? piece.type === MapType.INLINE);
  if (placed.length <= BUNDLE_ABOVE) return placed;
  const out: Piece[] = [];
  let open: Piece | undefined;
  for (const piece of pieces) {
    if (!piece.place || piece.x1 - piece.x0 >= BUNDLE_PX) {
      open = undefined;
      if (piece.place ?? piece.type === MapType.INLINE) out.push(piece);
      continue;
    }
    if (open && canJoin(open, piece, bytesPerPx * BUNDLE_PX)) out[out.length - 1] = open = join(open, piece);
    else out.push((open = piece));
  }
  return out;
}

function canJoin(a: Piece, b: Piece, reach: number): boolean {
  const isKind = a.type === b.type && a.device === b.device && (a.flags & MapFlag.SHARED) === (b.flags & MapFlag.SHARED);
  return isKind && Number(b.from - a.to) <= reach && Math.abs(Number(b.place!.from - a.place!.to)) <= reach;
}

const join = (a: Piece, b: Piece): Piece => ({
  ...a,
  to: b.to,
  flags: a.flags | b.flags,
  how: Math.min(a.how, b.how),
  since: a.since > b.since ? a.since : b.since,
  op: 0,
  pieces: a.pieces + b.pieces,
  x1: b.x1,
  place: {
    device: a.device,
    from: a.place!.from < b.place!.from ? a.place!.from : b.place!.from,
    to: a.place!.to > b.place!.to ? a.place!.to : b.place!.to,
  },
  box: { ...a.box, w: Math.max(a.box.w, b.x1 - a.box.x) },
});

const INODE_PX = 26,
  BETWEEN_PX = 28;

/** Pixels that the inode's box takes from the device lane, if there is one. */
export const inodeRoom = (pieces: readonly Piece[]): number =>
  pieces.some(({ type }) => type === MapType.INLINE) ? INODE_PX + BETWEEN_PX : 0;
export const inodeBox = (pieces: readonly Piece[], device: Box): Box | undefined =>
  inodeRoom(pieces) > 0 ? { x: device.x, y: device.y, w: INODE_PX, h: device.h } : undefined;

/** A ribbon a piece, long ones first: a short one is never hidden. `at` is where the device axis begins. */
export function ribbonsOf(pieces: readonly Piece[], scale: DeviceAxis, at: number, lanes: Lanes, inode: Box | undefined): Ribbon[] {
  const out: Ribbon[] = [];
  for (const piece of pieces) {
    const ends = piece.place
      ? endsOf(piece.place, scale, at, lanes)
      : inode && ([inode.x, inode.x + Math.min(inode.w, piece.box.w)] as const);
    if (ends) out.push({ x0: piece.box.x, x1: piece.box.x + piece.box.w, x2: ends[0], x3: ends[1], piece });
  }
  return out.sort((a, b) => b.x1 - b.x0 - (a.x1 - a.x0));
}

/** Pixels of a place on the device lane, at least 2 and inside of it; undefined where it is cut out. */
export function endsOf(
  place: NonNullable<Piece['place']>,
  scale: DeviceAxis,
  at: number,
  lanes: Lanes,
): readonly [number, number] | undefined {
  const x2 = deviceToPx(scale, place.device, place.from),
    x3 = deviceToPx(scale, place.device, place.to);
  if (x2 === undefined || x3 === undefined) return undefined;
  const w = Math.max(LEAST_PX, x3 - x2),
    x = Math.min(at + x2, lanes.right - w);
  return [x, x + w];
}

/** What the ribbons end in. */
export const deviceBarsOf = (ribbons: readonly Ribbon[], lane: Box): DeviceBar[] =>
  ribbons.map(({ piece, x2, x3 }) => ({ piece, box: { x: x2, y: lane.y, w: x3 - x2, h: lane.h } }));
