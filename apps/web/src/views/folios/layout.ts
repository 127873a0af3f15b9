import { ruler, sayAtLeast, sayBytes, sayDuration, sayOffset } from '../../axis/index.ts';
import { type Box, laneIn, type Words } from '../../draw/index.ts';
import { folioLane } from '../folio-bars.ts';
import { nameOf } from '../hit.ts';
import { lensOf } from './lens.ts';
import type { FoliosInput, FoliosScene } from './scene.ts';
import { LEAST_SPAN, waterfall } from './waterfall.ts';
import { GUTTER } from '../gutter.ts';

/** The silhouette, and the space around it. */
const SIDE = 116,
  NOW_H = 30,
  LENS_H = 34;

const sourceWords = {
  tracepoints: 'from tracepoints of this mount: each folio as it changes',
  cachestat: 'from cachestat, asked ten times a second: short-lived states may be missed',
  none: 'not known here: neither tracefs nor cachestat can be read',
} as const;

/** Where the file axis lies on a canvas of this width. */
export const axisLane = (width: number): { readonly left: number; readonly width: number } => ({
  left: GUTTER,
  width: Math.max(1, width - GUTTER - SIDE),
});

export function layout(input: FoliosInput, width: number, height: number): FoliosScene {
  const { window: file, axis, notation } = input,
    { left, width: across } = axisLane(width),
    { end } = file,
    axisY = 32,
    now: Box = { x: left, y: axisY + 6, w: across, h: NOW_H },
    folios = folioLane(file.folios, laneIn(axis, now)),
    lensBox: Box = { x: left, y: now.y + now.h + 24, w: across, h: LENS_H },
    lens = lensOf(input, folios.bars, lensBox, laneIn(axis, now)),
    fallY = lensBox.y + lensBox.h + 38,
    fall: Box = { x: left, y: fallY, w: across, h: Math.max(20, height - fallY - 14) },
    silhouette: Box = { x: left + across + 14, y: fall.y, w: SIDE - 38, h: fall.h },
    { rows, most, span } = waterfall(input.past, file.until, axis, fall, silhouette.w, input.isBack ? 1n : LEAST_SPAN);
  const scene: FoliosScene = {
    inode: file.inode,
    name: nameOf(file.path),
    width,
    height,
    notation,
    blockSize: file.blockSize,
    pageSize: file.pageSize,
    origin: input.origin,
    axis,
    left,
    right: left + across,
    ruler: { left, right: left + across, y: axisY, marks: ruler(axis, across, end, notation, file.blockSize) },
    now,
    folios,
    lens,
    fall,
    rows,
    silhouette,
    words: [],
    say: sayOf(input, span, fall),
  };
  return { ...scene, words: wordsOf(scene, input, most, span) };
}

function sayOf({ window: { totals }, axis }: FoliosInput, span: bigint, fall: Box): string {
  const bytes = axis.bytesPerPx >= 1024 ? sayBytes(BigInt(Math.round(axis.bytesPerPx))) : `${Number(axis.bytesPerPx.toPrecision(2))} B`,
    time = span > 0n ? ` × ${sayDuration(BigInt(Math.round(Number(span) / fall.h)))}` : '';
  return `${bytes}${time} a pixel · ${sayBytes(totals.cached)} cached · ${sayBytes(totals.writeback)} in writeback${totals.foliosUnknown > 0n ? ` · ${sayBytes(totals.foliosUnknown)} not known` : ''}`;
}

function wordsOf(scene: FoliosScene, { window: file, notation, isBack }: FoliosInput, most: bigint, span: bigint): Words[] {
  const moment = isBack ? 'then' : 'now';
  const { now, lens, fall, silhouette, rows, right } = scene,
    edge = scene.left - 10,
    { dirty, failed, foliosUnknown } = file.totals,
    out: Words[] = [];
  const gutter = (text: string, y: number, role: Words['role'] = 'lane'): void =>
    void out.push({ text, x: edge, y, role, align: 'right', room: edge - 6, isCut: role === 'name' });
  gutter(scene.name, scene.ruler.y - 6, 'name');
  gutter(moment, now.y + now.h / 2);
  out.push({
    text: sayAtLeast(dirty, foliosUnknown),
    x: right + 14,
    y: now.y + 9,
    role: dirty > 0n ? 'dirtyHead' : 'lane',
    align: 'left',
  });
  out.push({
    text: failed > 0n ? `dirty, ${sayBytes(failed)} failed` : 'dirty',
    x: right + 14,
    y: now.y + 24,
    role: 'small',
    align: 'left',
  });
  if (lens) {
    gutter('lens', lens.box.y + 11);
    gutter(sayBytes(lens.to - lens.from), lens.box.y + 24, 'small');
    const y = lens.box.y + lens.box.h + 10,
      say = (at: bigint): string => (at === 0n ? '0' : notation === 'dec' ? sayBytes(at) : sayOffset(at, notation, file.blockSize));
    out.push({ text: say(lens.from), x: lens.box.x, y, role: 'small', align: 'left' });
    out.push({ text: say(lens.to), x: right, y, role: 'small', align: 'right' });
  }
  gutter('time ↓', fall.y - 11);
  out.push({
    text: `file offset → · ${sourceWords[file.foliosFrom]}${file.foliosAreOver ? ', until that ended' : ''}`,
    x: fall.x,
    y: fall.y - 11,
    role: 'small',
    align: 'left',
    room: fall.w,
  });
  out.push({ text: `dirty, top ${sayBytes(most)}`, x: silhouette.x, y: fall.y - 11, role: 'small', align: 'left' });
  const first = rows[0],
    last = rows.at(-1);
  if (first && last) {
    // Rounded to a tenth: a moment is taken four times a second at most.
    const age = span / 100_000_000n;
    gutter(`−${age / 10n}.${age % 10n} s`, fall.y + 6, 'small');
    const y = last.y + last.h;
    // Left of the arrow, and above the edge of the canvas.
    if (y > fall.y + 24) out.push({ text: moment, x: edge - 6, y: Math.min(y, fall.y + fall.h - 2), role: 'small', align: 'right' });
  }
  return out;
}
