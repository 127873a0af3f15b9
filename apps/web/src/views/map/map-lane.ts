import { MapType } from '@mapscope/shared/trace';
import { byteUnder } from '../../axis/index.ts';
import { type Lane, LEAST_PX } from '../../draw/index.ts';
import { stacksOf } from './columns.ts';
import type { Column, MapLane, Piece } from './scene.ts';

/** Above this many pieces a lane is all columns. */
const BINS_ABOVE = 20_000,
  PIN_PX = 5,
  MOST_PINS = 60;

/**
 * Pieces of a lane as they are drawn. A thin piece among wide ones keeps a box of its own, 2 px wide, over them. Where thin ones stand
 * side by side, boxes would cover each other and a hole or a piece be lost: there the lane is columns, each stacked by share.
 */
export function mapLane(pieces: readonly Piece[], isBinned: boolean, lane: Lane): MapLane {
  if (isBinned || pieces.length > BINS_ABOVE) return { pieces: [], columns: columnsOf(pieces, () => true, lane) };
  const crowded = new Set<Piece>(),
    wide: Piece[] = [],
    thin: Piece[] = [];
  pieces.forEach((piece, i) => {
    if (!isThin(piece)) wide.push(piece);
    else if (isNarrow(pieces[i - 1]) || isNarrow(pieces[i + 1])) crowded.add(piece);
    else thin.push(piece);
  });
  return { pieces: [...wide, ...thin], columns: crowded.size > 0 ? columnsOf(pieces, (piece) => crowded.has(piece), lane) : [] };
}

const isThin = (piece: Piece): boolean => piece.x1 - piece.x0 < LEAST_PX;
/** So narrow that two boxes of 2 px at its sides would leave nothing of it. */
const isNarrow = (piece: Piece | undefined): boolean => piece !== undefined && piece.x1 - piece.x0 < 2 * LEAST_PX;

/** Columns under the fine pieces; a wide neighbour that reaches into one has its share in it. */
const columnsOf = (pieces: readonly Piece[], isFine: (piece: Piece) => boolean, lane: Lane): Column[] =>
  stacksOf(pieces, isFine, { x: lane.left, y: lane.y, w: lane.width, h: lane.h }, true).map((stack) => ({
    ...stack,
    from: byteUnder(lane.axis, stack.x - lane.left),
    to: byteUnder(lane.axis, stack.x + 1 - lane.left),
  }));

/** Middles of the pieces that are too small to be found without a pin. Pins everywhere would point at nothing: then there are none. */
export function pinsOf(pieces: readonly Piece[]): number[] {
  const small = pieces.filter((piece) => piece.type !== MapType.HOLE && piece.type !== MapType.UNKNOWN && piece.x1 - piece.x0 < PIN_PX);
  return small.length > MOST_PINS ? [] : small.map(({ box }) => box.x + box.w / 2);
}
