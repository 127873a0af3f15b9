import { How, MapType } from '@mapscope/shared/trace';
import { MapFlag } from '@mapscope/shared/wire';
import { type Box, fillPiece, LEAST_PX, type Palette, type Pen, pieceColour, rails, rule, veil } from '../../draw/index.ts';
import type { IsLit, MapLane, MapScene, Piece, Stack } from './scene.ts';

const DIMMED = 0.34;

/** A lane of a map. Pieces come wide first, so that thin ones and thin holes lie over them. */
export function drawMapLane(pen: Pen, { pieces, columns }: MapLane, lane: Box, palette: Palette, isLit: IsLit | undefined): void {
  pen.save();
  for (const piece of pieces) {
    pen.globalAlpha = isLit && !isLit(piece) ? DIMMED : 1;
    drawPiece(pen, piece, palette);
  }
  if (columns.length > 0) {
    pen.globalAlpha = isLit && !columns.some(isLit) ? DIMMED : 1;
    drawColumns(pen, columns, lane, palette.paper, palette);
  }
  pen.restore();
}

function drawPiece(pen: Pen, { box, type, flags, how, since, x0, x1 }: Piece, palette: Palette): void {
  const { x, y, w, h } = box;
  if (type === MapType.HOLE && x1 - x0 < LEAST_PX) {
    pen.fillStyle = palette.paper;
    pen.fillRect(x, y, w, h);
    return;
  }
  fillPiece(pen, type, flags, x, y, w, h, palette);
  if (type === MapType.HOLE) return;
  // Not known from the beginning is dots alone; a loss has a time.
  if (how === How.unknown && (type !== MapType.UNKNOWN || since > 0n)) veil(pen, x, y, w, h, palette);
  // A joint, so that two pieces side by side are two.
  if (w > 3) rule(pen, x + w, y, x + w, y + h, palette.paper, 1);
}

/** Columns on their ground: what nothing covers shows it. */
export function drawColumns(pen: Pen, columns: readonly Stack[], lane: Box, ground: string, palette: Palette): void {
  for (const { x, parts, isShared } of columns) {
    pen.fillStyle = ground;
    pen.fillRect(x, lane.y, 1, lane.h);
    for (const { type, y, h } of parts) {
      const colour = pieceColour(type, palette);
      if (colour) {
        pen.fillStyle = colour;
        pen.fillRect(x, y, 1, h);
      }
      // Lines of what is unwritten; of the grid of dots that says "not known" every fifth column has some.
      if (type === MapType.UNWRITTEN) comb(pen, x, y, h, 4, palette.mapped);
      else if (!colour && type !== MapType.HOLE && Math.round(x) % 5 === 0) comb(pen, x, y, h, 5, palette.ghost);
    }
    if (isShared) rails(pen, MapFlag.SHARED, x, lane.y, 1, lane.h, palette);
  }
}

/** A pixel every `step` px down a column. */
function comb(pen: Pen, x: number, y: number, h: number, step: number, colour: string): void {
  pen.fillStyle = colour;
  for (let at = Math.ceil(y / step) * step; at < y + h; at += step) pen.fillRect(x, at, 1, 1);
}

export function drawPending(pen: Pen, { lanes, pending }: MapScene, palette: Palette): void {
  const { x, y, w, h } = lanes.pending,
    line = Math.round(y + h / 2) + 0.5;
  rule(pen, x, line, x + w, line, palette.line2);
  for (const { box, type, flags } of pending) {
    pen.fillStyle = palette.paper;
    pen.fillRect(box.x, box.y, box.w, box.h);
    fillPiece(pen, type, flags & ~MapFlag.SHARED, box.x, box.y, box.w, box.h, palette);
  }
}

/** Flags that have a mark of their own, and pins over what is too small to find. */
export function drawMarks(pen: Pen, { map, pins, lanes }: MapScene, palette: Palette): void {
  for (const { flags, box } of map.pieces) {
    if (flags & MapFlag.NEW) triangle(pen, box.x, box.y, Math.min(9, box.w), Math.min(9, box.h), palette.delalloc);
    if (flags & MapFlag.DIRTY) triangle(pen, box.x + box.w, box.y, -Math.min(9, box.w), Math.min(9, box.h), palette.paper);
    if (flags & MapFlag.MERGED) tie(pen, box, palette);
    if (flags & MapFlag.BOUNDARY) rule(pen, box.x + 1, box.y - 3, box.x + 1, box.y + box.h, palette.ink, 2);
  }
  const { y } = lanes.map;
  pen.fillStyle = palette.ink;
  pen.beginPath();
  for (const x of pins) {
    // One block in many MiB is often the answer.
    pen.moveTo(x - 3, y - 5);
    pen.lineTo(x + 3, y - 5);
    pen.lineTo(x, y - 1);
    pen.closePath();
  }
  pen.fill();
}

/** A corner of a piece, with its right angle at x, y. */
function triangle(pen: Pen, x: number, y: number, w: number, h: number, colour: string): void {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.moveTo(x, y);
  pen.lineTo(x + w, y);
  pen.lineTo(x, y + h);
  pen.fill();
}

/** Several extents of the filesystem in one: a tie across the joint with what comes before. */
function tie(pen: Pen, { x, y, h }: Box, palette: Palette): void {
  const middle = Math.round(y + h / 2) - 0.5;
  pen.fillStyle = palette.paper;
  pen.fillRect(x - 6, middle - 2.5, 12, 5);
  rule(pen, x - 5, middle, x + 5, middle, palette.ink, 1.5);
  for (const end of [x - 5, x + 5]) rule(pen, end, middle - 2.5, end, middle + 2.5, palette.ink, 1.5);
}
