import { maxBig, minBig } from '@mapscope/shared/units';
import { byteUnder, sayBytes, sayOffset, sayTick, ticks } from '../../axis/index.ts';
import { boxOf } from '../map/pieces.ts';
import type { FolioBar } from '../map/scene.ts';
import type { FoliosInput, FoliosScene } from './scene.ts';

const GUTTER = 76,
  SIDE = 104,
  NOW_H = 28,
  LENS_H = 34,
  LENS_BLOCKS = 32,
  MOST_ROWS = 240;

const sourceWords = {
  tracepoints: 'from tracepoints of this mount: each folio as it changes',
  cachestat: 'from cachestat, asked ten times a second: short-lived states may be missed',
  none: 'not known here: neither tracefs nor cachestat can be read',
} as const;

export function layout(input: FoliosInput, width: number, height: number): FoliosScene {
  const { window: file, axis, notation } = input,
    left = GUTTER,
    laneWidth = Math.max(1, width - GUTTER - SIDE - 12),
    end = maxBig(file.size, 1n);
  const { step, ticks: marks } = ticks(axis, laneWidth, end),
    axisY = 40;
  const now = { x: left, y: axisY + 8, w: laneWidth, h: NOW_H },
    lane = { axis, left, width: laneWidth, y: now.y, h: now.h };
  const bars: FolioBar[] = [];
  for (let i = 0; i < file.folios.n; i++) {
    const from = file.folios.from[i]!,
      to = file.folios.to[i]!,
      box = boxOf(lane, from, to);
    if (box)
      bars.push({
        from,
        to,
        state: file.folios.state[i]!,
        order: file.folios.order[i]!,
        how: file.folios.how[i]!,
        since: file.folios.since[i]!,
        box,
      });
  }
  const lens = lensOf(input, bars, { x: left, y: now.y + now.h + 26, w: laneWidth, h: LENS_H }, lane);
  const fallY = now.y + now.h + 26 + LENS_H + 40,
    fall = { x: left, y: fallY, w: laneWidth, h: Math.max(20, height - fallY - 12) };
  const moments = input.past.slice(-MOST_ROWS),
    rowH = Math.min(12, fall.h / Math.max(1, moments.length)),
    most = moments.reduce((top, m) => maxBig(top, m.dirty), 1n);
  const silhouette = { x: left + laneWidth + 14, y: fall.y, w: SIDE - 14, h: fall.h };
  const rows = moments.map((moment, k) => {
    const row: { x: number; w: number; state: number }[] = [];
    for (let i = 0; i < moment.folios.n; i++) {
      const box = boxOf(lane, moment.folios.from[i]!, moment.folios.to[i]!);
      if (box) row.push({ x: box.x, w: box.w, state: moment.folios.state[i]! });
    }
    return { y: fall.y + k * rowH, h: Math.ceil(rowH), bars: row, dirtyW: (Number(moment.dirty) / Number(most)) * silhouette.w };
  });
  const { cached, dirty, writeback } = file.totals,
    first = moments[0],
    last = moments.at(-1);
  return {
    inode: file.inode,
    width,
    height,
    left,
    right: left + laneWidth,
    axisY,
    name: file.path.split('/').at(-1) ?? '',
    ticks: marks.map((tick) => ({ ...tick, ...sayTick(tick.at, step, notation, file.blockSize) })),
    now,
    bars,
    lens,
    fall,
    rows,
    silhouette,
    words: {
      dirty: sayBytes(dirty),
      source: sourceWords[file.foliosFrom],
      top: `dirty, top ${sayBytes(most === 1n ? 0n : most)}`,
      span: first && last ? `${(Number(last.at - first.at) / 1e9).toFixed(1)} s` : '',
    },
    say: `${sayBytes(cached)} cached · ${sayBytes(dirty)} dirty · ${sayBytes(writeback)} in writeback`,
  };
}

function lensOf(
  input: FoliosInput,
  bars: readonly FolioBar[],
  box: FoliosScene['now'],
  lane: Parameters<typeof boxOf>[0],
): FoliosScene['lens'] {
  const { window: file, axis, notation } = input,
    block = BigInt(Math.max(512, file.blockSize)),
    blocks = BigInt(LENS_BLOCKS);
  const middle = input.lensAt ?? bars.find((bar) => bar.state >= 4)?.from ?? bars[0]?.from ?? byteUnder(axis, 0),
    half = (blocks / 2n) * block;
  const last = maxBig(file.size, block * blocks) - block * blocks,
    wanted = middle > half ? middle - half : 0n,
    from = minBig(wanted - (wanted % block), maxBig(0n, last - (last % block) + block));
  const cellW = box.w / LENS_BLOCKS,
    cells: NonNullable<FoliosScene['lens']>['cells'][number][] = [];
  for (let k = 0; k < LENS_BLOCKS; k++) {
    const at = from + BigInt(k) * block,
      bar = bars.find((b) => b.from <= at && at < b.to);
    if (bar)
      cells.push({
        box: { x: box.x + k * cellW, y: box.y, w: cellW, h: box.h },
        state: bar.state,
        order: bar.order,
        from: at,
        to: at + block,
        how: bar.how,
        since: bar.since,
      });
  }
  const to = from + blocks * block,
    mark = boxOf({ ...lane, y: lane.y - 2, h: lane.h + 4 }, from, to);
  return (
    mark && { box, from, to, mark, cells, words: [sayOffset(from, notation, file.blockSize), sayOffset(to, notation, file.blockSize)] }
  );
}
