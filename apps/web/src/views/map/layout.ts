import { FolioState, How, MapType } from '@mapscope/shared/trace';
import { minBig, maxBig } from '@mapscope/shared/units';
import { axisOver, type DeviceAxis, deviceAxis, deviceToPx, sayTick, ticks, toPx } from '../../axis/index.ts';
import { type Box, isDirtyState } from '../../draw/index.ts';
import { sayBytes } from '../../axis/index.ts';
import { boxOf, type Lane, piecesOf, placeOf } from './pieces.ts';
import type { DeviceBar, FolioBar, MapInput, MapScene, Piece, Ribbon, SharerLane, Thread, Words } from './scene.ts';
import { sharerLane } from './sharer.ts';

export const GUTTER = 76;
const RIGHT = 20,
  FLASH_NS = 900_000_000n,
  MOST_FLASHES = 60;

/** Heights of the lanes, normal and compact (visual.md). */
const heights = (isCompact: boolean) =>
  isCompact ? { folios: 16, pending: 8, map: 20, device: 20, sharer: 18 } : { folios: 22, pending: 11, map: 28, device: 26, sharer: 22 };

export function layout(input: MapInput, width: number, height: number): MapScene {
  const { window: file, axis } = input,
    h = heights(input.isCompact);
  const left = GUTTER,
    laneWidth = Math.max(1, width - GUTTER - RIGHT);
  const lane = (y: number, tall: number): Box => ({ x: left, y, w: laneWidth, h: tall });
  const whole = lane(12, 6),
    axisY = 56,
    folioLane = lane(62, h.folios),
    pendingLane = lane(folioLane.y + h.folios + 5, h.pending),
    map = lane(pendingLane.y + h.pending + 6, h.map);
  const hasSharers = file.sharers.length > 0,
    below = hasSharers ? 66 + h.sharer + 26 : 26;
  const device = lane(Math.max(map.y + h.map + 60, height - below - h.device), h.device);
  const ribbonTop = map.y + map.h + 5,
    ribbonBox: Box = { x: left, y: ribbonTop, w: laneWidth, h: Math.max(20, device.y - 3 - ribbonTop) };

  const end = maxBig(file.size, 1n),
    geometry = { axis, left, width: laneWidth };
  const dataLane: Lane = { ...geometry, layer: 'data', y: map.y, h: map.h, end };
  const all = piecesOf(file.data, dataLane);
  const pieces = all.filter((piece) => piece.type !== MapType.HOLE),
    holes = all.filter((piece) => piece.type === MapType.HOLE);
  const pending = piecesOf(file.pending, { ...dataLane, layer: 'pending', y: pendingLane.y, h: pendingLane.h }).filter(
    (piece) => piece.type !== MapType.HOLE && piece.type !== MapType.UNKNOWN,
  );
  const placed = [...pieces, ...pending].filter((piece) => placeOf(piece));

  const sizes = new Map(file.devices.map((d) => [d.device, d.size]));
  const deviceScale = deviceAxis(
    placed.map((piece) => placeOf(piece)!),
    axis.bytesPerPx,
    laneWidth,
    sizes,
  );
  const ribbons = ribbonsOf(placed, deviceScale, left);
  const folios = foliosOf(input, { ...geometry, y: folioLane.y, h: folioLane.h });
  const sharer: SharerLane | undefined = hasSharers
    ? sharerLane(file.sharers[0]!, deviceScale, left, laneWidth, device.y + device.h + 66, h.sharer)
    : undefined;
  const scene: MapScene = {
    inode: file.inode,
    width,
    height,
    lanes: { left, right: left + laneWidth, whole, axisY, folios: folioLane, pending: pendingLane, map, ribbons: ribbonBox, device },
    whole: wholeOf(input, whole),
    ticks: ticks(axis, laneWidth, end).ticks,
    folios,
    pending,
    pieces,
    holes,
    ribbons,
    threads: threadsOf(folios, pieces, pending, deviceScale, input, left),
    device: deviceScale,
    deviceBars: ribbons.map((ribbon): DeviceBar => ({
      piece: ribbon.piece,
      type: ribbon.piece.type,
      flags: ribbon.piece.flags,
      box: { x: ribbon.x2, y: device.y, w: Math.max(2, ribbon.x3 - ribbon.x2), h: device.h },
    })),
    sharer,
    flashes: flashesOf(input, { ...geometry, y: folioLane.y - 2, h: map.y + map.h - folioLane.y + 4 }),
    words: [],
    say: sayScale(axis.bytesPerPx, deviceScale),
  };
  return { ...scene, words: wordsOf(input, scene, ticks(axis, laneWidth, end).step) };
}

function ribbonsOf(placed: readonly Piece[], scale: DeviceAxis, left: number): Ribbon[] {
  const out: Ribbon[] = [];
  for (const piece of placed) {
    const place = placeOf(piece)!,
      x2 = deviceToPx(scale, place.device, place.from),
      x3 = deviceToPx(scale, place.device, place.to);
    if (x2 === undefined || x3 === undefined) continue;
    out.push({ x0: piece.box.x, x1: piece.box.x + piece.box.w, x2: left + x2, x3: left + Math.max(x3, x2 + 2), piece });
  }
  // Long first, short over them: a short one is never hidden.
  return out.sort((a, b) => b.x1 - b.x0 - (a.x1 - a.x0));
}

function foliosOf(input: MapInput, lane: Pick<Lane, 'axis' | 'left' | 'width' | 'y' | 'h'>): FolioBar[] {
  const { folios } = input.window,
    out: FolioBar[] = [];
  for (let i = 0; i < folios.n; i++) {
    const from = folios.from[i]!,
      to = folios.to[i]!,
      box = boxOf(lane, from, to);
    if (box) out.push({ from, to, state: folios.state[i]!, order: folios.order[i]!, how: folios.how[i]!, since: folios.since[i]!, box });
  }
  return out;
}

/** Dirty and outgoing bytes run on to where they will land: the pending place first, else the mapped one; without a place they fray out. */
function threadsOf(
  folios: readonly FolioBar[],
  pieces: readonly Piece[],
  pending: readonly Piece[],
  scale: DeviceAxis,
  input: MapInput,
  left: number,
): Thread[] {
  const out: Thread[] = [];
  for (const folio of folios) {
    const isWriteback = folio.state === FolioState.writeback;
    if (!isWriteback && !isDirtyState(folio.state)) continue;
    let at = folio.from;
    const until = minBig(folio.to, maxBig(input.window.size, 1n));
    while (at < until) {
      const over = pending.find((p) => p.from <= at && at < p.to) ?? pieces.find((p) => p.from <= at && at < p.to);
      const nextStart = [...pending, ...pieces].reduce((low, p) => (p.from > at && p.from < low ? p.from : low), until);
      const to = over ? minBig(over.to, until) : nextStart;
      const x0 = left + Math.max(0, toPx(input.axis, at)),
        x1 = left + Math.max(toPx(input.axis, to), toPx(input.axis, at) + 1.5);
      const place = over && placeOf(over);
      if (place && over.pieces === 1) {
        const x2 = deviceToPx(scale, place.device, place.from + (at - over.from)),
          x3 = deviceToPx(scale, place.device, place.from + (to - over.from));
        out.push({
          x0,
          x1,
          isWriteback,
          ...(x2 !== undefined && x3 !== undefined ? { to: [left + x2, left + Math.max(x3, x2 + 1.5)] as const } : {}),
        });
      } else if (!place) out.push({ x0, x1, isWriteback });
      at = to;
    }
  }
  return out;
}

function wholeOf(input: MapInput, lane: Box): MapScene['whole'] {
  const { window: file, axis } = input,
    over = axisOver(0n, maxBig(file.size, 1n), lane.w);
  const bar = (from: bigint, to: bigint): { x: number; w: number } => {
    const x = lane.x + toPx(over, from);
    return { x, w: Math.max(1.5, lane.x + Math.min(lane.w, toPx(over, to)) - x) };
  };
  const pieces: MapScene['whole']['pieces'][number][] = [],
    dirt: MapScene['whole']['dirt'][number][] = [];
  for (let i = 0; i < file.overview.n; i++)
    pieces.push({ ...bar(file.overview.from[i]!, file.overview.to[i]!), type: file.overview.type[i]!, flags: file.overview.flags[i]! });
  for (let i = 0; i < file.overviewDirty.n; i++) {
    const state = file.overviewDirty.state[i]!;
    if (isDirtyState(state) || state === FolioState.writeback)
      dirt.push({ ...bar(file.overviewDirty.from[i]!, file.overviewDirty.to[i]!), isWriteback: state === FolioState.writeback });
  }
  const from = axis.start < 0n ? 0n : axis.start,
    shown = bar(from, from + BigInt(Math.ceil(axis.bytesPerPx * lane.w)));
  return { pieces, dirt, brush: { x: shown.x, y: lane.y - 4, w: Math.max(6, shown.w), h: lane.h + 9 } };
}

function flashesOf(input: MapInput, lane: Pick<Lane, 'axis' | 'left' | 'width' | 'y' | 'h'>): MapScene['flashes'] {
  const out: { box: Box; age: number }[] = [];
  for (const change of input.window.changed.slice(-MOST_FLASHES)) {
    const age = input.now - change.at,
      box = boxOf(lane, change.from, change.to);
    if (box && age >= 0n && age < FLASH_NS) out.push({ box, age: Number(age) / Number(FLASH_NS) });
  }
  return out;
}

function wordsOf(input: MapInput, scene: MapScene, step: bigint): Words[] {
  const { window: file, notation } = input,
    { lanes } = scene,
    out: Words[] = [],
    edge = lanes.left - 10;
  const middle = (box: Box): number => box.y + box.h / 2;
  const say = (text: string, x: number, y: number, role: Words['role'], align: Words['align'] = 'left', room?: number): void =>
    void out.push({ text, x, y, role, align, ...(room === undefined ? {} : { room }) });
  say('whole file', edge, middle(lanes.whole), 'lane', 'right');
  say(file.path.split('/').at(-1) ?? '', edge, lanes.axisY - 6, 'name', 'right', edge - 6);
  const dirty = file.totals.dirty;
  say('folios', edge, middle(lanes.folios) - (dirty > 0n ? 6 : 0), 'lane', 'right');
  if (dirty > 0n) say(sayBytes(dirty), edge, middle(lanes.folios) + 7, 'dirty', 'right');
  say('pending', edge, middle(lanes.pending), 'lane', 'right');
  say('map', edge, middle(lanes.map), 'lane', 'right');
  for (const tick of scene.ticks)
    if (tick.rank === 'major') {
      const { text, isBold } = sayTick(tick.at, step, notation, file.blockSize);
      say(
        text,
        lanes.left + tick.x,
        lanes.axisY - 12,
        isBold ? 'boldTick' : 'tick',
        tick.x < 24 ? 'left' : tick.x > lanes.right - lanes.left - 24 ? 'right' : 'center',
      );
    }
  for (const piece of scene.pieces)
    if (piece.box.w >= 58)
      say(
        `${sayBytes(piece.to - piece.from)}${piece.pieces > 1 ? `, ${piece.pieces} pieces` : ''}${piece.flags & 4 ? ' shared' : ''}${piece.how === How.unknown ? ' ?' : ''}`,
        piece.box.x + 7,
        piece.box.y + Math.min(14, piece.box.h / 2),
        piece.type === MapType.MAPPED || piece.type === MapType.INLINE ? 'onData' : 'onPaper',
        'left',
        piece.box.w - 12,
      );
  for (const hole of scene.holes)
    if (hole.box.w >= 58)
      say(`hole ${sayBytes(hole.to - hole.from)}`, hole.box.x + hole.box.w / 2, middle(hole.box), 'onPaper', 'center', hole.box.w - 12);
  for (const piece of scene.pending)
    say(
      piece.type === MapType.DELALLOC ? `delalloc ${sayBytes(piece.to - piece.from)}` : `copy on write ${sayBytes(piece.to - piece.from)}`,
      piece.box.x + piece.box.w + 6,
      middle(piece.box),
      'onPaper',
    );
  const names = new Map(file.devices.map((d) => [d.device, d.path.split('/').at(-1) ?? d.path])),
    one = new Set(scene.device.stretches.map((s) => s.device)).size === 1;
  if (one) say(names.get(scene.device.stretches[0]!.device) ?? '', edge, middle(lanes.device), 'name', 'right', edge - 6);
  else say('devices', edge, middle(lanes.device), 'name', 'right');
  let before = Number.NEGATIVE_INFINITY;
  for (const stretch of scene.device.stretches) {
    const x = lanes.left + stretch.x,
      name = names.get(stretch.device) ?? `device ${stretch.device}`,
      at = sayBytes(stretch.from);
    if (x < before) continue;
    say(one ? at : `${name} ${at}`, x, lanes.device.y + lanes.device.h + 11, 'tick');
    before = x + (one ? 60 : 30 + 6 * (name.length + at.length));
  }
  for (const cut of scene.device.cuts)
    if (cut.bytes !== undefined) say(sayBytes(cut.bytes), lanes.left + cut.x + cut.w / 2, middle(lanes.device) + 6, 'cut', 'center');
  if (scene.sharer) {
    say(scene.sharer.path.split('/').at(-1) ?? '', edge, scene.sharer.y + 6, 'name', 'right', edge - 6);
    say('shares', edge, scene.sharer.y + 19, 'shared', 'right');
  }
  return out;
}

function sayScale(bytesPerPx: number, device: DeviceAxis): string {
  const perPx =
    bytesPerPx >= 1024
      ? sayBytes(BigInt(Math.round(bytesPerPx)))
      : `${bytesPerPx >= 10 ? Math.round(bytesPerPx) : Number(bytesPerPx.toPrecision(2))} B`;
  const n = device.stretches.length;
  return `${perPx} a pixel · ${device.scale === 1 ? 'device at the same scale' : `device at ${device.scale.toPrecision(2)}×`} · ${n} ${n === 1 ? 'place' : 'places'}`;
}
