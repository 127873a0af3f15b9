import { FolioState, NO_ADDR } from '@mapscope/shared/trace';
import { maxBig, minBig } from '@mapscope/shared/units';
import { sayBytes, sayOffset } from '../../axis/index.ts';
import { type Box, isDirtyState, isInside, isOnStrand, shareAcross } from '../../draw/index.ts';
import { type Hit, nameOf, sayKnown, sayOrder, sayState, sayType } from '../hit.ts';
import type { FolioBar } from '../folio-bars.ts';
import type { Column, MapScene, Piece, SharerLane } from './scene.ts';

/** A thing of 2 px is hard to point at: where nothing else is, it takes this many pixels to each side. */
const GRASP_PX = 3;

/** The thing under a point: lanes first, then the ribbon that was drawn last. */
export function hit(scene: MapScene, x: number, y: number): Hit | undefined {
  const { lanes } = scene;
  if (isInside(lanes.folios, x, y)) return hitFolios(scene, x, y);
  const column = isInside(lanes.map, x, y) ? scene.map.columns.findLast((it) => x >= it.x && x < it.x + 1) : undefined;
  if (column) return hitColumn(scene, column);
  const piece =
    grasp(scene.map.pieces, x, y) ??
    grasp(scene.pending, x, y) ??
    (isInside(lanes.device, x, y) ? onDevice(scene, x, y) : onRibbon(scene, x, y));
  return piece ? hitPiece(scene, piece) : hitSharer(scene, x, y);
}

/** The last drawn of those under the point, else the nearest that is a little beside it. */
function grasp<T extends { readonly box: Box }>(things: readonly T[], x: number, y: number): T | undefined {
  const distance = ({ box }: T): number => Math.max(box.x - x, x - box.x - box.w);
  let near: T | undefined;
  for (let i = things.length - 1; i >= 0; i--) {
    const it = things[i]!;
    if (y < it.box.y || y >= it.box.y + it.box.h) continue;
    if (isInside(it.box, x, y)) return it;
    if (distance(it) <= GRASP_PX && (!near || distance(it) < distance(near))) near = it;
  }
  return near;
}

/** A place, or where there are too many of them the band that ends there. */
const onDevice = ({ deviceBars, deviceColumns, ribbons }: MapScene, x: number, y: number): Piece | undefined =>
  deviceColumns.length > 0 ? ribbons.findLast((ribbon) => isOnStrand(ribbon, x, 1))?.piece : grasp(deviceBars, x, y)?.piece;

function onRibbon({ lanes, ribbons }: MapScene, x: number, y: number): Piece | undefined {
  if (!isInside(lanes.ribbons, x, y)) return undefined;
  const across = shareAcross((y - lanes.ribbons.y) / lanes.ribbons.h);
  return ribbons.findLast((ribbon) => isOnStrand(ribbon, x, across))?.piece;
}

/** A piece of the other file; a ribbon to it is the part of ours that both hold. */
function hitSharer(scene: MapScene, x: number, y: number): Hit | undefined {
  const { sharer } = scene,
    box = scene.lanes.links;
  if (!sharer || !box) return undefined;
  const piece = grasp(sharer.map.pieces, x, y);
  if (piece) return hitPiece(scene, piece, sharer);
  if (!isInside(box, x, y)) return undefined;
  const across = shareAcross((y - box.y) / box.h),
    link = sharer.links.findLast((it) => isOnStrand(it, x, across)),
    ours = link && scene.map.pieces.find(({ from, to }) => from <= link.from && link.from < to);
  return ours && hitPiece(scene, ours);
}

function hitPiece(scene: MapScene, piece: Piece, sharer?: SharerLane): Hit {
  const { notation, blockSize } = scene,
    name = sharer ? nameOf(sharer.path) : scene.name,
    device = scene.deviceNames.get(piece.device) ?? `device ${piece.device}`;
  return {
    target: { kind: 'extent', inode: sharer?.inode ?? scene.inode, layer: piece.layer, from: piece.from, to: piece.to },
    lines: [
      `${name} ${sayType(piece.type, piece.flags)}${piece.pieces > 1 ? ` · ${piece.pieces} pieces` : ''}`,
      `file ${sayOffset(piece.from, notation, blockSize)} +${sayBytes(piece.to - piece.from)}`,
      ...(piece.addr === NO_ADDR ? [] : [`${device} ${sayOffset(piece.addr, notation, blockSize)}`]),
      ...(sharer ? [] : dirtIn(scene, piece.from, piece.to)),
      sayKnown(piece.how, piece.since, scene.origin),
    ],
  };
}

/** `212 pieces, 3 holes`: what a column stands for. */
const hitColumn = (scene: MapScene, { from, to, pieces, holes }: Column): Hit => ({
  target: { kind: 'extent', inode: scene.inode, layer: 'data', from, to },
  lines: [
    `${scene.name} ${scene.isBinned ? 'about ' : ''}${[counted(pieces, 'piece'), counted(holes, 'hole')].filter(Boolean).join(', ')}`,
    `file ${sayOffset(from, scene.notation, scene.blockSize)} +${sayBytes(to - from)}`,
    ...dirtIn(scene, from, to),
  ],
});

const counted = (n: number, what: string): string => (n === 0 ? '' : `${n} ${what}${n === 1 ? '' : 's'}`);

function hitFolios(scene: MapScene, x: number, y: number): Hit | undefined {
  const { bars, columns } = scene.folios,
    column = columns.findLast((it) => x >= it.x && x < it.x + 1),
    bar: FolioBar | undefined = column ? bars[column.gravest] : columns.length > 0 ? undefined : grasp(bars, x, y);
  return (
    bar && {
      target: { kind: 'folio', inode: scene.inode, from: bar.from, to: bar.to },
      lines: [
        `${scene.name} ${sayState(bar.state)}`,
        `file ${sayOffset(bar.from, scene.notation, scene.blockSize)} +${sayBytes(bar.to - bar.from)}`,
        sayOrder(bar.order, scene.pageSize),
        sayKnown(bar.how, bar.since, scene.origin),
      ],
    }
  );
}

/** One line about the dirt of a range: what the eye asks next. */
function dirtIn({ folios }: MapScene, from: bigint, to: bigint): string[] {
  let dirty = 0n,
    out = 0n;
  for (const bar of folios.bars) {
    const bytes = minBig(to, bar.to) - maxBig(from, bar.from);
    if (bytes <= 0n) continue;
    if (isDirtyState(bar.state)) dirty += bytes;
    else if (bar.state === FolioState.writeback) out += bytes;
  }
  const words = [...(dirty > 0n ? [`${sayBytes(dirty)} dirty`] : []), ...(out > 0n ? [`${sayBytes(out)} going out`] : [])];
  return words.length > 0 ? [words.join(', ')] : [];
}
