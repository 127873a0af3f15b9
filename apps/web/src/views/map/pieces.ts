import { MapType, NO_ADDR } from '@mapscope/shared/trace';
import { byteUnder, toPx, toPxAll } from '../../axis/index.ts';
import { type Lane, LEAST_PX } from '../../draw/index.ts';
import type { ExtentRuns } from '../../feed/window.ts';
import type { Piece } from './scene.ts';

/** Runs without storage end with the file; storage may lie past it, and is drawn. */
const isBare = (type: number): boolean => type === MapType.HOLE || type === MapType.UNKNOWN;

/** Only these have a ribbon to a device. Data with the inode has its own box; delalloc has no place, and that is the news. */
const hasPlace = (type: number, addr: bigint): boolean =>
  addr !== NO_ADDR && type !== MapType.INLINE && type !== MapType.DELALLOC && !isBare(type);

/** The runs in view as pieces, in file order; `end` is the end of the file. */
export function piecesOf(runs: ExtentRuns, layer: Piece['layer'], lane: Lane, end: bigint): Piece[] {
  const out: Piece[] = [],
    first = byteUnder(lane.axis, 0),
    last = byteUnder(lane.axis, lane.width) + 1n,
    starts = toPxAll(lane.axis, runs.from, runs.n),
    ends = toPxAll(lane.axis, runs.to, runs.n),
    endPx = toPx(lane.axis, end);
  for (let i = 0; i < runs.n; i++) {
    const type = runs.type[i]!,
      isCut = isBare(type) && ends[i]! > endPx,
      x1 = Math.min(lane.width, isCut ? endPx : ends[i]!),
      x0 = Math.max(0, starts[i]!);
    if (x1 <= 0) continue;
    if (x0 >= lane.width) break;
    // Only what is beyond the end of the file.
    if (x1 < x0) continue;
    const from = runs.from[i]!,
      to = isCut ? end : runs.to[i]!,
      addr = runs.addr[i]!,
      device = runs.device[i]!,
      w = Math.min(lane.width, Math.max(LEAST_PX, x1 - x0));
    out.push({
      layer,
      from,
      to,
      addr,
      device,
      type,
      flags: runs.flags[i]!,
      how: runs.how[i]!,
      op: runs.op[i]!,
      since: runs.since[i]!,
      pieces: runs.pieces[i]!,
      x0: lane.left + x0,
      x1: lane.left + x1,
      place: hasPlace(type, addr)
        ? { device, from: from < first ? addr + (first - from) : addr, to: addr + ((to < last ? to : last) - from) }
        : undefined,
      box: { x: lane.left + Math.min(x0, lane.width - w), y: lane.y, w, h: lane.h },
    });
  }
  return out;
}
