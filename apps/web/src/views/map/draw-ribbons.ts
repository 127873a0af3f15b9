import { MapType } from '@mapscope/shared/trace';
import { MapFlag } from '@mapscope/shared/wire';
import { hatch, type Palette, type Pen, pieceColour, ribbonEdges, ribbonPath, type Strand } from '../../draw/index.ts';
import type { IsLit, MapScene, Ribbon } from './scene.ts';
import { frayOf } from './words.ts';

/** Above this many, textures inside of ribbons would not be seen and cost a clip each. */
const TEXTURES_BELOW = 400,
  QUIET_ABOVE = 100,
  WIDE_THREAD_PX = 40;

/** Long first, short over them, the lit ones last; all others then go to a quarter. Nothing is re-ordered by a hover but that. */
export function drawRibbons(pen: Pen, scene: MapScene, palette: Palette, isLit: IsLit, isAnyLit: boolean): void {
  const lit: Ribbon[] = [],
    others: Ribbon[] = [];
  for (const ribbon of scene.ribbons) (isLit(ribbon.piece) ? lit : others).push(ribbon);
  for (const ribbon of others) drawRibbon(pen, scene, ribbon, palette, isAnyLit ? 0.25 : 1, false);
  for (const ribbon of lit) drawRibbon(pen, scene, ribbon, palette, 1, true);
}

function drawRibbon(pen: Pen, { lanes, ribbons }: MapScene, ribbon: Ribbon, palette: Palette, strength: number, isLit: boolean): void {
  const { piece } = ribbon,
    { y: top, h } = lanes.ribbons,
    isShared = (piece.flags & MapFlag.SHARED) !== 0,
    isUnwritten = piece.type === MapType.UNWRITTEN,
    isBand = ribbon.weight < 1,
    colour = isUnwritten ? palette.mapped : (pieceColour(piece.type, palette) ?? palette.ink3);
  pen.save();
  pen.beginPath();
  ribbonPath(pen, ribbon, top, top + h);
  pen.globalAlpha = strength * (isLit ? 0.6 : isBand ? 0.04 + 0.4 * ribbon.weight : isUnwritten ? 0.55 : 0.25);
  pen.fillStyle = isUnwritten ? palette.unwritten : colour;
  pen.fill();
  if (isUnwritten && ribbons.length < TEXTURES_BELOW) {
    pen.clip();
    pen.globalAlpha = strength * (isLit ? 0.9 : 0.45);
    const left = Math.min(ribbon.x0, ribbon.x2);
    hatch(pen, left, top, Math.max(ribbon.x1, ribbon.x3) - left, h, 4, 0, palette.mapped);
  }
  pen.restore();
  if (isBand && !isLit) return;
  pen.save();
  pen.globalAlpha = strength * (isLit ? 1 : (isShared ? 0.95 : 0.6) * quietened(ribbons.length));
  pen.strokeStyle = isShared ? palette.shared : colour;
  pen.lineWidth = isLit ? 2 : isShared ? 1.5 : 1;
  if (piece.pieces > 1) pen.setLineDash([4, 3]);
  pen.beginPath();
  ribbonEdges(pen, ribbon, top, top + h);
  pen.stroke();
  pen.restore();
}

/** Hundreds of edges beside each other would be a wall. */
const quietened = (n: number): number => Math.min(1, Math.sqrt(QUIET_ABOVE / n));

/** Dirty and outgoing bytes in their colours to where they will land. */
export function drawThreads(pen: Pen, { threads, lanes }: MapScene, palette: Palette, isAnyLit: boolean): void {
  const { y: top, h } = lanes.ribbons,
    paths = new Map<string, { readonly colour: string; readonly alpha: number; readonly strands: Strand[] }>();
  pen.save();
  for (const { x0, x1, end, isWriteback } of threads) {
    const colour = isWriteback ? palette.writeback : palette.dirty;
    if (typeof end === 'string') {
      fray(pen, x0, top, x1 - x0, frayOf(lanes.ribbons) * 0.8, colour, 1);
      continue;
    }
    // One path a look: a thousand slivers are filled at once.
    const key = `${x1 - x0 > WIDE_THREAD_PX} ${colour}`;
    let path = paths.get(key);
    if (!path) paths.set(key, (path = { colour, alpha: isAnyLit ? 0.4 : x1 - x0 > WIDE_THREAD_PX ? 0.32 : 0.95, strands: [] }));
    path.strands.push({ x0, x1, x2: end[0], x3: end[1] });
  }
  for (const { colour, alpha, strands } of paths.values()) {
    pen.globalAlpha = alpha;
    pen.fillStyle = colour;
    pen.beginPath();
    for (const strand of strands) ribbonPath(pen, strand, top, top + h);
    pen.fill();
  }
  pen.restore();
}

/** Fresh space without a place: a stub that frays out. Drawn under the threads that fray out with it. */
export function drawStubs(pen: Pen, { stubs }: MapScene, palette: Palette): void {
  for (const { x, y, w, h } of stubs) fray(pen, x, y, w, h, palette.delalloc, 0.5);
}

function fray(pen: Pen, x: number, y: number, w: number, h: number, colour: string, strength: number): void {
  const fade = pen.createLinearGradient(0, y, 0, y + h);
  fade.addColorStop(0, colour);
  // The same colour with nothing of it: `transparent` is black, and would make the middle grey.
  fade.addColorStop(1, /^#[0-9a-f]{6}$/i.test(colour) ? `${colour}00` : 'transparent');
  pen.save();
  pen.globalAlpha = strength;
  pen.fillStyle = fade;
  pen.fillRect(x, y, w, h);
  pen.restore();
}

/** Teal ribbons from the device down to the other file that has these places. */
export function drawLinks(pen: Pen, { sharer, lanes }: MapScene, palette: Palette, isLit: IsLit, isAnyLit: boolean): void {
  const box = lanes.links;
  if (!sharer || !box) return;
  const one = (strand: Strand, on: boolean): void => {
    pen.save();
    pen.beginPath();
    ribbonPath(pen, strand, box.y, box.y + box.h);
    pen.globalAlpha = (isAnyLit && !on ? 0.25 : 1) * (on ? 0.5 : 0.16);
    pen.fillStyle = pen.strokeStyle = palette.shared;
    pen.fill();
    pen.globalAlpha = (isAnyLit && !on ? 0.25 : 1) * (on ? 1 : 0.5);
    pen.lineWidth = on ? 1.5 : 1;
    pen.stroke();
    pen.restore();
  };
  for (const link of sharer.links) if (!isLit(link)) one(link, false);
  for (const link of sharer.links) if (isLit(link)) one(link, true);
}
