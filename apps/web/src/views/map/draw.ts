import { drawRuler, frame, laneIn, type Palette, type Pen, rule, say } from '../../draw/index.ts';
import { toPx } from '../../axis/index.ts';
import { type Target, touches } from '../../feed/target.ts';
import { drawFolioLane } from '../draw-folios.ts';
import { drawDevice, drawSharer } from './draw-device.ts';
import { drawRails } from '../rails.ts';
import { drawMapLane, drawMarks, drawPending } from './draw-lanes.ts';
import { drawLinks, drawRibbons, drawStubs, drawThreads } from './draw-ribbons.ts';
import { drawWhole } from './draw-whole.ts';
import type { IsLit, MapScene } from './scene.ts';

/** Puts a scene on the canvas. With something lit, everything else goes back to a quarter or a third of its strength. */
export function draw(pen: Pen, scene: MapScene, palette: Palette, lit: Target | undefined): void {
  const { lanes } = scene,
    isOurs = lit !== undefined && lit.inode === scene.inode && lit.kind !== 'op',
    isLit: IsLit = ({ from, to }) => isOurs && touches(lit, scene.inode, from, to);
  drawWhole(pen, scene, palette);
  drawRuler(pen, scene.ruler, palette);
  drawRibbons(pen, scene, palette, isLit, isOurs);
  drawStubs(pen, scene, palette);
  drawThreads(pen, scene, palette, isOurs);
  drawFolioLane(pen, scene.folios, laneIn(scene.axis, lanes.folios), scene.pageSize, palette);
  drawPending(pen, scene, palette);
  drawMapLane(pen, scene.map, lanes.map, palette, isOurs ? isLit : undefined);
  drawMarks(pen, scene, palette);
  drawRails(pen, scene.rails, lanes.map.y + lanes.map.h + 3, palette);
  drawDevice(pen, scene, palette);
  drawLinks(pen, scene, palette, isLit, isOurs);
  drawSharer(pen, scene, palette, isLit, isOurs);
  drawFlashes(pen, scene, palette);
  if (isOurs) frameLit(pen, scene, palette, isLit);
  if (lit?.kind === 'op' && lit.inode === scene.inode) bracket(pen, scene, palette, lit.from, lit.to);
  for (const words of scene.words) say(pen, words, palette);
}

function drawFlashes(pen: Pen, { flashes }: MapScene, palette: Palette): void {
  pen.save();
  for (const { box, age, isEdge } of flashes) {
    pen.globalAlpha = 1 - age;
    frame(pen, box.x - 2, box.y - 2, box.w + 4, box.h + 4, palette.ink, [], 2);
    if (isEdge) continue;
    pen.globalAlpha = 0.12 * (1 - age);
    pen.fillStyle = palette.ink;
    pen.fillRect(box.x, box.y, box.w, box.h);
  }
  pen.restore();
}

/** The lit thing is framed where it is: in the map, in the row of what is pending, and over the folios. */
function frameLit(pen: Pen, { map, pending, folios, lanes }: MapScene, palette: Palette, isLit: IsLit): void {
  const around = (x: number, y: number, w: number, h: number): void => frame(pen, x - 1.5, y - 1.5, w + 3, h + 3, palette.ink, [], 1.5);
  for (const piece of [...map.pieces, ...pending]) if (isLit(piece)) around(piece.box.x, piece.box.y, piece.box.w, piece.box.h);
  const columns = map.columns.filter(isLit);
  if (columns.length > 0) around(columns[0]!.x, lanes.map.y, columns.at(-1)!.x + 1 - columns[0]!.x, lanes.map.h);
  const bars = folios.bars.filter(isLit);
  if (bars.length > 0) around(bars[0]!.box.x, lanes.folios.y, bars.at(-1)!.box.x + bars.at(-1)!.box.w - bars[0]!.box.x, lanes.folios.h);
}

/** An operation under the pointer: where in the file it was. */
function bracket(pen: Pen, { lanes, axis }: MapScene, palette: Palette, from: bigint, to: bigint): void {
  const x0 = Math.max(lanes.left, lanes.left + toPx(axis, from)),
    x1 = Math.min(lanes.right, Math.max(x0 + 3, lanes.left + toPx(axis, to))),
    top = lanes.axisY - 2;
  if (x1 <= x0) return;
  for (const x of [x0, x1]) rule(pen, x, top, x, top + 6, palette.ink, 1.5);
  rule(pen, x0, top + 6, x1, top + 6, palette.ink, 1.5);
  pen.save();
  pen.globalAlpha = 0.08;
  pen.fillStyle = palette.ink;
  pen.fillRect(x0, top + 6, x1 - x0, lanes.map.y + lanes.map.h - top - 6);
  pen.restore();
}
