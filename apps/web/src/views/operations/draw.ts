import { hatch, type Palette, type Pen, rule, text } from '../../draw/index.ts';
import { type Target, touches } from '../../feed/target.ts';
import type { BusyKind } from '../../feed/overview.ts';
import type { Mark, OpsScene } from './scene.ts';

const toneOf = (palette: Palette): Readonly<Record<Mark['tone'], string>> => ({
  read: palette.read,
  write: palette.dirty,
  writeback: palette.writeback,
  zero: palette.ink3,
  other: palette.ghost,
});

/** The cursor's handle would cover half of a word so near. */
const HANDLE_ROOM = 22;

/** Puts a scene on the canvas. With something lit, what does not touch it steps back. */
export function draw(pen: Pen, scene: OpsScene, palette: Palette, lit: Target | undefined): void {
  const sans = (size: number, weight = 400): string => `${weight} ${size}px ${palette.sans}`;
  text(pen, 'Operations', 12, 9, { font: sans(11, 600), colour: palette.ink2 });
  for (const lane of scene.lanes) {
    if (lane.isChosen) {
      pen.fillStyle = palette.sunk;
      pen.fillRect(0, lane.y, scene.width, lane.h);
    }
    const style = {
      font: sans(10.5, lane.isChosen ? 650 : 400),
      colour: lane.isChosen ? palette.ink : palette.ink3,
      align: 'right' as const,
    };
    text(pen, shortened(pen, lane.name, style.font, scene.left - 20), scene.left - 10, lane.y + lane.h / 2, style);
  }
  for (const tick of scene.ticks) {
    rule(pen, tick.x, scene.lanesTop, tick.x, scene.lanesBottom, palette.line2);
    if (scene.cursorX !== undefined && Math.abs(scene.cursorX - tick.x) < HANDLE_ROOM) continue;
    text(
      pen,
      tick.text,
      tick.x,
      9,
      { font: sans(10.5), colour: palette.ink3, align: tick.x < scene.left + 30 ? 'left' : 'center' },
      scene.right - tick.x + 60,
    );
  }
  if (scene.leftOut > 0) text(pen, `+${scene.leftOut}`, scene.left - 10, 9, { font: sans(10.5), colour: palette.ink3, align: 'right' });
  drawAbsent(pen, scene, palette, sans(10.5));
  pen.save();
  pen.beginPath();
  pen.rect(scene.left - 4, 0, scene.right - scene.left + 8, scene.lanesBottom);
  pen.clip();
  for (const mark of scene.marks) drawMark(pen, mark, palette, isLit(mark, lit, scene.selectedOp));
  for (const mark of scene.marks)
    if (mark.op === scene.selectedOp || (lit?.kind === 'op' && lit.op === mark.op)) outline(pen, mark, palette);
  pen.restore();
  for (const label of scene.labels) {
    rule(pen, label.x, scene.lanesTop, label.x, scene.lanesBottom, palette.ink3);
    text(pen, label.text, label.x + 4, scene.lanesTop + 6, { font: sans(10.5), colour: palette.ink2, rim: palette.paper }, label.room);
  }
  for (const { box, text: words } of scene.lost) {
    hatch(pen, box.x, box.y, box.w, box.h, 5, 45, palette.lost, 1.5);
    text(
      pen,
      words,
      box.x + box.w / 2,
      box.y + 8,
      { font: sans(10.5), colour: palette.ink, align: 'center', rim: palette.paper },
      box.w - 4,
    );
  }
  if (scene.say)
    text(pen, scene.say, (scene.left + scene.right) / 2, (scene.lanesTop + scene.lanesBottom) / 2, {
      font: sans(12),
      colour: palette.ink3,
      align: 'center',
      rim: palette.paper,
    });
  if (scene.cursorX !== undefined) drawCursor(pen, scene, scene.cursorX, palette);
  drawOverview(pen, scene, palette, sans);
}

function drawAbsent(pen: Pen, scene: OpsScene, palette: Palette, font: string): void {
  for (const { box, text: words } of scene.absent) {
    pen.fillStyle = palette.chrome;
    pen.fillRect(box.x, box.y, box.w, box.h);
    const edge = box.x > scene.left ? box.x : box.x + box.w;
    rule(pen, edge, box.y, edge, box.y + box.h, palette.ghost, 1, [2, 3]);
    text(pen, words, box.x + box.w / 2, box.y + box.h / 2, { font, colour: palette.ink3, align: 'center' }, box.w - 8);
  }
}

function isLit(mark: Mark, lit: Target | undefined, selectedOp: number): boolean {
  if (!lit || mark.op === selectedOp) return true;
  return lit.kind === 'op'
    ? lit.op === mark.op || lit.inode === 0 || lit.inode === mark.inode
    : touches(lit, mark.inode, mark.from, mark.to);
}

function drawMark(pen: Pen, mark: Mark, palette: Palette, isOn: boolean): void {
  const colour = mark.isFailed ? palette.error : toneOf(palette)[mark.tone],
    { x, y, w, h } = mark.box;
  pen.globalAlpha = isOn ? 1 : 0.25;
  pen.fillStyle = colour;
  switch (mark.shape) {
    case 'request':
      pen.globalAlpha *= 0.55;
      pen.fillRect(x, y, w, h);
      break;
    case 'report':
      pen.fillStyle = palette.ghost;
      pen.fillRect(x, y, w, h);
      break;
    case 'fault':
      triangle(pen, x, y + h, mark.isLarge ? Math.min(5, h / 2) : Math.min(2.5, h / 3));
      break;
    case 'writeback':
      if (w > 3) pen.fillRect(x, y + h / 2 - 1.5, w, 3);
      diamond(pen, x, y + h / 2, Math.min(4, h / 2));
      if (w > 10) diamond(pen, x + w, y + h / 2, Math.min(4, h / 2));
      break;
    default:
      bracket(pen, mark, colour, palette);
  }
  if (mark.isFresh) {
    pen.fillStyle = palette.delalloc;
    pen.beginPath();
    pen.arc(x + Math.min(w / 2, 3), y, 2.4, 0, 2 * Math.PI);
    pen.fill();
  }
  pen.globalAlpha = 1;
}

/** ▕▔▏ filled at 34 %; asked by our engine: dotted top line; direct: a foot; dax: a second top line. One that is open has no right side. */
function bracket(pen: Pen, mark: Mark, colour: string, palette: Palette): void {
  const { x, y, w, h } = mark.box,
    alpha = pen.globalAlpha;
  if (w < 4) {
    pen.fillRect(x, y, w, h);
  } else {
    pen.globalAlpha = alpha * 0.34;
    pen.fillRect(x, y, w, h);
    pen.globalAlpha = alpha;
    rule(pen, x + 0.5, y, x + 0.5, y + h, colour);
    if (!mark.isOpen) rule(pen, x + w - 0.5, y, x + w - 0.5, y + h, colour);
    rule(pen, x, y + 0.5, x + w, y + 0.5, colour, 1, mark.isEngine ? [1, 2] : []);
    if (mark.isDax) rule(pen, x, y + 2.5, x + w, y + 2.5, colour);
  }
  if (mark.isDirect) {
    pen.fillStyle = colour;
    pen.fillRect(x, y + h, Math.max(3, w), 2);
  }
  if (mark.isFailed) text(pen, '✕', x + w / 2, y + h / 2, { font: `650 9px ${palette.sans}`, colour: palette.error, align: 'center' });
}

function outline(pen: Pen, mark: Mark, palette: Palette): void {
  const { x, y, w, h } = mark.box,
    wide = Math.max(w, 5);
  pen.strokeStyle = palette.ink;
  pen.lineWidth = 2;
  pen.strokeRect(x - (wide - w) / 2 - 1, y - 1, wide + 2, h + 2);
}

function diamond(pen: Pen, x: number, y: number, r: number): void {
  pen.beginPath();
  pen.moveTo(x - r, y);
  pen.lineTo(x, y - r);
  pen.lineTo(x + r, y);
  pen.lineTo(x, y + r);
  pen.fill();
}

function triangle(pen: Pen, x: number, base: number, r: number): void {
  pen.beginPath();
  pen.moveTo(x - r, base);
  pen.lineTo(x, base - 2 * r);
  pen.lineTo(x + r, base);
  pen.fill();
}

/** A handle on the ruler, and the line it moves. */
function drawCursor(pen: Pen, scene: OpsScene, x: number, palette: Palette): void {
  rule(pen, x, scene.lanesTop - 6, x, scene.lanesBottom, palette.ink, 1.5);
  pen.fillStyle = palette.ink;
  pen.beginPath();
  pen.moveTo(x - 5, scene.lanesTop - 12);
  pen.lineTo(x + 5, scene.lanesTop - 12);
  pen.lineTo(x + 5, scene.lanesTop - 7);
  pen.lineTo(x, scene.lanesTop - 2);
  pen.lineTo(x - 5, scene.lanesTop - 7);
  pen.fill();
}

/** What is not an operation is drawn by what it changed. */
const busyTones = (palette: Palette): Readonly<Record<BusyKind, string>> => ({
  operations: palette.ink3,
  map: palette.mapped,
  cache: palette.clean,
  device: palette.ghost,
  rows: palette.ghost,
  losses: palette.lost,
});

function drawOverview(pen: Pen, scene: OpsScene, palette: Palette, sans: (size: number, weight?: number) => string): void {
  const { overview } = scene,
    { box, brush } = overview,
    colours = busyTones(palette);
  pen.fillStyle = palette.chrome;
  pen.fillRect(0, scene.lanesBottom + 2, scene.width, scene.height - scene.lanesBottom - 2);
  const label = { font: sans(10.5), colour: palette.ink3, align: 'right' as const };
  text(pen, overview.title, scene.left - 10, box.y + box.h / 2 - 7, label);
  text(pen, overview.span, scene.left - 10, box.y + box.h / 2 + 7, label);
  for (const bar of overview.bars)
    for (const part of bar.parts) {
      pen.fillStyle = colours[part.kind];
      pen.fillRect(bar.x, part.y, bar.w, part.h);
    }
  for (const lost of overview.lost) hatch(pen, lost.x, lost.y, lost.w, lost.h, 5, 45, palette.lost);
  pen.globalAlpha = 0.6;
  pen.fillStyle = palette.chrome;
  pen.fillRect(box.x, brush.y, Math.max(0, brush.x - box.x), brush.h);
  pen.fillRect(brush.x + brush.w, brush.y, Math.max(0, box.x + box.w - brush.x - brush.w), brush.h);
  pen.globalAlpha = 1;
  pen.strokeStyle = palette.ink;
  pen.lineWidth = 1;
  pen.strokeRect(brush.x + 0.5, brush.y + 0.5, brush.w - 1, brush.h - 1);
  rule(pen, overview.cursorX, brush.y, overview.cursorX, brush.y + brush.h, palette.ink, 1.5);
}

/** The end of a path says more than its beginning; of another name the beginning does. */
function shortened(pen: Pen, name: string, font: string, room: number): string {
  pen.font = font;
  if (pen.measureText(name).width <= room) return name;
  const isPath = name.includes('/'),
    said = (kept: string): string => (isPath ? `…${kept}` : `${kept}…`);
  let cut = name;
  while (cut.length > 1 && pen.measureText(said(cut)).width > room) {
    const less = Math.max(1, Math.floor(cut.length / 16));
    cut = isPath ? cut.slice(less) : cut.slice(0, -less);
  }
  return said(cut);
}
