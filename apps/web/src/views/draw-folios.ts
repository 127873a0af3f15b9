import { FolioState } from '@mapscope/shared/trace';
import { toPx } from '../axis/index.ts';
import { fillFolio, type Lane, type Palette, type Pen } from '../draw/index.ts';
import type { FolioBar, FolioLane } from './folio-bars.ts';

const NO_ORDER = 0xff;

/** A lane of the page cache; `pageSize` in bytes. */
export function drawFolioLane(pen: Pen, { bars, columns }: FolioLane, lane: Lane, pageSize: number, palette: Palette): void {
  pen.fillStyle = palette.line2;
  pen.fillRect(lane.left, lane.y + lane.h, lane.width, 1);
  if (columns.length > 0) {
    for (const { x, parts } of columns) for (const part of parts) fillFolio(pen, part.state, x, part.y, 1, part.h, palette);
    return;
  }
  for (const bar of bars) fillFolio(pen, bar.state, bar.box.x, bar.box.y, bar.box.w, bar.box.h, palette);
  for (const bar of bars) drawFolioEdges(pen, bar, lane, pageSize, palette);
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
