import type { Box } from '../../draw/index.ts';
import { GUTTER } from '../gutter.ts';

/** Words to the left of the lanes, and what is left free to their right. */
const RIGHT = 20;

export interface Lanes {
  readonly left: number;
  readonly right: number;
  readonly whole: Box;
  readonly axisY: number;
  readonly folios: Box;
  readonly pending: Box;
  readonly map: Box;
  readonly ribbons: Box;
  readonly device: Box;
  /** The other file that has these places, and the ribbons that lead to it; undefined: none, or no room. */
  readonly sharer: Box | undefined;
  readonly links: Box | undefined;
}

/** Heights (visual.md, Type, space), normal and compact. */
const heights = (isCompact: boolean) =>
  isCompact ? { folios: 16, pending: 8, map: 20, device: 20, sharer: 18 } : { folios: 22, pending: 11, map: 28, device: 26, sharer: 22 };

const LEAST_RIBBONS = 60,
  TALL = 470;

/** Where the file axis lies on a canvas of this width. */
export const axisLane = (width: number): { readonly left: number; readonly width: number } => ({
  left: GUTTER,
  width: Math.max(1, width - GUTTER - RIGHT),
});

/** Room for everything of the map. With little height the other file goes first, then the ribbons get short. */
export function lanesOf(isCompact: boolean, hasSharer: boolean, width: number, height: number): Lanes {
  const h = heights(isCompact),
    { left, width: across } = axisLane(width);
  const lane = (y: number, tall: number): Box => ({ x: left, y, w: across, h: tall });
  const folios = lane(62, h.folios),
    // Two lines of words stand beside the folios, however low their lane is.
    pending = lane(Math.max(89, folios.y + folios.h + 5), h.pending),
    map = lane(pending.y + pending.h + 6, h.map),
    top = map.y + map.h + 7;
  // The ruler below the other file, its lane, the ribbons to it, the words under the device.
  const below = 30 + h.sharer + (height > TALL ? 94 : 62),
    hasRoom = hasSharer && height - below - h.device - top >= LEAST_RIBBONS;
  const device = lane(Math.max(top + 40, height - (hasRoom ? below : 50) - h.device), h.device),
    sharer = hasRoom ? lane(height - 30 - h.sharer, h.sharer) : undefined,
    linksTop = device.y + device.h + 20;
  return {
    left,
    right: left + across,
    whole: lane(12, 6),
    axisY: 56,
    folios,
    pending,
    map,
    ribbons: lane(top, device.y - 3 - top),
    device,
    sharer,
    links: sharer && lane(linksTop, Math.max(8, sharer.y - 6 - linksTop)),
  };
}
