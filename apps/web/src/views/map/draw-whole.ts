import { FolioState, MapType } from '@mapscope/shared/trace';
import { dots, fillPiece, frame, type Palette, type Pen, pieceColour, rails, rule } from '../../draw/index.ts';
import type { MapScene } from './scene.ts';

/** Too narrow for a texture. */
const PLAIN_PX = 4;

export function drawWhole(pen: Pen, { whole, lanes }: MapScene, palette: Palette): void {
  const { whole: lane } = lanes,
    { brush } = whole;
  for (const { x, w, type, flags } of whole.pieces) {
    const colour = pieceColour(type, palette);
    if (type === MapType.HOLE) rule(pen, x, lane.y + 3.5, x + w, lane.y + 3.5, palette.ghost, 1, [2, 3]);
    else if (!colour) dots(pen, x, lane.y, w, lane.h, palette.ghost);
    else if (w < PLAIN_PX) {
      pen.fillStyle = type === MapType.UNWRITTEN ? palette.mapped : colour;
      pen.fillRect(x, lane.y, w, lane.h);
    } else fillPiece(pen, type, 0, x, lane.y, w, lane.h, palette);
    if (colour) rails(pen, flags, x, lane.y, w, lane.h, palette);
  }
  for (const { x, w, state } of whole.dirt) {
    pen.fillStyle = state === FolioState.writeback ? palette.writeback : state === FolioState.failed ? palette.error : palette.dirty;
    pen.fillRect(x, lane.y + lane.h + 2, w, 3);
  }
  pen.save();
  pen.globalAlpha = 0.72;
  pen.fillStyle = palette.paper;
  pen.fillRect(lane.x, brush.y, brush.x - lane.x, brush.h + 4);
  pen.fillRect(brush.x + brush.w, brush.y, lane.x + lane.w - brush.x - brush.w, brush.h + 4);
  pen.restore();
  frame(pen, Math.round(brush.x) - 1, brush.y, Math.round(brush.w) + 2, brush.h + 3, palette.ink);
}
