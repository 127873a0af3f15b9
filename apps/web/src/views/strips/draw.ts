import { sayBytes, sayOffset } from '../../axis/index.ts';
import { dots, frame, type Palette, type Pen, ribbonPath, rule, text } from '../../draw/index.ts';
import { type Target, touches } from '../../feed/target.ts';
import type { StripsScene } from './scene.ts';

export function draw(pen: Pen, scene: StripsScene, palette: Palette, lit: Target | undefined): void {
  const sans = (size: number, weight = 400): string => `${weight} ${size}px ${palette.sans}`,
    mono = `11px ${palette.mono}`;
  if (!scene.layout) {
    text(pen, 'No part of this file is interleaved.', scene.width / 2, scene.height / 2 - 10, {
      font: sans(13, 650),
      colour: palette.ink,
      align: 'center',
    });
    text(pen, 'Files below /striped of the demo mount are.', scene.width / 2, scene.height / 2 + 12, {
      font: sans(12),
      colour: palette.ink2,
      align: 'center',
    });
    return;
  }
  const litCell = lit && scene.cells.find((cell) => touches(lit, scene.inode, cell.from, cell.to));
  text(pen, scene.name, scene.left - 10, scene.axisY - 8, { font: sans(12, 650), colour: palette.ink, align: 'right' }, scene.left - 14);
  rule(pen, scene.left, scene.axisY + 0.5, scene.right, scene.axisY + 0.5, palette.line);
  for (const tick of scene.ticks) {
    rule(pen, scene.left + tick.x, scene.axisY, scene.left + tick.x, scene.axisY - (tick.rank === 'major' ? 5 : 3), palette.ghost);
    if (tick.rank === 'major')
      text(pen, tick.text, scene.left + tick.x, scene.axisY - 13, {
        font: sans(10.5, tick.isBold ? 650 : 400),
        colour: tick.isBold ? palette.ink : palette.ink3,
        align: tick.x < 24 ? 'left' : tick.x > scene.right - scene.left - 24 ? 'right' : 'center',
      });
  }
  text(pen, 'chunks', scene.left - 10, scene.axisY + 19, { font: sans(11), colour: palette.ink3, align: 'right' });

  for (const ribbon of scene.ribbons) {
    const isLit = litCell?.chunk === ribbon.chunk;
    pen.save();
    ribbonPath(pen, ribbon.x0, ribbon.x1, scene.ribbonTop, ribbon.x2, ribbon.x3, scene.ribbonBottom);
    pen.globalAlpha = isLit ? 0.6 : litCell ? 0.06 : 0.2;
    pen.fillStyle = palette.mapped;
    pen.fill();
    pen.globalAlpha = isLit ? 1 : litCell ? 0.2 : 0.5;
    pen.strokeStyle = palette.mapped;
    pen.lineWidth = isLit ? 2 : 1;
    pen.stroke();
    pen.restore();
  }
  for (const { chunk, box } of scene.chunks) {
    weave(pen, box.x, box.y, box.w, box.h, chunk, palette);
    if (box.w > 22) {
      const words = `${chunk}`;
      pen.font = sans(11, 650);
      const w = pen.measureText(words).width + 8;
      pen.fillStyle = palette.mapped;
      pen.fillRect(box.x + box.w / 2 - w / 2, box.y, w, box.h);
      text(pen, words, box.x + box.w / 2, box.y + box.h / 2, { font: sans(11, 650), colour: palette.paper, align: 'center' });
    }
  }
  for (const head of scene.heads) {
    const named = text(pen, head.text, head.x, scene.headY, { font: sans(12, 650), colour: palette.ink }, head.w);
    if (named) text(pen, head.place, head.x + head.w, scene.headY, { font: sans(10.5), colour: palette.ink3, align: 'right' }, head.w - 52);
  }
  for (const cell of scene.cells) {
    weave(pen, cell.box.x, cell.box.y, cell.used, cell.box.h, cell.chunk, palette);
    if (cell.box.h >= 34 && cell.box.w >= 70) {
      const plate = Math.min(cell.used, Math.max(74, cell.box.w * 0.44));
      pen.fillStyle = palette.mapped;
      pen.fillRect(cell.box.x, cell.box.y, plate, cell.box.h);
      text(
        pen,
        `chunk ${cell.chunk}`,
        cell.box.x + 10,
        cell.box.y + cell.box.h / 2 - 8,
        { font: sans(12, 650), colour: palette.paper },
        plate - 12,
      );
      text(
        pen,
        cell.to - cell.from < (scene.layout?.chunkSize ?? 0n)
          ? `${sayBytes(cell.to - cell.from)} of it`
          : sayOffset(cell.addr, 'hex', 4096),
        cell.box.x + 10,
        cell.box.y + cell.box.h / 2 + 8,
        { font: mono, colour: palette.paper },
        plate - 12,
      );
    }
    if (cell === litCell) frame(pen, cell.box.x - 1, cell.box.y - 1, cell.box.w + 2, cell.box.h + 2, palette.ink, [], 2);
  }
  for (const { box, text: words } of scene.slack) {
    dots(pen, box.x, box.y, box.w, box.h, palette.ghost);
    if (box.h > 14)
      text(
        pen,
        words,
        box.x + box.w / 2,
        box.y + box.h / 2,
        { font: sans(11), colour: palette.ink2, align: 'center', rim: palette.paper },
        box.w - 8,
      );
  }
  for (const label of scene.rowLabels)
    text(pen, label.text, scene.left - 10, label.y, { font: sans(11), colour: palette.ink3, align: 'right' });
}

/** Warp and weft by turns: which chunk is whose can be seen without counting. */
function weave(pen: Pen, x: number, y: number, w: number, h: number, chunk: bigint, palette: Palette): void {
  pen.fillStyle = palette.mapped;
  pen.fillRect(x, y, w, h);
  if (w < 8 || h < 5) {
    if (chunk % 2n === 1n) {
      pen.globalAlpha = 0.35;
      pen.fillStyle = palette.paper;
      pen.fillRect(x, y, w, h);
      pen.globalAlpha = 1;
    }
    return;
  }
  pen.save();
  pen.beginPath();
  pen.rect(x, y, w, h);
  pen.clip();
  pen.globalAlpha = 0.28;
  pen.strokeStyle = palette.paper;
  pen.lineWidth = 1;
  pen.beginPath();
  if (chunk % 2n === 0n)
    for (let line = y + 2; line < y + h; line += 4) {
      pen.moveTo(x, line + 0.5);
      pen.lineTo(x + w, line + 0.5);
    }
  else
    for (let line = x + 2; line < x + w; line += 4) {
      pen.moveTo(line + 0.5, y);
      pen.lineTo(line + 0.5, y + h);
    }
  pen.stroke();
  pen.restore();
}
