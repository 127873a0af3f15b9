import { slackBytes } from '@mapscope/shared/model';
import { NO_ADDR } from '@mapscope/shared/trace';
import { minBig } from '@mapscope/shared/units';
import { sayBytes } from '../../axis/index.ts';
import type { Box } from '../../draw/index.ts';
import type { StripView } from '../../feed/window.ts';
import type { Cell, Grid, Head } from './scene.ts';
import type { Span } from './span.ts';

const HEAD_H = 24,
  MOST_ROW = 150,
  LEAST_ROW = 5,
  LABEL_ROW = 14;

/** Space between strips: less where there are many. */
const gapFor = (strips: number): number => (strips > 12 ? 3 : strips > 6 ? 8 : 18);

/** Whether the rows in view have room as rows of a grid in this height. */
export const hasRoom = (span: Span, height: number): boolean => Number(span.endRow - span.firstRow) * LEAST_ROW <= height - HEAD_H;

/** Columns of strips. `place` says where a strip begins, in words. */
export function gridOf(span: Span, box: Box, place: (strip: StripView) => string): Grid {
  const { layout, chunkSize: c, firstRow, endRow, rows } = span,
    count = layout.strips.length,
    gap = gapFor(count),
    w = (box.w - gap * (count - 1)) / count,
    x = (strip: number): number => box.x + strip * (w + gap),
    // Past the last row there is one more where a strip has storage there: its slack.
    hasSlackRow = endRow === rows && layout.strips.some(({ length }) => length > rows * c),
    shown = Number(endRow - firstRow) + (hasSlackRow ? 1 : 0),
    top = box.y + HEAD_H,
    pitch = Math.min(MOST_ROW + 6, (box.h - HEAD_H) / shown),
    h = pitch - (pitch > 24 ? 6 : pitch > 8 ? 1 : 0),
    slacks = slackBytes({ ...layout, nbytes: span.covered }),
    cells: Cell[] = [],
    slack: Grid['slack'][number][] = [];
  layout.strips.forEach((it, strip) => {
    // The words stand in the widest box that a strip's slack has.
    const free: Box[] = [];
    for (let r = 0; r < shown; r++) {
      const row = firstRow + BigInt(r),
        cellBox = { x: x(strip), y: top + r * pitch, w, h },
        cell = cellAt(span, row, strip, it, cellBox),
        allocated = bytesIn(it, row, c);
      if (cell) cells.push(cell);
      const from = cell?.used ?? 0,
        to = (w * Number(allocated)) / Number(c);
      if (it.addr !== NO_ADDR && to - from > 0.5) free.push({ ...cellBox, x: cellBox.x + from, w: to - from });
    }
    const widest = free.reduce<Box | undefined>((best, it) => (best && best.w >= it.w ? best : it), undefined);
    for (const it of free) slack.push({ box: it, strip, bytes: it === widest ? slacks[strip]! : 0n });
  });
  const heads = layout.strips.map((it, strip): Head => {
    const flaw = it.addr === NO_ADDR ? 'not told yet' : slacks[strip]! < 0n ? `short by ${sayBytes(-slacks[strip]!)}` : undefined;
    return { strip, x: x(strip), y: box.y + 10, w, text: w < 48 ? `${strip}` : `strip ${strip}`, place: place(it), flaw };
  });
  const rowLabels =
    pitch >= LABEL_ROW
      ? Array.from({ length: shown }, (_, r) => ({ text: `row ${firstRow + BigInt(r)}`, y: top + r * pitch + h / 2 }))
      : [];
  return { isWeave: false, heads, cells, slack, rowLabels };
}

/** Bytes of a row that a strip has storage for: all of the chunk, a part, or none. */
function bytesIn({ length }: StripView, row: bigint, chunkSize: bigint): bigint {
  const before = row * chunkSize;
  return length <= before ? 0n : minBig(chunkSize, length - before);
}

/** The chunk of a strip in a row; undefined past the end. */
function cellAt(span: Span, row: bigint, strip: number, it: StripView, box: Box): Cell | undefined {
  const { layout, strips, chunkSize: c, covered } = span,
    chunk = row * strips + BigInt(strip),
    from = chunk * c;
  if (from >= covered) return undefined;
  const to = minBig(from + c, covered);
  return {
    layout: layout.index,
    chunk,
    row,
    rows: 1n,
    strip,
    from: layout.from + from,
    to: layout.from + to,
    device: it.device,
    addr: it.addr === NO_ADDR ? NO_ADDR : it.addr + row * c,
    box,
    used: (box.w * Number(to - from)) / Number(c),
    isShort: it.addr !== NO_ADDR && bytesIn(it, row, c) < to - from,
    isOverlapped: false,
  };
}

const MOST_LINE = 40,
  LEAST_COLUMN = 2;

/** A column a row, a line a strip. Where rows are thinner than 2 px, a column stands for several. */
export function weaveOf(span: Span, box: Box): Grid {
  const { layout, chunkSize: c, strips: n, covered, firstRow, endRow } = span,
    rows = Number(endRow - firstRow),
    columns = Math.min(rows, Math.floor(box.w / LEAST_COLUMN)),
    w = box.w / columns,
    pitch = Math.min(MOST_LINE, (box.h - 8) / layout.strips.length),
    h = pitch > 6 ? pitch - 1 : pitch,
    gap = w > 5 ? 1 : 0,
    cells: Cell[] = [];
  layout.strips.forEach((it, strip) => {
    for (let column = 0; column < columns; column++) {
      const row = firstRow + BigInt(Math.floor((column * rows) / columns)),
        next = firstRow + BigInt(Math.floor(((column + 1) * rows) / columns)),
        first = cellAt(span, row, strip, it, { x: box.x + column * w, y: box.y + 8 + strip * pitch, w: w - gap, h });
      if (!first) continue;
      if (next - row === 1n) cells.push(first);
      else {
        const stripe = c * n;
        cells.push({
          ...first,
          rows: next - row,
          from: layout.from + row * stripe,
          to: layout.from + minBig(next * stripe, covered),
          used: first.box.w,
        });
      }
    }
  });
  const rowLabels = pitch >= 10 ? layout.strips.map((_, strip) => ({ text: `strip ${strip}`, y: box.y + 8 + (strip + 0.5) * pitch })) : [];
  return { isWeave: true, heads: [], cells, slack: [], rowLabels };
}
