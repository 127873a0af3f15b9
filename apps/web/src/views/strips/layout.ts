import { slackBytes } from '@mapscope/shared/model';
import { maxBig, minBig } from '@mapscope/shared/units';
import { byteUnder, sayBytes, sayOffset, sayTick, ticks, toPx } from '../../axis/index.ts';
import type { LayoutView } from '../../feed/window.ts';
import { boxOf } from '../map/pieces.ts';
import type { Cell, StripsInput, StripsScene } from './scene.ts';
import { arithmetic } from './sums.ts';

const GUTTER = 76,
  RIGHT = 20,
  CHUNK_H = 26,
  GAP_PX = 18,
  ROW_GAP = 6,
  MOST_CELL = 150,
  LEAST_CELL = 4,
  LEAST_RIBBONS = 40,
  MOST_RIBBONS = 400;

export function layout(input: StripsInput, width: number, height: number): StripsScene {
  const { window: file, axis, notation } = input,
    left = GUTTER,
    laneWidth = Math.max(1, width - GUTTER - RIGHT),
    end = maxBig(file.size, 1n);
  const { step, ticks: marks } = ticks(axis, laneWidth, end);
  const chosen = layoutInView(input, laneWidth),
    axisY = 44;
  const empty: StripsScene = {
    inode: file.inode,
    width,
    height,
    left,
    right: left + laneWidth,
    axisY,
    name: file.path.split('/').at(-1) ?? '',
    layout: chosen,
    chunks: [],
    ribbons: [],
    ribbonTop: axisY + CHUNK_H + 8,
    ribbonBottom: 0,
    heads: [],
    headY: 0,
    cells: [],
    slack: [],
    rowLabels: [],
    sums: [],
    ticks: marks.map((tick) => ({ ...tick, ...sayTick(tick.at, step, notation, file.blockSize) })),
    say: 'not interleaved',
  };
  if (!chosen || chosen.strips.length === 0 || chosen.chunkSize <= 0n) return empty;

  const n = BigInt(chosen.strips.length),
    c = chosen.chunkSize,
    covered = minBig(chosen.nbytes, end > chosen.from ? end - chosen.from : 0n);
  const view = { axis, left, width: laneWidth, y: axisY + 6, h: CHUNK_H };
  const seenFrom = maxBig(byteUnder(axis, 0), chosen.from) - chosen.from,
    seenTo = minBig(maxBig(byteUnder(axis, laneWidth), chosen.from) - chosen.from + 1n, covered);
  const rows = seenTo > seenFrom ? (seenTo + c * n - 1n) / (c * n) - seenFrom / (c * n) : 0n,
    firstRow = seenFrom / (c * n);

  // The grid: as tall as its rows, at least a line each; what does not fit is below the edge and reached by zoom.
  const roomForGrid = height - view.y - CHUNK_H - 30,
    ribbonH = Math.max(LEAST_RIBBONS, Math.min(200, roomForGrid * 0.3));
  const headY = view.y + CHUNK_H + ribbonH + 14,
    gridTop = headY + 12,
    gridH = Math.max(20, height - gridTop - 24);
  const shownRows = Number(minBig(rows, BigInt(Math.floor(gridH / LEAST_CELL)))),
    rowH = Math.min(MOST_CELL, gridH / Math.max(1, shownRows)),
    gap = rowH > 24 ? ROW_GAP : rowH > 8 ? 1 : 0;
  const columns = chosen.strips.length,
    columnW = (laneWidth - GAP_PX * (columns - 1)) / columns;
  const columnX = (strip: number): number => left + strip * (columnW + GAP_PX);

  const cells: Cell[] = [],
    chunks: StripsScene['chunks'][number][] = [],
    ribbons: StripsScene['ribbons'][number][] = [];
  for (let r = 0; r < shownRows; r++)
    for (let strip = 0; strip < columns; strip++) {
      const row = firstRow + BigInt(r),
        chunk = row * n + BigInt(strip),
        from = chunk * c;
      if (from >= covered) continue;
      const to = minBig(from + c, covered),
        it = chosen.strips[strip]!;
      const box = { x: columnX(strip), y: gridTop + r * rowH, w: columnW, h: rowH - gap };
      cells.push({
        layout: chosen.index,
        chunk,
        row,
        strip,
        from: chosen.from + from,
        to: chosen.from + to,
        device: it.device,
        addr: it.addr + row * c,
        box,
        used: (columnW * Number(to - from)) / Number(c),
      });
      const along = boxOf(view, chosen.from + from, chosen.from + to);
      if (!along) continue;
      chunks.push({ chunk, from: chosen.from + from, to: chosen.from + to, box: along });
      if (ribbons.length < MOST_RIBBONS)
        ribbons.push({
          chunk,
          x0: along.x,
          x1: along.x + along.w,
          x2: columnX(strip),
          x3: columnX(strip) + (columnW * Number(to - from)) / Number(c),
        });
    }
  const names = new Map(file.devices.map((d) => [d.device, d.path.split('/').at(-1) ?? d.path]));
  const slacks = slackBytes(chosen),
    lastRow = covered === 0n ? -1n : (covered - 1n) / (c * n);
  const slack = slacks.flatMap((bytes, strip) => {
    const last = cells.findLast((cell) => cell.strip === strip);
    if (bytes <= 0n || !last || last.row < lastRow - 1n) return [];
    const isPartial = last.used < columnW - 0.5,
      under = gridTop + Number(lastRow - firstRow) * rowH;
    const box = isPartial
      ? { ...last.box, x: last.box.x + last.used, w: columnW - last.used }
      : { x: columnX(strip), y: under, w: columnW, h: rowH - gap };
    return !isPartial && last.row === lastRow ? [] : [{ box, text: `slack ${sayBytes(bytes)}` }];
  });
  return {
    ...empty,
    chunks,
    ribbons,
    ribbonTop: view.y + CHUNK_H + 2,
    ribbonBottom: headY - 12,
    heads: chosen.strips.map((it, strip) => ({
      strip,
      text: `strip ${strip}`,
      place: `${names.get(it.device) ?? `device ${it.device}`} +${sayOffset(it.addr, notation === 'dec' ? 'hex' : notation, file.blockSize)}`,
      x: columnX(strip),
      w: columnW,
    })),
    headY,
    cells,
    slack,
    rowLabels:
      rowH >= 14
        ? Array.from({ length: shownRows }, (_, r) => ({ text: `row ${firstRow + BigInt(r)}`, y: gridTop + (r + 0.5) * rowH }))
        : [],
    sums: input.at === undefined ? [] : arithmetic(file, chosen, input.at, names),
    say: `${columns} strips · ${sayBytes(c)} chunks · ${(covered + c - 1n) / c} chunks in ${lastRow + 1n} rows · ${sayBytes(covered)}`,
  };
}

/** The interleaved extent under the middle of the picture, else the first that is in view, else the first. */
function layoutInView(input: StripsInput, width: number): LayoutView | undefined {
  const { layouts } = input.window,
    holds = (at: bigint) => (it: LayoutView) => it.from <= at && at < it.from + it.nbytes;
  const at = input.at ?? byteUnder(input.axis, width / 2);
  return layouts.find(holds(at)) ?? layouts.find((it) => toPx(input.axis, it.from + it.nbytes) > 0) ?? layouts[0];
}
