import { MapType } from '@mapscope/shared/trace';
import { MapFlag } from '@mapscope/shared/wire';
import { type Lane, LEAST_PX } from '../../draw/index.ts';
import type { Column, MapLane, Piece } from './scene.ts';

/** Above this many pieces a lane is all columns. */
const BINS_ABOVE = 20_000,
  PIN_PX = 5;

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

/** Order of the shares in a column, from the top down: visual.md, Geometry. */
const order = [MapType.HOLE, MapType.UNKNOWN, MapType.UNWRITTEN, MapType.DELALLOC, MapType.MAPPED, MapType.INLINE];
const placeOf = new Map<number, number>(order.map((type, i) => [type, i]));

/** Columns under the pieces that are `fine`; a wide neighbour that reaches into one has its share in it. */
function columnsOf(pieces: readonly Piece[], isFine: (piece: Piece) => boolean, lane: Lane): Column[] {
  const width = Math.ceil(lane.width),
    kinds = order.length,
    shares = new Float64Array(width * kinds),
    counts = new Uint32Array(width * 2),
    isTouched = new Uint8Array(width),
    isShared = new Uint8Array(width),
    first = new Int32Array(width).fill(-1),
    last = new Int32Array(width);
  const each = (piece: Piece, visit: (column: number, share: number) => void): void => {
    const a = piece.x0 - lane.left,
      b = Math.max(piece.x1 - lane.left, a + 1e-9);
    for (let column = Math.floor(a); column < b && column < width; column++) visit(column, Math.min(b, column + 1) - Math.max(a, column));
  };
  for (const piece of pieces) if (isFine(piece)) each(piece, (column) => (isTouched[column] = 1));
  pieces.forEach((piece, i) =>
    each(piece, (column, share) => {
      if (isTouched[column] === 0) return;
      shares[column * kinds + (placeOf.get(piece.type) ?? 1)]! += share;
      counts[column * 2 + (piece.type === MapType.HOLE ? 1 : 0)]! += piece.type === MapType.UNKNOWN ? 0 : piece.pieces;
      if (piece.flags & MapFlag.SHARED) isShared[column] = 1;
      if (first[column]! < 0) first[column] = i;
      last[column] = i;
    }),
  );
  const out: Column[] = [];
  for (let column = 0; column < width; column++) {
    if (isTouched[column] === 0) continue;
    out.push({
      x: lane.left + column,
      parts: stack(shares.subarray(column * kinds, (column + 1) * kinds), lane),
      isShared: isShared[column] === 1,
      from: pieces[first[column]!]!.from,
      to: pieces[last[column]!]!.to,
      pieces: counts[column * 2]!,
      holes: counts[column * 2 + 1]!,
    });
  }
  return out;
}

/** Heights by share. A hole keeps at least 2 px of paper and everything else a pixel, however little there is of it. */
function stack(shares: Float64Array, lane: Lane): Column['parts'] {
  const parts: { type: number; y: number; h: number }[] = [];
  let all = 0,
    least = 0;
  shares.forEach((share, i) => {
    if (share === 0) return;
    all += share;
    least += leastOf(i);
  });
  let y = lane.y;
  shares.forEach((share, i) => {
    if (share === 0) return;
    const h = leastOf(i) + ((lane.h - least) * share) / all;
    parts.push({ type: order[i]!, y, h });
    y += h;
  });
  return parts;
}

const leastOf = (i: number): number => (order[i] === MapType.HOLE ? LEAST_PX : 1);

/** Middles of the pieces that are too small to be found without a pin; pins keep 3 px from each other. */
export function pinsOf(lane: MapLane): number[] {
  const out: number[] = [];
  const middles = lane.pieces
    .filter((piece) => piece.type !== MapType.HOLE && piece.type !== MapType.UNKNOWN && piece.x1 - piece.x0 < PIN_PX)
    .map(({ box }) => box.x + box.w / 2);
  for (const x of middles.sort((a, b) => a - b)) if (x - (out.at(-1) ?? Number.NEGATIVE_INFINITY) >= 3) out.push(x);
  return out;
}

/** How each stretch is known: neighbours that are known alike have one rail, so that its dashes run on. Not known: none. */
export function railsOf(pieces: readonly Piece[]): { x0: number; x1: number; how: number }[] {
  const out: { x0: number; x1: number; how: number }[] = [];
  for (const { x0, x1, how, type } of pieces) {
    if (how === 0 || type === MapType.UNKNOWN) continue;
    const last = out.at(-1);
    if (last && last.how === how && x0 - last.x1 < 0.01) last.x1 = x1;
    else out.push({ x0, x1, how });
  }
  return out;
}
