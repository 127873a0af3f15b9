import { FolioState } from '@mapscope/shared/trace';
import { toPx } from '../axis/index.ts';
import { cross, fillFolio, type Lane, type Palette, type Pen } from '../draw/index.ts';
import type { FolioBar, FolioColumn, FolioLane } from './folio-bars.ts';
import { drawRails } from './rails.ts';

const NO_ORDER = 0xff,
  RAIL_BELOW = 3;

/** A lane of the page cache; `pageSize` in bytes. */
export function drawFolioLane(pen: Pen, { bars, columns, rails }: FolioLane, lane: Lane, pageSize: number, palette: Palette): void {
  pen.fillStyle = palette.line2;
  pen.fillRect(lane.left, lane.y + lane.h, lane.width, 1);
  drawRails(pen, rails, lane.y + lane.h + RAIL_BELOW, palette);
  if (columns.length > 0) {
    for (const { x, parts } of columns)
      for (const { state, y, h } of parts) {
        pen.fillStyle = palette.ink;
        if (state === FolioState.failed) pen.fillRect(x, y, 1, h);
        else fillFolio(pen, state, x, y, 1, h, palette);
      }
    drawCrosses(pen, columns, lane, palette);
    return;
  }
  for (const bar of bars) fillFolio(pen, bar.state, bar.box.x, bar.box.y, bar.box.w, bar.box.h, palette);
  for (const bar of bars) drawFolioEdges(pen, bar, lane, pageSize, palette);
}

/** A cross over neighbours that failed: in a column of its own it would not be one. */
function drawCrosses(pen: Pen, columns: readonly FolioColumn[], lane: Lane, palette: Palette): void {
  const isFailed = (column: FolioColumn | undefined): boolean => column?.parts.some(({ state }) => state === FolioState.failed) ?? false;
  for (let i = 0; i < columns.length; i++) {
    if (!isFailed(columns[i])) continue;
    const first = columns[i]!.x;
    while (isFailed(columns[i + 1]) && columns[i + 1]!.x === columns[i]!.x + 1) i++;
    cross(pen, (first + columns[i]!.x + 1) / 2, lane.y + lane.h / 2, 3, palette);
  }
}

/** Where one folio ends and the next begins, if it is known and wide enough to be seen. */
function drawFolioEdges(pen: Pen, bar: FolioBar, lane: Lane, pageSize: number, palette: Palette): void {
  if (bar.order === NO_ORDER || bar.state === FolioState.unknown) return;
  // A folio lies at a multiple of its own size: the page cache keeps it so (linux mm/filemap.c, __filemap_add_folio).
  const size = BigInt(pageSize) << BigInt(bar.order),
    px = Number(size) / lane.axis.bytesPerPx;
  if (px < 3) return;
  pen.fillStyle = palette.paper;
  const first = bar.from - (bar.from % size),
    x = lane.left + toPx(lane.axis, first);
  for (let k = Math.max(0, Math.floor((bar.x0 - x) / px)); x + k * px < bar.x1; k++)
    if (x + k * px >= bar.x0 - 0.01) pen.fillRect(x + k * px - 0.5, lane.y, 1, lane.h);
}
