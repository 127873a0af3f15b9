import { deviceToPx } from '../../axis/index.ts';
import { drawRuler, fillPiece, frame, type Palette, type Pen, rule } from '../../draw/index.ts';
import { drawColumns, drawMapLane } from './draw-lanes.ts';
import type { IsLit, MapScene } from './scene.ts';

/** What of the device is in view: its ground, where it is cut, and our places on it. */
export function drawDevice(pen: Pen, scene: MapScene, palette: Palette): void {
  const { device, deviceLeft, deviceBars, deviceColumns, inodeBox } = scene,
    lane = scene.lanes.device;
  for (const { device: number, x, w, used } of device.stretches) {
    const tick = Math.round(deviceLeft + deviceToPx(device, number, used)!) + 0.5;
    pen.fillStyle = palette.line2;
    pen.fillRect(deviceLeft + x, lane.y, w, lane.h);
    rule(pen, tick, lane.y + lane.h, tick, lane.y + lane.h + 5, palette.ghost);
  }
  for (const { x, w, bytes } of device.cuts) {
    if (bytes === undefined) continue;
    const middle = deviceLeft + x + w / 2;
    for (const shift of [-3, 2]) rule(pen, middle + shift - 2, lane.y + lane.h - 15, middle + shift + 2, lane.y + 1, palette.ghost);
  }
  for (const { piece, box } of deviceBars) {
    fillPiece(pen, piece.type, piece.flags, box.x, box.y, box.w, box.h, palette);
    if (box.w > 3) rule(pen, box.x + box.w, box.y, box.x + box.w, box.y + box.h, palette.paper);
  }
  drawColumns(pen, deviceColumns, lane, palette.line2, palette);
  if (inodeBox) frame(pen, inodeBox.x - 2, inodeBox.y - 2, inodeBox.w + 4, inodeBox.h + 4, palette.inline);
}

/** The other file: its pieces that hold what is lit stay, the others step back. */
export function drawSharer(pen: Pen, { sharer, lanes }: MapScene, palette: Palette, isLit: IsLit, isAnyLit: boolean): void {
  if (!sharer || !lanes.sharer) return;
  const links = isAnyLit ? sharer.links.filter(isLit) : [],
    isTheirs: IsLit = ({ from, to }) => links.some((link) => link.theirs < to && from < link.theirs + (link.to - link.from));
  pen.fillStyle = palette.line2;
  for (const { x, y, w, h } of sharer.untold) pen.fillRect(x, y, w, h);
  drawMapLane(pen, sharer.map, lanes.sharer, palette, links.length > 0 ? isTheirs : undefined);
  drawRuler(pen, sharer.ruler, palette);
}
