import { NO_ADDR } from '@mapscope/shared/trace';
import { minBig } from '@mapscope/shared/units';
import { ruler, sayBytes, sayOffset, toPx } from '../../axis/index.ts';
import { type Box, boxOf, edgesOf, laneIn } from '../../draw/index.ts';
import { nameOf } from '../hit.ts';
import { gridOf, hasRoom, weaveOf } from './grid.ts';
import type { Cell, Chunk, Grid, StripsInput, StripsScene } from './scene.ts';
import { markOverlaps } from './overlaps.ts';
import { layoutInView, type Span, spanOf } from './span.ts';
import { arithmetic } from './sums.ts';
import { wordsOf } from './words.ts';
import { GUTTER } from '../gutter.ts';

const RIGHT = 20,
  CHUNK_H = 26,
  WELL_H = 96,
  /** Below this there is no room for the well: the inspector has the same lines. */
  LEAST_FOR_WELL = 420,
  MOST_RIBBONS = 400;

/** Where the file axis lies on a canvas of this width. */
export const axisLane = (width: number): { readonly left: number; readonly width: number } => ({
  left: GUTTER,
  width: Math.max(1, width - GUTTER - RIGHT),
});

export function layout(input: StripsInput, width: number, height: number): StripsScene {
  const { window: file, axis, notation, at } = input,
    { left, width: across } = axisLane(width),
    { end } = file,
    axisY = 42,
    along: Box = { x: left, y: axisY + 6, w: across, h: CHUNK_H },
    chosen = layoutInView(input, across),
    span = chosen && spanOf(chosen, file.size, axis, across),
    deviceNames = new Map(file.devices.map((it) => [it.device, nameOf(it.path)]));
  const well = height >= LEAST_FOR_WELL ? { x: left, y: height - WELL_H - 8, w: across, h: WELL_H } : undefined,
    top = along.y + along.h,
    bottom = (well?.y ?? height) - 14,
    isGrid = span !== undefined && hasRoom(span, bottom - top - fallOf(height)),
    fall = isGrid ? fallOf(height) : 28,
    box: Box = { x: left, y: top + fall, w: across, h: Math.max(40, bottom - top - fall) };
  const place = (it: { device: number; addr: bigint }): string => {
    const name = deviceNames.get(it.device) ?? `device ${it.device}`;
    return it.addr === NO_ADDR ? '' : `${name} +${notation === 'dec' ? sayBytes(it.addr) : sayOffset(it.addr, notation, file.blockSize)}`;
  };
  const grid: Grid = !span
      ? { isWeave: false, heads: [], cells: [], slack: [], rowLabels: [] }
      : markOverlaps(isGrid ? gridOf(span, box, place) : weaveOf(span, box), file, span.layout.index, span.chunkSize),
    chunks = span ? chunksOf(span, input, along) : [],
    covered = span && boxOf(laneIn(axis, along), span.layout.from, span.layout.from + span.covered);
  const scene: StripsScene = {
    inode: file.inode,
    name: nameOf(file.path),
    width,
    height,
    left,
    right: left + across,
    notation,
    blockSize: file.blockSize,
    ruler: { left, right: left + across, y: axisY, marks: ruler(axis, across, end, notation, file.blockSize) },
    layout: span && chosen,
    deviceNames,
    along,
    covered,
    chunks,
    ribbons: isGrid ? ribbonsOf(chunks, grid.cells) : [],
    fallFrom: top + 2,
    fallTo: box.y - 2,
    grid,
    marks: at === undefined ? [] : marksOf(at, input, along, grid.cells),
    sums: span && at !== undefined ? arithmetic(file, span.layout, at, deviceNames) : [],
    well: span && well,
    words: [],
    say: span
      ? `${span.strips} ${span.strips === 1n ? 'strip' : 'strips'} · ${sayBytes(span.chunkSize)} chunks · ${span.chunks} chunks in ${span.rows} rows · ${sayBytes(span.covered)}${file.overlaps.length > 0 ? ' · strips overlap' : ''}`
      : 'not interleaved',
  };
  return { ...scene, words: wordsOf(scene, file) };
}

/** How far the ribbons fall from the file to the strips. */
const fallOf = (height: number): number => Math.max(40, Math.min(200, height * 0.28));

/** Chunks along the file; none where they are thinner than a pixel. */
function chunksOf(span: Span, { axis }: StripsInput, along: Box): Chunk[] {
  const { layout, strips, chunkSize: c, covered } = span;
  if (Number(c) / axis.bytesPerPx < 1) return [];
  const out: Chunk[] = [],
    lane = laneIn(axis, along),
    last = minBig(covered, span.endRow * strips * c);
  for (let chunk = span.firstRow * strips; chunk * c < last; chunk++) {
    const from = layout.from + chunk * c,
      to = layout.from + minBig((chunk + 1n) * c, covered),
      edges = edgesOf(lane, from, to);
    if (edges)
      out.push({
        chunk,
        row: chunk / strips,
        strip: Number(chunk % strips),
        from,
        to,
        box: { x: edges[0], y: along.y, w: edges[1] - edges[0], h: along.h },
      });
  }
  return out;
}

/** Odd rows first, even ones over them: threads over and under. A chunk that is cut at the edge of the picture leads to as much of its cell. */
function ribbonsOf(chunks: readonly Chunk[], cells: readonly Cell[]): StripsScene['ribbons'] {
  const byChunk = new Map(cells.map((cell) => [cell.chunk, cell])),
    out = chunks.slice(0, MOST_RIBBONS).flatMap(({ chunk, row, box }) => {
      const cell = byChunk.get(chunk);
      return cell ? [{ chunk, row, x0: box.x, x1: box.x + box.w, x2: cell.box.x, x3: cell.box.x + cell.used }] : [];
    });
  return out.sort((a, b) => Number(b.row % 2n) - Number(a.row % 2n));
}

/** A line where the byte is: along the file, and in its cell. */
function marksOf(at: bigint, { axis }: StripsInput, along: Box, cells: readonly Cell[]): Box[] {
  const px = toPx(axis, at),
    cell = cells.find((it) => it.rows === 1n && it.from <= at && at < it.to),
    out: Box[] = px >= 0 && px <= along.w ? [{ x: along.x + px, y: along.y - 4, w: 1.5, h: along.h + 8 }] : [];
  if (cell)
    out.push({ x: cell.box.x + (Number(at - cell.from) * cell.used) / Number(cell.to - cell.from), y: cell.box.y, w: 1.5, h: cell.box.h });
  return out;
}
