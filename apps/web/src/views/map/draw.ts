import { How, MapType } from '@mapscope/shared/trace';
import {
  fillFolio,
  fillPiece,
  frame,
  type Palette,
  type Pen,
  pieceColour,
  ribbonPath,
  rule,
  side,
  text,
  type TextStyle,
} from '../../draw/index.ts';
import { type Target, touches } from '../../feed/target.ts';
import type { MapScene, Piece, Ribbon, Thread, Words } from './scene.ts';

const SHARED = 4,
  FRAY_PX = 64;

/** Puts a scene on the canvas. With something lit, all other ribbons go to a quarter. */
export function draw(pen: Pen, scene: MapScene, palette: Palette, lit: Target | undefined): void {
  const isLit = (piece: Piece): boolean => lit !== undefined && touches(lit, scene.inode, piece.from, piece.to);
  drawWhole(pen, scene, palette);
  drawAxis(pen, scene, palette);
  for (const ribbon of scene.ribbons) if (!isLit(ribbon.piece)) drawRibbon(pen, scene, ribbon, palette, lit ? 0.25 : 1, false);
  for (const thread of scene.threads) drawThread(pen, scene, thread, palette);
  for (const ribbon of scene.ribbons) if (isLit(ribbon.piece)) drawRibbon(pen, scene, ribbon, palette, 1, true);
  rule(
    pen,
    scene.lanes.left,
    scene.lanes.pending.y + scene.lanes.pending.h + 2.5,
    scene.lanes.right,
    scene.lanes.pending.y + scene.lanes.pending.h + 2.5,
    palette.line2,
  );
  for (const hole of scene.holes) fillPiece(pen, hole.type, hole.flags, hole.box.x, hole.box.y, hole.box.w, hole.box.h, palette);
  for (const piece of [...scene.pieces, ...scene.pending]) drawPiece(pen, piece, palette);
  for (const bar of scene.folios) fillFolio(pen, bar.state, bar.box.x, bar.box.y, bar.box.w, bar.box.h, palette);
  drawDevice(pen, scene, palette);
  drawSharer(pen, scene, palette);
  for (const flash of scene.flashes) {
    pen.globalAlpha = 1 - flash.age;
    frame(pen, flash.box.x - 2, flash.box.y, flash.box.w + 4, flash.box.h, palette.ink, [], 2);
    pen.globalAlpha = 0.12 * (1 - flash.age);
    pen.fillStyle = palette.ink;
    pen.fillRect(flash.box.x, flash.box.y, flash.box.w, flash.box.h);
    pen.globalAlpha = 1;
  }
  if (lit)
    for (const piece of [...scene.pieces, ...scene.pending])
      if (isLit(piece)) frame(pen, piece.box.x - 1, piece.box.y - 1, piece.box.w + 2, piece.box.h + 2, palette.ink, [], 2);
  for (const words of scene.words) drawWords(pen, words, palette);
}

function drawWhole(pen: Pen, scene: MapScene, palette: Palette): void {
  const { whole } = scene.lanes;
  rule(pen, whole.x, whole.y + 3, whole.x + whole.w, whole.y + 3, palette.ghost, 1, [1, 3]);
  for (const piece of scene.whole.pieces) {
    const colour = pieceColour(piece.type, palette);
    if (!colour) continue;
    pen.fillStyle = colour;
    pen.fillRect(piece.x, whole.y, piece.w, whole.h);
    if (piece.flags & SHARED) {
      pen.fillStyle = palette.shared;
      pen.fillRect(piece.x, whole.y + whole.h - 2, piece.w, 2);
    }
  }
  for (const dirt of scene.whole.dirt) {
    pen.fillStyle = dirt.isWriteback ? palette.writeback : palette.dirty;
    pen.fillRect(dirt.x, whole.y + whole.h + 1, dirt.w, 3);
  }
  const { brush } = scene.whole;
  if (brush.w < whole.w - 1) {
    pen.fillStyle = palette.paper;
    pen.globalAlpha = 0.55;
    pen.fillRect(whole.x, brush.y, brush.x - whole.x, brush.h);
    pen.fillRect(brush.x + brush.w, brush.y, whole.x + whole.w - brush.x - brush.w, brush.h);
    pen.globalAlpha = 1;
  }
  frame(pen, brush.x - 1, brush.y, brush.w + 2, brush.h, palette.ink);
}

function drawAxis(pen: Pen, scene: MapScene, palette: Palette): void {
  const { left, right, axisY } = scene.lanes;
  rule(pen, left, axisY + 0.5, right, axisY + 0.5, palette.line);
  for (const tick of scene.ticks) rule(pen, left + tick.x, axisY, left + tick.x, axisY - (tick.rank === 'major' ? 5 : 3), palette.ghost);
}

function drawPiece(pen: Pen, piece: Piece, palette: Palette): void {
  const { x, y, w, h } = piece.box;
  fillPiece(pen, piece.type, piece.flags, x, y, w, h, palette);
  if (piece.layer !== 'data') return;
  if (w < 5) {
    // A pin: one block in many MiB is often the answer.
    pen.fillStyle = palette.ink;
    pen.beginPath();
    pen.moveTo(x + w / 2 - 3, y - 5);
    pen.lineTo(x + w / 2 + 3, y - 5);
    pen.lineTo(x + w / 2, y - 1);
    pen.fill();
  } else rule(pen, x + w - 0.5, y, x + w - 0.5, y + h, palette.paper, 1);
  const dash = piece.how === How.observed ? [5, 3] : piece.how === How.derived ? [1.5, 2.5] : [];
  if (piece.how !== How.unknown) rule(pen, x, y + h + 3, x + w, y + h + 3, palette.ink3, 1.5, dash);
}

function drawRibbon(pen: Pen, scene: MapScene, ribbon: Ribbon, palette: Palette, strength: number, isLit: boolean): void {
  const { y, h } = scene.lanes.ribbons,
    { piece } = ribbon,
    isShared = (piece.flags & SHARED) !== 0;
  const colour = piece.type === MapType.UNWRITTEN ? palette.mapped : (pieceColour(piece.type, palette) ?? palette.ink3);
  pen.save();
  ribbonPath(pen, ribbon.x0, ribbon.x1, y, ribbon.x2, ribbon.x3, y + h);
  pen.globalAlpha = strength * (isLit ? 0.6 : piece.type === MapType.UNWRITTEN ? 0.12 : 0.25);
  pen.fillStyle = colour;
  pen.fill();
  if (piece.type === MapType.UNWRITTEN && strength === 1) {
    pen.clip();
    pen.globalAlpha = 0.35;
    pen.strokeStyle = palette.mapped;
    pen.lineWidth = 1;
    pen.beginPath();
    for (let line = Math.ceil(y / 4) * 4; line < y + h; line += 4) {
      pen.moveTo(Math.min(ribbon.x0, ribbon.x2), line + 0.5);
      pen.lineTo(Math.max(ribbon.x1, ribbon.x3), line + 0.5);
    }
    pen.stroke();
  }
  pen.restore();
  pen.save();
  pen.globalAlpha = strength * (isLit ? 1 : 0.6);
  pen.strokeStyle = isShared ? palette.shared : colour;
  pen.lineWidth = isLit ? 2 : isShared ? 1.5 : 1;
  if (piece.pieces > 1) pen.setLineDash([4, 3]);
  pen.beginPath();
  pen.moveTo(ribbon.x0, y);
  side(pen, ribbon.x0, y, ribbon.x2, y + h);
  pen.moveTo(ribbon.x1, y);
  side(pen, ribbon.x1, y, ribbon.x3, y + h);
  pen.stroke();
  pen.restore();
}

function drawThread(pen: Pen, scene: MapScene, thread: Thread, palette: Palette): void {
  const { y, h } = scene.lanes.ribbons,
    colour = thread.isWriteback ? palette.writeback : palette.dirty;
  pen.save();
  if (thread.to) {
    pen.globalAlpha = thread.x1 - thread.x0 > 40 ? 0.32 : 0.95;
    pen.fillStyle = colour;
    ribbonPath(pen, thread.x0, thread.x1, y, thread.to[0], thread.to[1], y + h);
    pen.fill();
  } else {
    const fade = pen.createLinearGradient(0, y, 0, y + FRAY_PX);
    fade.addColorStop(0, colour);
    fade.addColorStop(1, 'transparent');
    pen.fillStyle = fade;
    pen.globalAlpha = 0.7;
    pen.fillRect(thread.x0, y, thread.x1 - thread.x0, FRAY_PX);
  }
  pen.restore();
}

function drawDevice(pen: Pen, scene: MapScene, palette: Palette): void {
  const { left, device } = scene.lanes;
  for (const stretch of scene.device.stretches) {
    pen.fillStyle = palette.other;
    pen.fillRect(left + stretch.x, device.y, stretch.w, device.h);
  }
  for (const cut of scene.device.cuts)
    if (cut.bytes !== undefined) {
      const x = left + cut.x + cut.w / 2,
        y = device.y + 8;
      for (const shift of [-2, 3]) rule(pen, x + shift - 2, y + 5, x + shift + 2, y - 5, palette.ink3);
    }
  for (const bar of scene.deviceBars) fillPiece(pen, bar.type, bar.flags, bar.box.x, bar.box.y, bar.box.w, bar.box.h, palette);
}

function drawSharer(pen: Pen, scene: MapScene, palette: Palette): void {
  const { sharer } = scene;
  if (!sharer) return;
  const top = scene.lanes.device.y + scene.lanes.device.h + 16;
  for (const ribbon of sharer.ribbons) {
    pen.save();
    pen.globalAlpha = 0.18;
    pen.fillStyle = palette.shared;
    ribbonPath(pen, ribbon.x0, ribbon.x1, top, ribbon.x2, ribbon.x3, sharer.y - 3);
    pen.fill();
    pen.restore();
  }
  for (const piece of sharer.pieces) fillPiece(pen, piece.type, piece.flags, piece.box.x, piece.box.y, piece.box.w, piece.box.h, palette);
}

function drawWords(pen: Pen, words: Words, palette: Palette): void {
  const sans = (size: number, weight = 400): string => `${weight} ${size}px ${palette.sans}`;
  const styles: Readonly<Record<Words['role'], Omit<TextStyle, 'align'>>> = {
    lane: { font: sans(11), colour: palette.ink3 },
    name: { font: sans(12, 650), colour: palette.ink },
    tick: { font: sans(10.5), colour: palette.ink3 },
    boldTick: { font: sans(10.5, 650), colour: palette.ink },
    onData: { font: sans(11), colour: palette.paper },
    onPaper: { font: sans(11), colour: palette.ink2, rim: palette.paper },
    dirty: { font: sans(11, 600), colour: palette.dirty },
    cut: { font: sans(10.5), colour: palette.ink3 },
    shared: { font: sans(11), colour: palette.shared },
  };
  text(pen, words.text, words.x, words.y, { ...styles[words.role], align: words.align }, words.room);
}
