import { FolioState } from '@mapscope/shared/trace';
import { fillFolio, frame, isDirtyState, type Palette, type Pen, rule, text } from '../../draw/index.ts';
import { type Target, touches } from '../../feed/target.ts';
import type { FoliosScene } from './scene.ts';

export function draw(pen: Pen, scene: FoliosScene, palette: Palette, lit: Target | undefined): void {
  const sans = (size: number, weight = 400): string => `${weight} ${size}px ${palette.sans}`;
  const label = (words: string, y: number): void =>
    void text(pen, words, scene.left - 10, y, { font: sans(11), colour: palette.ink3, align: 'right' });
  text(pen, scene.name, scene.left - 10, scene.axisY - 8, { font: sans(12, 650), colour: palette.ink, align: 'right' }, scene.left - 14);
  rule(pen, scene.left, scene.axisY + 0.5, scene.right, scene.axisY + 0.5, palette.line);
  for (const tick of scene.ticks) {
    rule(pen, scene.left + tick.x, scene.axisY, scene.left + tick.x, scene.axisY - (tick.rank === 'major' ? 5 : 3), palette.ghost);
    if (tick.rank === 'major')
      text(pen, tick.text, scene.left + tick.x, scene.axisY - 13, {
        font: sans(10.5, tick.isBold ? 650 : 400),
        colour: tick.isBold ? palette.ink : palette.ink3,
        align: tick.x < 24 ? 'left' : 'center',
      });
  }
  label('now', scene.now.y + scene.now.h / 2);
  rule(pen, scene.now.x, scene.now.y + scene.now.h + 0.5, scene.now.x + scene.now.w, scene.now.y + scene.now.h + 0.5, palette.line2);
  for (const bar of scene.bars) {
    fillFolio(pen, bar.state, bar.box.x, bar.box.y, bar.box.w, bar.box.h, palette);
    if (lit && touches(lit, scene.inode, bar.from, bar.to))
      frame(pen, bar.box.x - 1, bar.box.y - 1, bar.box.w + 2, bar.box.h + 2, palette.ink, [], 2);
  }
  text(pen, scene.words.dirty, scene.right + 14, scene.now.y + 9, { font: sans(13, 650), colour: palette.dirty });
  text(pen, 'dirty', scene.right + 14, scene.now.y + 24, { font: sans(11), colour: palette.ink3 });
  drawLens(pen, scene, palette);

  label('time ↓', scene.fall.y - 12);
  text(
    pen,
    `file offset → · ${scene.words.source}`,
    scene.fall.x,
    scene.fall.y - 12,
    { font: sans(10.5), colour: palette.ink3 },
    scene.fall.w,
  );
  text(pen, scene.words.top, scene.silhouette.x, scene.fall.y - 12, { font: sans(10.5), colour: palette.ink3 });
  pen.fillStyle = palette.chrome;
  pen.fillRect(scene.fall.x, scene.fall.y, scene.fall.w, scene.fall.h);
  for (const row of scene.rows) {
    for (const bar of row.bars) {
      pen.fillStyle = isDirtyState(bar.state)
        ? palette.dirty
        : bar.state === FolioState.writeback
          ? palette.writeback
          : bar.state === FolioState.failed
            ? palette.ink
            : palette.clean;
      pen.fillRect(bar.x, row.y, bar.w, row.h);
    }
    pen.fillStyle = palette.dirty;
    pen.fillRect(scene.silhouette.x, row.y, row.dirtyW, row.h);
  }
  rule(pen, scene.silhouette.x - 0.5, scene.fall.y, scene.silhouette.x - 0.5, scene.fall.y + scene.fall.h, palette.line);
  const newest = scene.rows.at(-1);
  if (newest) {
    rule(pen, scene.fall.x - 6, newest.y + newest.h, scene.silhouette.x + scene.silhouette.w, newest.y + newest.h, palette.ink, 1.5);
    label(scene.words.span, newest.y + newest.h);
  }
}

function drawLens(pen: Pen, scene: FoliosScene, palette: Palette): void {
  const { lens } = scene,
    sans = `400 10.5px ${palette.sans}`;
  if (!lens) return;
  pen.fillStyle = palette.sunk;
  pen.beginPath();
  pen.moveTo(lens.mark.x, scene.now.y + scene.now.h + 2);
  pen.lineTo(lens.mark.x + lens.mark.w, scene.now.y + scene.now.h + 2);
  pen.lineTo(lens.box.x + lens.box.w, lens.box.y - 3);
  pen.lineTo(lens.box.x, lens.box.y - 3);
  pen.fill();
  frame(pen, lens.mark.x - 1, lens.mark.y, lens.mark.w + 2, lens.mark.h, palette.ink, [], 1.5);
  text(pen, 'lens', scene.left - 10, lens.box.y + 11, { font: `400 11px ${palette.sans}`, colour: palette.ink3, align: 'right' });
  for (const cell of lens.cells) {
    const { x, y, w, h } = cell.box;
    fillFolio(pen, cell.state, x + 2, y + 3, w - 4, h - 6, palette);
    // The folio is the rounded frame around its blocks; of order 0 it has one.
    const pages = cell.order === 0xff ? 1 : 2 ** cell.order,
      place = Number((cell.from / 4096n) % BigInt(pages)),
      whole = w * pages,
      start = x - place * w;
    pen.strokeStyle = palette.ink2;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.roundRect(
      Math.max(lens.box.x, start) + 0.5,
      y + 0.5,
      Math.min(whole, lens.box.x + lens.box.w - Math.max(lens.box.x, start)) - 1,
      h - 1,
      4,
    );
    pen.stroke();
  }
  text(pen, lens.words[0], lens.box.x, lens.box.y + lens.box.h + 9, { font: sans, colour: palette.ink3 });
  text(pen, lens.words[1], lens.box.x + lens.box.w, lens.box.y + lens.box.h + 9, { font: sans, colour: palette.ink3, align: 'right' });
}
