import { MapType } from '@mapscope/shared/trace';
import type { Palette } from './palette.ts';
import { dots, frame, hatch, type Pen, rule } from './pen.ts';

const SHARED = 4;
const RAIL = 2;

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
      frame(pen, x, y, w, h, palette.mapped);
      break;
    case MapType.DELALLOC:
      pen.fillStyle = palette['delalloc-ground'];
      pen.fillRect(x, y, w, h);
      hatch(pen, x, y, w, h, 5, 45, palette.delalloc, 1.5);
      frame(pen, x, y, w, h, palette.delalloc, [3, 2]);
      break;
    case MapType.INLINE:
      pen.fillStyle = palette.inline;
      pen.fillRect(x, y, w, h);
      break;
    case MapType.HOLE:
      rule(pen, x, y + h / 2, x + w, y + h / 2, palette.ghost, 1, [1, 3]);
      break;
    default:
      dots(pen, x, y, w, h, palette.ink3);
  }
  if (flags & SHARED && h >= 8) {
    pen.fillStyle = palette.paper;
    pen.fillRect(x, y + h - 3 * RAIL - 1, w, 3 * RAIL + 1);
    pen.fillStyle = palette.shared;
    pen.fillRect(x, y + h - 3 * RAIL, w, RAIL);
    pen.fillRect(x, y + h - RAIL, w, RAIL);
  }
}

/** What colour speaks for a type where there is no room for texture. */
export function pieceColour(type: number, palette: Palette): string | undefined {
  if (type === MapType.MAPPED) return palette.mapped;
  if (type === MapType.UNWRITTEN) return palette.unwritten;
  if (type === MapType.DELALLOC) return palette.delalloc;
  if (type === MapType.INLINE) return palette.inline;
  return undefined;
}
