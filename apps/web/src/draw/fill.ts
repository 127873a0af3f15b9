import { MapType } from '@mapscope/shared/trace';
import type { Palette } from './palette.ts';
import { dots, frame, hatch, type Pen, rule } from './pen.ts';

/** Flag of the wire, and of an extent row (`extentFlags`); `shared/wire` names all of them, but a pen needs no wire. */
const SHARED = 4,
  SHARING_UNKNOWN = 1 << 20;
const RAIL = 2,
  GAP = 1.5;

/** A piece of a map in its type's colour and texture (visual.md, Encodings): no meaning rests on hue alone. */
export function fillPiece(pen: Pen, type: number, flags: number, x: number, y: number, w: number, h: number, palette: Palette): void {
  switch (type) {
    case MapType.MAPPED:
      pen.fillStyle = palette.mapped;
      pen.fillRect(x, y, w, h);
      break;
    case MapType.UNWRITTEN:
      pen.fillStyle = palette.unwritten;
      pen.fillRect(x, y, w, h);
      hatch(pen, x, y, w, h, 4, 0, palette.mapped);
      if (w > 4) frame(pen, x, y, w, h, palette.mapped);
      break;
    case MapType.DELALLOC:
      pen.fillStyle = palette['delalloc-ground'];
      pen.fillRect(x, y, w, h);
      if (w < 4) pen.fillStyle = palette.delalloc;
      if (w < 4) pen.fillRect(x, y, w, h);
      else {
        hatch(pen, x, y, w, h, 6, 45, palette.delalloc, 1.4);
        frame(pen, x, y, w, h, palette.delalloc, [3, 2]);
      }
      break;
    case MapType.INLINE:
      pen.fillStyle = palette.inline;
      pen.fillRect(x, y, w, h);
      break;
    case MapType.PURE_OVERWRITE:
      chevrons(pen, x, y, w, h, palette.mapped);
      frame(pen, x, y, w, h, palette.mapped);
      break;
    case MapType.HOLE:
      rule(pen, x + 2, y + h / 2, x + w, y + h / 2, palette.ghost, 1, [2, 3]);
      break;
    default:
      dots(pen, x, y, w, h, palette.ghost);
  }
  if (type !== MapType.HOLE) rails(pen, flags, x, y, w, h, palette);
}

/** Of what is shared two teal rails along the lower edge, one where the bar is too low for two; of what perhaps is one of dots. */
export function rails(pen: Pen, flags: number, x: number, y: number, w: number, h: number, palette: Palette): void {
  if (flags & SHARED) railsOfShared(pen, x, y, w, h, palette);
  else if (flags & SHARING_UNKNOWN) {
    pen.fillStyle = palette.paper;
    pen.fillRect(x, y + h - RAIL - 0.5, w, RAIL + 0.5);
    rule(pen, x, y + h - RAIL / 2, x + w, y + h - RAIL / 2, palette.shared, RAIL, [2, 3]);
  }
}

function railsOfShared(pen: Pen, x: number, y: number, w: number, h: number, palette: Palette): void {
  const tall = h >= 12 ? 2 * (RAIL + GAP) : RAIL;
  pen.fillStyle = palette.paper;
  pen.fillRect(x, y + h - tall - (h >= 12 ? 0 : 0.5), w, tall);
  pen.fillStyle = palette.shared;
  pen.fillRect(x, y + h - RAIL, w, RAIL);
  if (h >= 12) pen.fillRect(x, y + h - 2 * RAIL - GAP, w, RAIL);
}

/** May be old: what is known is from before something was lost. The picture below stays readable. */
export function veil(pen: Pen, x: number, y: number, w: number, h: number, palette: Palette): void {
  pen.save();
  pen.globalAlpha *= 0.6;
  pen.fillStyle = palette.paper;
  pen.fillRect(x, y, w, h);
  pen.restore();
  hatch(pen, x, y, w, h, 7, 45, palette.lost, 1.6);
}

/** What colour speaks for a type where there is no room for texture. */
export function pieceColour(type: number, palette: Palette): string | undefined {
  if (type === MapType.MAPPED) return palette.mapped;
  if (type === MapType.UNWRITTEN) return palette.unwritten;
  if (type === MapType.DELALLOC) return palette.delalloc;
  if (type === MapType.INLINE) return palette.inline;
  return undefined;
}

function chevrons(pen: Pen, x: number, y: number, w: number, h: number, colour: string): void {
  pen.save();
  pen.beginPath();
  pen.rect(x, y, w, h);
  pen.clip();
  pen.strokeStyle = colour;
  pen.lineWidth = 1.2;
  pen.beginPath();
  for (let left = Math.floor(x / 8) * 8; left < x + w; left += 8)
    for (let top = Math.floor(y / 8) * 8; top < y + h; top += 8) {
      pen.moveTo(left + 1, top + 6);
      pen.lineTo(left + 4, top + 2);
      pen.lineTo(left + 7, top + 6);
    }
  pen.stroke();
  pen.restore();
}
