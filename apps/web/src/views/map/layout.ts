import { MapType } from '@mapscope/shared/trace';
import { type DeviceAxis, deviceAxis, type Place, ruler } from '../../axis/index.ts';
import { boxOf, type Lane, laneIn } from '../../draw/index.ts';
import { folioLane } from '../folio-bars.ts';
import { nameOf } from '../hit.ts';
import { railsOf } from '../rails.ts';
import { bundle } from './bundle.ts';
import { sayScale } from './device-words.ts';
import { lanesOf } from './lanes.ts';
import { mapLane, pinsOf } from './map-lane.ts';
import { piecesOf } from './pieces.ts';
import { fallOf, inodeBox, inodeRoom } from './ribbons.ts';
import type { MapInput, MapScene, Piece } from './scene.ts';
import { sharerLane } from './sharer.ts';
import { threadsOf } from './threads.ts';
import { wholeOf } from './whole.ts';
import { frayOf, wordsOf } from './words.ts';

const FLASH_NS = 900_000_000n,
  MOST_FLASHES = 60;

export function layout(input: MapInput, width: number, height: number): MapScene {
  const { window: file, axis, notation } = input,
    { end } = file,
    lanes = lanesOf(input.isCompact, file.sharers.length > 0, width, height);
  const data = piecesOf(file.data, 'data', laneIn(axis, lanes.map), end),
    pending = piecesOf(file.pending, 'pending', laneIn(axis, lanes.pending), end).filter(
      ({ type }) => type !== MapType.HOLE && type !== MapType.UNKNOWN,
    ),
    map = mapLane(data, file.data.binned, laneIn(axis, lanes.map)),
    bundles = [...bundle(data, axis.bytesPerPx), ...bundle(pending, axis.bytesPerPx)];
  const room = inodeRoom(bundles),
    inode = inodeBox(bundles, lanes.device),
    deviceLeft = lanes.left + room,
    device = scaleOf(bundles, input, lanes.device.w - room),
    folios = folioLane(file.folios, laneIn(axis, lanes.folios)),
    ground = { scale: device, at: deviceLeft, lanes, inode },
    fall = fallOf(bundles, ground);
  const scene: MapScene = {
    inode: file.inode,
    width,
    height,
    axis,
    name: nameOf(file.path),
    notation,
    blockSize: file.blockSize,
    pageSize: file.pageSize,
    origin: input.origin,
    end,
    lanes,
    whole: wholeOf(file, axis, lanes.whole, end),
    ruler: { left: lanes.left, right: lanes.right, y: lanes.axisY, marks: ruler(axis, lanes.map.w, end, notation, file.blockSize) },
    folios,
    pending,
    map,
    isBinned: file.data.binned,
    pins: pinsOf(data),
    rails: railsOf(data.filter(({ type }) => type !== MapType.UNKNOWN)),
    ribbons: fall.ribbons,
    // A bin's place is that of the first extent in it: not where its dirty bytes go.
    threads: file.data.binned ? [] : threadsOf(folios.bars, pending, data, laneIn(axis, lanes.folios), end, ground),
    stubs: [...pending, ...data]
      .filter(({ type }) => type === MapType.DELALLOC)
      .map(({ box }) => ({ x: box.x, y: lanes.ribbons.y, w: box.w, h: frayOf(lanes.ribbons) })),
    device,
    deviceLeft,
    deviceNames: new Map(file.devices.map((it) => [it.device, nameOf(it.path)])),
    deviceBars: fall.bars,
    deviceColumns: fall.columns,
    inodeBox: inode,
    sharer: lanes.sharer && sharerLane(file.sharers, { pieces: data, axis, notation, blockSize: file.blockSize }, ground, lanes.sharer),
    flashes: flashesOf(input, laneIn(axis, { ...lanes.folios, h: lanes.map.y + lanes.map.h - lanes.folios.y })),
    words: [],
    say: sayScale(axis.bytesPerPx, device, file.data.binned),
  };
  return { ...scene, words: wordsOf(scene, file) };
}

function scaleOf(bundles: readonly Piece[], { window: file, axis }: MapInput, width: number): DeviceAxis {
  const places: Place[] = [];
  for (const { place } of bundles) if (place) places.push(place);
  return deviceAxis(places, axis.bytesPerPx, width, new Map(file.devices.map(({ device, size }) => [device, size])));
}

/** What changed in the last 900 ms. More than 60 at once is no news of a place any more: then the edge of the lane flashes. */
function flashesOf({ window: file, now, isStill }: MapInput, lane: Lane): MapScene['flashes'] {
  const ageOf = (at: bigint): number => (isStill ? 0 : Number(now - at) / Number(FLASH_NS)),
    fresh = file.changed.filter(({ at }) => now >= at && now - at < FLASH_NS);
  if (fresh.length > MOST_FLASHES)
    return [
      { box: { x: lane.left, y: lane.y, w: lane.width, h: lane.h }, age: Math.min(...fresh.map(({ at }) => ageOf(at))), isEdge: true },
    ];
  return fresh.flatMap(({ from, to, at }) => {
    const box = boxOf(lane, from, to);
    return box ? [{ box, age: ageOf(at), isEdge: false }] : [];
  });
}
