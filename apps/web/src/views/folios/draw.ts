import { FolioState } from '@mapscope/shared/trace';
import { dots, drawRuler, fillFolio, frame, hatch, isDirtyState, laneIn, type Palette, type Pen, rule, say } from '../../draw/index.ts';
import { type Target, touches } from '../../feed/target.ts';
import { drawFolioLane } from '../draw-folios.ts';
import { type FoliosScene, type Row, UNSEEN } from './scene.ts';

/** Old dirt is quieter than fresh, so that the edge of a write is seen as it walks. */
const OLD = 0.58,
  CLEAN = 0.5,
  FRESH_PX = 3;

export function draw(pen: Pen, scene: FoliosScene, palette: Palette, lit: Target | undefined): void {
  drawRuler(pen, scene.ruler, palette);
  drawFolioLane(pen, scene.folios, laneIn(scene.axis, scene.now), scene.pageSize, palette);
  if (lit && lit.kind !== 'op')
    for (const bar of scene.folios.bars)
      if (touches(lit, scene.inode, bar.from, bar.to))
        frame(pen, bar.box.x - 1, bar.box.y - 1, bar.box.w + 2, bar.box.h + 2, palette.ink, [], 1.5);
  drawLens(pen, scene, palette);
  drawFall(pen, scene, palette);
  for (const words of scene.words) say(pen, words, palette);
}

function drawLens(pen: Pen, { lens, now }: FoliosScene, palette: Palette): void {
  if (!lens) return;
  const { mark, box } = lens,
    // Below the rail that says how it is known.
    top = now.y + now.h + 6;
  pen.fillStyle = palette.line2;
  pen.beginPath();
  pen.moveTo(mark.x, top);
  pen.lineTo(mark.x + mark.w, top);
  pen.lineTo(box.x + box.w, box.y - 3);
  pen.lineTo(box.x, box.y - 3);
  pen.fill();
  frame(pen, mark.x - 1, mark.y, mark.w + 2, mark.h, palette.ink, [], 1.5);
  for (const { box: cell, state } of lens.cells) {
    if (state === undefined) frame(pen, cell.x + 1, cell.y + 3, cell.w - 2, cell.h - 6, palette.line, [2, 2]);
    else fillFolio(pen, state, cell.x + 1, cell.y + 3, cell.w - 2, cell.h - 6, palette);
  }
  // The folio is the rounded frame around its blocks; data has square corners.
  pen.strokeStyle = palette.ink2;
  pen.lineWidth = 1.25;
  for (const { x, y, w, h } of lens.frames) {
    pen.beginPath();
    pen.roundRect(x + 0.25, y + 0.5, w - 0.5, h - 1, 3);
    pen.stroke();
  }
}

function drawFall(pen: Pen, { fall, rows, silhouette }: FoliosScene, palette: Palette): void {
  pen.save();
  pen.globalAlpha = 0.45;
  pen.fillStyle = palette.sunk;
  pen.fillRect(fall.x, fall.y, fall.w, fall.h);
  pen.restore();
  for (const row of rows) drawRow(pen, row, palette);
  pen.fillStyle = palette.dirty;
  for (const { y, h, dirtyW } of rows) if (dirtyW > 0) pen.fillRect(silhouette.x, y, Math.max(1, dirtyW), h);
  rule(pen, silhouette.x - 0.5, fall.y, silhouette.x - 0.5, fall.y + fall.h, palette.line);
  const newest = rows.at(-1);
  if (!newest) return;
  const y = newest.y + newest.h;
  rule(pen, fall.x - 6, y, silhouette.x + silhouette.w, y, palette.ink, 1.5);
  pen.fillStyle = palette.ink;
  pen.beginPath();
  pen.moveTo(fall.x - 6, y);
  pen.lineTo(fall.x - 12, y - 4);
  pen.lineTo(fall.x - 12, y + 4);
  pen.fill();
}

function drawRow(pen: Pen, { y, h, stretches }: Row, palette: Palette): void {
  pen.save();
  for (const { x, w, state, isFresh } of stretches) {
    if (state === UNSEEN) dots(pen, x, y, w, h, palette.ghost);
    else if (state === FolioState.unknown) hatch(pen, x, y, w, h, 7, 45, palette.lost, 1.6);
    else {
      const isDirty = isDirtyState(state);
      pen.globalAlpha = isDirty ? OLD : state === FolioState.clean || state === FolioState.added ? CLEAN : 1;
      pen.fillStyle = isDirty
        ? palette.dirty
        : state === FolioState.writeback
          ? palette.writeback
          : state === FolioState.failed
            ? palette.ink
            : palette.clean;
      pen.fillRect(x, y, w, h);
      pen.globalAlpha = 1;
      if (isFresh) pen.fillRect(x, y, w, Math.min(h, FRESH_PX));
    }
  }
  pen.restore();
}
