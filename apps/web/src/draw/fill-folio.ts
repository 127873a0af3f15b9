import { FolioState } from '@mapscope/shared/trace';
import { veil } from './fill.ts';
import type { Palette } from './palette.ts';
import { frame, hatch, type Pen, rule } from './pen.ts';

const SUNK = 0.36,
  MOST_CROSS = 5;

/** A run of the page cache. Dirty stands at full height, writeback sinks to the lower 64 %: it is on its way down. Absent is nothing. */
export function fillFolio(pen: Pen, state: number, x: number, y: number, w: number, h: number, palette: Palette): void {
  switch (state) {
    case FolioState.added:
      frame(pen, x, y, w, h, palette.clean);
      break;
    case FolioState.uptodate:
    case FolioState.clean:
      pen.fillStyle = palette.clean;
      pen.fillRect(x, y, w, h);
      break;
    case FolioState.dirty:
      pen.fillStyle = palette.dirty;
      pen.fillRect(x, y, w, h);
      break;
    case FolioState.folioDirty:
      pen.fillStyle = palette['dirty-ground'];
      pen.fillRect(x, y, w, h);
      hatch(pen, x, y, w, h, 4, 45, palette.dirty, 1.2);
      break;
    case FolioState.writeback: {
      const sunk = Math.round(h * SUNK);
      pen.fillStyle = palette.clean;
      pen.fillRect(x, y, w, sunk);
      pen.fillStyle = palette.writeback;
      pen.fillRect(x, y + sunk, w, h - sunk);
      if (w > 5) {
        pen.save();
        pen.globalAlpha *= 0.45;
        hatch(pen, x, y + sunk, w, h - sunk, 4, 45, palette.paper, 1.2);
        pen.restore();
      }
      break;
    }
    case FolioState.failed:
      pen.fillStyle = palette.ink;
      pen.fillRect(x, y, w, h);
      cross(pen, x + w / 2, y + h / 2, Math.max(2, Math.min(MOST_CROSS, Math.min(w, h) / 2 - 2)), palette);
      break;
    case FolioState.unknown:
      veil(pen, x, y, w, h, palette);
      break;
    default:
  }
}

/** What went wrong, on its ink. */
export function cross(pen: Pen, x: number, y: number, reach: number, palette: Palette): void {
  rule(pen, x - reach, y - reach, x + reach, y + reach, palette.error, 2);
  rule(pen, x - reach, y + reach, x + reach, y - reach, palette.error, 2);
}

export const isDirtyState = (state: number): boolean => state === FolioState.dirty || state === FolioState.folioDirty;
