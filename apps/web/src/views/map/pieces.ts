import { MapType, NO_ADDR } from '@mapscope/shared/trace';
import { maxBig, minBig } from '@mapscope/shared/units';
import { type Axis, toPx } from '../../axis/index.ts';
import type { Box } from '../../draw/index.ts';
import type { ExtentRuns } from '../../feed/window.ts';
import type { Piece } from './scene.ts';

const LEAST_PX = 2,
  BUNDLE_ABOVE = 400,
  BUNDLE_PX = 3;

export interface Lane {
  readonly layer: Piece['layer'];
  readonly axis: Axis;
  readonly left: number;
  readonly width: number;
  readonly y: number;
  readonly h: number;
  /** Extents past the end of the file are drawn up to here. */
  readonly end: bigint;
}

/** The runs in view as pieces with a box each; a piece is at least 2 px wide and keeps its place. */
export function piecesOf(runs: ExtentRuns, lane: Lane): Piece[] {
  const out: Piece[] = [];
  for (let i = 0; i < runs.n; i++) {
    const from = runs.from[i]!,
      to = minBig(runs.to[i]!, lane.end);
    if (to <= from) continue;
    const box = boxOf(lane, from, to);
    if (!box) continue;
    out.push({
      layer: lane.layer,
      from,
      to,
      addr: runs.addr[i]!,
      device: runs.device[i]!,
      type: runs.type[i]!,
      flags: runs.flags[i]!,
      how: runs.how[i]!,
      op: runs.op[i]!,
      since: runs.since[i]!,
      pieces: 1,
      box,
    });
  }
  return out.length > BUNDLE_ABOVE ? bundle(out, lane) : out;
}

/** Box of a file range in a lane, cut at its edges; undefined when it is out of view. */
export function boxOf(lane: Pick<Lane, 'axis' | 'left' | 'width' | 'y' | 'h'>, from: bigint, to: bigint): Box | undefined {
  const x0 = Math.max(0, toPx(lane.axis, from)),
    x1 = Math.min(lane.width, toPx(lane.axis, to));
  if (x1 <= 0 || x0 >= lane.width) return undefined;
  const w = Math.max(LEAST_PX, x1 - x0);
  return { x: lane.left + Math.min(x0, lane.width - w), y: lane.y, w, h: lane.h };
}

/**
 * Above 400 pieces, neighbours of one type that are within 3 px of each other in the file and on the device become one. A hole is never
 * bundled away: it breaks the bundle.
 */
function bundle(pieces: readonly Piece[], lane: Lane): Piece[] {
  const out: Piece[] = [],
    reach = lane.axis.bytesPerPx * BUNDLE_PX;
  for (const piece of pieces) {
    const last = out.at(-1);
    if (last && canJoin(last, piece, reach)) {
      const to = piece.to,
        addr = minBig(last.addr, piece.addr);
      out[out.length - 1] = {
        ...last,
        to,
        addr,
        flags: last.flags | piece.flags,
        how: Math.min(last.how, piece.how),
        since: maxBig(last.since, piece.since),
        op: 0,
        pieces: last.pieces + piece.pieces,
        box: { ...last.box, w: Math.max(last.box.w, piece.box.x + piece.box.w - last.box.x) },
      };
    } else out.push(piece);
  }
  return out;
}

function canJoin(a: Piece, b: Piece, reach: number): boolean {
  if (a.type !== b.type || a.device !== b.device || a.type === MapType.HOLE || Number(b.from - a.to) > reach) return false;
  if (a.addr === NO_ADDR || b.addr === NO_ADDR) return a.addr === b.addr;
  const gap = Number(b.addr - (a.addr + (a.to - a.from)));
  return Math.abs(gap) <= reach;
}

/** Bytes of a piece on its device: for a bundle, as many as the file range has. */
export const placeOf = (piece: Piece): { readonly device: number; readonly from: bigint; readonly to: bigint } | undefined =>
  piece.addr === NO_ADDR || piece.type === MapType.HOLE || piece.type === MapType.UNKNOWN
    ? undefined
    : { device: piece.device, from: piece.addr, to: piece.addr + (piece.to - piece.from) };
