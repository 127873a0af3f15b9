import { MapType, NO_ADDR } from '@mapscope/shared/trace';
import { maxBig, minBig } from '@mapscope/shared/units';
import { byteUnder } from '../../axis/index.ts';
import { boxBetween, edgesOf, type Lane } from '../../draw/index.ts';
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
    last = byteUnder(lane.axis, lane.width) + 1n;
  for (let i = 0; i < runs.n; i++) {
    const type = runs.type[i]!,
      from = runs.from[i]!,
      to = isBare(type) ? minBig(runs.to[i]!, end) : runs.to[i]!;
    if (to <= from || to <= first) continue;
    if (from >= last) break;
    const edges = edgesOf(lane, from, to);
    if (!edges) continue;
    const addr = runs.addr[i]!,
      device = runs.device[i]!,
      seen = maxBig(from, first);
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
      pieces: 1,
      x0: edges[0],
      x1: edges[1],
      place: hasPlace(type, addr) ? { device, from: addr + (seen - from), to: addr + (minBig(to, last) - from) } : undefined,
      box: boxBetween(lane, edges),
    });
  }
  return out;
}
