import { NO_ADDR } from '@mapscope/shared/trace';
import { dots, drawRuler, frame, type Palette, type Pen, ribbonEdges, ribbonPath, say } from '../../draw/index.ts';
import { type Target, touches } from '../../feed/target.ts';
import type { Cell, StripsScene } from './scene.ts';
import { plateOf } from './words.ts';

const DIMMED = 0.35;

export function draw(pen: Pen, scene: StripsScene, palette: Palette, lit: Target | undefined): void {
  if (scene.layout) {
    const isLit = (it: { readonly from: bigint; readonly to: bigint }): boolean =>
      lit !== undefined && lit.kind !== 'op' && touches(lit, scene.inode, it.from, it.to);
    const litCells = scene.grid.cells.filter(isLit),
      // A selected extent may be all of them: then none stands out.
      isAny = litCells.length > 0 && litCells.length < scene.grid.cells.length,
      chunks = new Set(isAny ? litCells.map(({ chunk }) => chunk) : []);
    drawRuler(pen, scene.ruler, palette);
    drawRibbons(pen, scene, palette, chunks);
    drawChunks(pen, scene, palette, chunks);
    for (const cell of scene.grid.cells) drawCell(pen, cell, palette, isAny && !chunks.has(cell.chunk));
    for (const { box } of scene.grid.slack) {
      frame(pen, box.x, box.y, box.w, box.h, palette.line, [2, 3]);
      dots(pen, box.x + 1, box.y + 1, box.w - 2, box.h - 2, palette.ghost);
    }
    if (isAny)
      for (const { box, used } of litCells)
        frame(pen, box.x - 1, box.y - 1, Math.max(3, used) + 2, box.h + 2, palette.ink, [], box.h > 8 ? 2 : 1);
    pen.fillStyle = palette.ink;
    for (const { x, y, w, h } of scene.marks) pen.fillRect(x - w / 2, y, w, h);
    if (scene.well) {
      const { x, y, w, h } = scene.well;
      pen.fillStyle = palette.sunk;
      pen.beginPath();
      pen.roundRect(x, y, w, h, 4);
      pen.fill();
    }
  }
  for (const words of scene.words) say(pen, words, palette);
}

function drawRibbons(pen: Pen, { ribbons, fallFrom, fallTo }: StripsScene, palette: Palette, lit: ReadonlySet<bigint>): void {
  // All rows of a strip end in one place: with many of them it would be a wall.
  const rows = new Set(ribbons.map(({ row }) => row)).size,
    quiet = Math.min(1, 3 / Math.max(1, rows));
  for (const isOn of [false, true])
    for (const ribbon of ribbons) {
      if (lit.has(ribbon.chunk) !== isOn) continue;
      const isUnder = ribbon.row % 2n === 1n,
        strength = (lit.size > 0 && !isOn ? 0.25 : 1) * (isOn ? 1 : quiet);
      pen.save();
      pen.fillStyle = pen.strokeStyle = palette.mapped;
      pen.beginPath();
      ribbonPath(pen, ribbon, fallFrom, fallTo);
      pen.globalAlpha = strength * (isOn ? 0.6 : isUnder ? 0.1 : 0.26);
      pen.fill();
      pen.beginPath();
      ribbonEdges(pen, ribbon, fallFrom, fallTo);
      pen.globalAlpha = strength * (isOn ? 1 : isUnder ? 0.35 : 0.6);
      pen.lineWidth = isOn ? 2 : 1;
      if (isUnder && !isOn) pen.setLineDash([4, 3]);
      pen.stroke();
      pen.restore();
    }
}

function drawChunks(pen: Pen, { chunks, covered, along }: StripsScene, palette: Palette, lit: ReadonlySet<bigint>): void {
  if (chunks.length === 0 && covered) {
    pen.fillStyle = palette.mapped;
    pen.fillRect(covered.x, along.y, covered.w, along.h);
  }
  pen.save();
  for (const { chunk, row, strip, box } of chunks) {
    const gap = box.w > 4 ? 0.5 : 0;
    pen.globalAlpha = lit.size > 0 && !lit.has(chunk) ? DIMMED : 1;
    weave(pen, box.x + gap, box.y, box.w - 2 * gap, box.h, isWarp(row, strip), palette);
    pen.globalAlpha = 1;
    if (lit.has(chunk)) frame(pen, box.x - 0.5, box.y - 1, box.w + 1, box.h + 2, palette.ink, [], 1.5);
  }
  pen.restore();
}

function drawCell(pen: Pen, cell: Cell, palette: Palette, isDimmed: boolean): void {
  const { box, used } = cell,
    plate = plateOf(cell);
  pen.save();
  if (isDimmed) pen.globalAlpha = DIMMED;
  if (cell.addr === NO_ADDR) {
    dots(pen, box.x, box.y, used, box.h, palette.ghost);
    frame(pen, box.x, box.y, used, box.h, palette.ghost, [3, 2]);
  } else weave(pen, box.x, box.y, used, box.h, cell.rows > 1n ? undefined : isWarp(cell.row, cell.strip), palette);
  if (plate > 0) {
    pen.fillStyle = cell.addr === NO_ADDR ? palette.ink3 : palette.mapped;
    pen.fillRect(box.x, box.y, plate, box.h);
  }
  if (cell.isShort || cell.isOverlapped) frame(pen, box.x, box.y, used, box.h, palette.error, [], 2);
  pen.restore();
}

const isWarp = (row: bigint, strip: number): boolean => (row + BigInt(strip)) % 2n === 1n;

/** Warp and weft by turns: which chunk is whose can be seen without counting. `undefined`: several rows, too thin for a thread each. */
function weave(pen: Pen, x: number, y: number, w: number, h: number, isWarp: boolean | undefined, palette: Palette): void {
  const isFine = w < 8 || h < 8,
    alpha = pen.globalAlpha;
  pen.fillStyle = palette.mapped;
  pen.globalAlpha = alpha * (isWarp === undefined ? 0.72 : isFine && !isWarp ? 0.45 : 1);
  pen.fillRect(x, y, w, h);
  pen.globalAlpha = alpha;
  if (isFine || isWarp === undefined) return;
  pen.globalAlpha = alpha * 0.42;
  pen.fillStyle = palette.paper;
  if (isWarp) for (let line = x + 2; line < x + w; line += 4) pen.fillRect(line, y, 1, h);
  else for (let line = y + 2; line < y + h; line += 4) pen.fillRect(x, line, w, 1);
  pen.globalAlpha = alpha;
}
