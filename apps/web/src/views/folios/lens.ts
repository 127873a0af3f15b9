import { FolioState } from '@mapscope/shared/trace';
import { floorTo, maxBig, minBig } from '@mapscope/shared/units';
import { byteUnder } from '../../axis/index.ts';
import { type Box, boxOf, type Lane } from '../../draw/index.ts';
import type { FolioBar } from '../folio-bars.ts';
import type { Cell, FoliosInput, Lens } from './scene.ts';

const CELLS = 32n,
  NO_ORDER = 0xff;

/** The blocks under the pointer, one cell each, with the folios around them. A cell is a block, or a page where blocks are larger. */
export function lensOf({ window: file, axis, lensAt }: FoliosInput, bars: readonly FolioBar[], box: Box, now: Lane): Lens | undefined {
  const page = BigInt(file.pageSize),
    unit = minBig(BigInt(file.blockSize), page),
    middle = lensAt ?? gravest(bars)?.from ?? byteUnder(axis, 0),
    from = startOf(middle, unit, file.size),
    to = from + CELLS * unit,
    mark = boxOf({ ...now, y: now.y - 2, h: now.h + 4 }, from, to);
  if (!mark) return undefined;
  const w = box.w / Number(CELLS),
    cells: Cell[] = [],
    frames: Box[] = [],
    atPx = (at: bigint): number => box.x + (Number(at - from) * w) / Number(unit);
  let i = 0;
  for (let at = from; at < to && at < maxBig(file.size, unit); at += unit) {
    while (i < bars.length && bars[i]!.to <= at) i++;
    const bar = bars[i]!,
      isIn = i < bars.length && bar.from <= at,
      { order, how, since } = isIn ? bar : { order: NO_ORDER, how: 0, since: 0n };
    cells.push({
      box: { x: atPx(at), y: box.y, w, h: box.h },
      from: at,
      to: at + unit,
      state: isIn ? bar.state : undefined,
      order,
      how,
      since,
    });
    if (!isIn || order === NO_ORDER || bar.state === FolioState.unknown) continue;
    // A folio lies at a multiple of its own size (linux mm/filemap.c, __filemap_add_folio): its first block says where it begins.
    const size = page << BigInt(order),
      head = at - (at % size);
    if (at !== head && at !== from) continue;
    const x = Math.max(box.x, atPx(head));
    frames.push({ x, y: box.y, w: Math.min(box.x + box.w, atPx(head + size)) - x, h: box.h });
  }
  return { box, from, to, mark, cells, frames };
}

/** The first run of the gravest state in view: what a person came to see. */
function gravest(bars: readonly FolioBar[]): FolioBar | undefined {
  for (const state of [FolioState.failed, FolioState.dirty, FolioState.folioDirty, FolioState.writeback]) {
    const found = bars.find((bar) => bar.state === state);
    if (found) return found;
  }
  return bars[0];
}

/** Half of the lens before the middle, without leaving the file. */
function startOf(middle: bigint, unit: bigint, size: bigint): bigint {
  const half = (CELLS / 2n) * unit,
    last = floorTo(maxBig(0n, size + unit - 1n - CELLS * unit), unit);
  return minBig(floorTo(maxBig(0n, middle - half), unit), last);
}
