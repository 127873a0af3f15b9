import { MapType } from '@mapscope/shared/trace';
import { type DeviceAxis, deviceToPx, type Place } from '../../axis/index.ts';
import { type Box, LEAST_PX, type Strand } from '../../draw/index.ts';
import { bandsOf } from './bands.ts';
import { stacksOf } from './columns.ts';
import type { Lanes } from './lanes.ts';
import type { DeviceBar, Piece, Ribbon, Stack } from './scene.ts';

/** Where ribbons end: the device axis, and where it begins; the inode's box, if data lies there. */
export interface Ground {
  readonly scale: DeviceAxis;
  readonly at: number;
  readonly lanes: Lanes;
  readonly inode: Box | undefined;
}

const INODE_PX = 26,
  BETWEEN_PX = 28;

/** Pixels that the inode's box takes from the device lane, if there is one. */
export const inodeRoom = (pieces: readonly Piece[]): number =>
  pieces.some(({ type }) => type === MapType.INLINE) ? INODE_PX + BETWEEN_PX : 0;
export const inodeBox = (pieces: readonly Piece[], device: Box): Box | undefined =>
  inodeRoom(pieces) > 0 ? { x: device.x, y: device.y, w: INODE_PX, h: device.h } : undefined;

/** More than these are a blue wall, and slow: then ribbons become bands, and their ends columns. */
const MOST_RIBBONS = 800;

/** What leads from the file down to the device, and what it ends in. */
export interface Fall {
  readonly ribbons: readonly Ribbon[];
  readonly bars: readonly DeviceBar[];
  readonly columns: readonly Stack[];
}

/** Ribbons long ones first: a short one is never hidden. `at` is where the device axis begins. */
export function fallOf(pieces: readonly Piece[], { scale, at, lanes, inode }: Ground): Fall {
  const landed: Landed[] = [];
  for (const piece of pieces) {
    const { x, w } = piece.box;
    if (piece.place) {
      const x2 = deviceToPx(scale, piece.place.device, piece.place.from),
        x3 = deviceToPx(scale, piece.place.device, piece.place.to);
      if (x2 !== undefined && x3 !== undefined) landed.push({ piece, x0: x, x1: x + w, x2: at + x2, x3: at + x3 });
    } else if (inode) landed.push({ piece, x0: x, x1: x + w, x2: inode.x, x3: inode.x + Math.min(inode.w, w) });
  }
  if (landed.length > MOST_RIBBONS) {
    const slivers = landed.map(({ x2, x3, piece: { type, flags, pieces: n } }) => ({ x0: x2, x1: x3, type, flags, pieces: n }));
    return { ribbons: bandsOf(landed, lanes, MOST_RIBBONS), bars: [], columns: stacksOf(slivers, () => true, lanes.device, false) };
  }
  const ribbons = landed
    .map(({ piece, x0, x1, x2, x3 }): Ribbon => {
      const [from, to] = widened(x2, x3, lanes);
      return { piece, x0, x1, x2: from, x3: to, weight: 1 };
    })
    .sort((a, b) => b.x1 - b.x0 - (a.x1 - a.x0));
  const { y, h } = lanes.device;
  return { ribbons, bars: ribbons.map(({ piece, x2, x3 }) => ({ piece, box: { x: x2, y, w: x3 - x2, h } })), columns: [] };
}

/** A piece and its two ends: exact on the device, perhaps thinner than a pixel. */
export interface Landed extends Strand {
  readonly piece: Piece;
}

/** At least 2 px, and inside the lanes. */
function widened(x2: number, x3: number, lanes: Lanes): readonly [number, number] {
  const w = Math.max(LEAST_PX, x3 - x2),
    x = Math.min(x2, lanes.right - w);
  return [x, x + w];
}

/** Pixels of a place on the device lane, at least 2 and inside of it; undefined where it is cut out. */
export function endsOf({ device, from, to }: Place, { scale, at, lanes }: Ground): readonly [number, number] | undefined {
  const x2 = deviceToPx(scale, device, from),
    x3 = deviceToPx(scale, device, to);
  return x2 === undefined || x3 === undefined ? undefined : widened(at + x2, at + x3, lanes);
}
