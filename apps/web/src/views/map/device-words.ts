import { MapType } from '@mapscope/shared/trace';
import { type DeviceAxis, deviceToPx, sayBytes, sayOffset } from '../../axis/index.ts';
import { roughWidth, type Words } from '../../draw/index.ts';
import type { MapScene } from './scene.ts';

/** Names of the devices, where each stretch begins, and what each cut leaves out. */
export function deviceWords(scene: MapScene): Words[] {
  const { lanes, device, deviceLeft, deviceNames, inodeBox } = scene,
    lane = lanes.device,
    names = [...new Set(device.stretches.map((stretch) => stretch.device))].map((it) => deviceNames.get(it) ?? `device ${it}`),
    isOne = names.length === 1,
    out: Words[] = [];
  if (names.length > 0) {
    const edge = { x: lanes.left - 10, align: 'right', room: lanes.left - 16 } as const;
    out.push({ ...edge, text: isOne ? names[0]! : `${names.length} devices`, y: lane.y + lane.h / 2, role: 'name', isCut: true });
  } else if (!inodeBox)
    out.push({
      text: scene.map.pieces.some(({ type }) => type === MapType.UNKNOWN)
        ? 'It is not known which places on the device this range has.'
        : 'Nothing of this range has a place on the device yet.',
      x: (lanes.left + lanes.right) / 2,
      y: lane.y + lane.h / 2,
      role: 'rim',
      align: 'center',
    });
  if (inodeBox) out.push({ text: 'inode', x: inodeBox.x, y: lane.y + lane.h + 11, role: 'small', align: 'left' });
  let taken = Number.NEGATIVE_INFINITY;
  for (const stretch of device.stretches) {
    const at = offsetWords(scene, stretch.used),
      text = isOne ? at : `${deviceNames.get(stretch.device) ?? `device ${stretch.device}`} ${at}`,
      width = roughWidth(text, 'small'),
      // The last stretch may be narrow and near the edge.
      x = Math.min(deviceLeft + deviceToPx(device, stretch.device, stretch.used)!, lanes.right - width);
    if (x < taken) continue;
    out.push({ text, x, y: lane.y + lane.h + 11, role: 'small', align: 'left' });
    taken = x + width + 8;
  }
  for (const { x, w, bytes } of device.cuts)
    if (bytes !== undefined)
      out.push({ text: sayBytes(bytes), x: deviceLeft + x + w / 2, y: lane.y + lane.h - 6.5, role: 'small', align: 'center', room: w + 2 });
  return out;
}

const offsetWords = ({ notation, blockSize }: MapScene, at: bigint): string =>
  notation === 'dec' ? sayBytes(at) : sayOffset(at, notation, blockSize);

/** For the header: `9.66 KiB a pixel · device at the same scale · 3 places`. */
export function sayScale(bytesPerPx: number, device: DeviceAxis, isBinned: boolean): string {
  const perPx =
      bytesPerPx >= 1024
        ? sayBytes(BigInt(Math.round(bytesPerPx)))
        : `${bytesPerPx >= 10 ? Math.round(bytesPerPx) : Number(bytesPerPx.toPrecision(2))} B`,
    n = device.stretches.length,
    scale =
      device.scale > 0.985 ? 'at the same scale' : `at ${device.scale >= 0.01 ? device.scale.toFixed(2) : device.scale.toPrecision(1)}×`;
  return [
    `${perPx} a pixel`,
    ...(n > 0 ? [`device ${scale}`, `${n} ${n === 1 ? 'place' : 'places'}`] : []),
    ...(isBinned ? ['drawn in bins'] : []),
  ].join(' · ');
}
