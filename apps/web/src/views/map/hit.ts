import { FolioState, NO_ADDR } from '@mapscope/shared/trace';
import { isInside } from '../../draw/index.ts';
import { sayBytes, sayOffset, type Notation } from '../../axis/index.ts';
import { type Hit, sayHow, sayType } from '../hit.ts';
import type { FolioBar, MapScene, Piece, Ribbon } from './scene.ts';

const stateWords: Readonly<Record<number, string>> = {
  [FolioState.added]: 'in the cache, not uptodate',
  [FolioState.uptodate]: 'clean',
  [FolioState.clean]: 'clean',
  [FolioState.dirty]: 'dirty',
  [FolioState.folioDirty]: 'dirty with its folio',
  [FolioState.writeback]: 'going out',
  [FolioState.failed]: 'dropped by a failed writeback',
};
export const sayState = (state: number): string => stateWords[state] ?? `state ${state}?`;

/** The thing under a point; lanes first, then the ribbon that was drawn last. */
export function hit(scene: MapScene, x: number, y: number, notation: Notation = 'dec', blockSize = 4096): Hit | undefined {
  const folio = scene.folios.findLast((bar) => isInside(bar.box, x, y));
  if (folio) return hitFolio(scene, folio, notation, blockSize);
  const piece =
    [...scene.holes, ...scene.pieces, ...scene.pending].findLast((p) => isInside(p.box, x, y)) ??
    scene.deviceBars.findLast((bar) => isInside(bar.box, x, y))?.piece;
  if (piece) return hitPiece(scene, piece, notation, blockSize);
  const ribbon = scene.ribbons.findLast((r) => isOnRibbon(scene, r, x, y));
  return ribbon && hitPiece(scene, ribbon.piece, notation, blockSize);
}

function hitPiece(scene: MapScene, piece: Piece, notation: Notation, blockSize: number): Hit {
  const length = sayBytes(piece.to - piece.from);
  return {
    target: { kind: 'extent', inode: scene.inode, layer: piece.layer, from: piece.from, to: piece.to },
    lines: [
      piece.pieces > 1 ? `${sayType(piece.type, piece.flags)} · ${piece.pieces} pieces` : sayType(piece.type, piece.flags),
      `file ${sayOffset(piece.from, notation, blockSize)} +${length}`,
      ...(piece.addr === NO_ADDR ? [] : [`device ${piece.device} ${sayOffset(piece.addr, notation, blockSize)}`]),
      sayHow(piece.how),
    ],
  };
}

const hitFolio = (scene: MapScene, bar: FolioBar, notation: Notation, blockSize: number): Hit => ({
  target: { kind: 'folio', inode: scene.inode, from: bar.from, to: bar.to },
  lines: [
    sayState(bar.state),
    `file ${sayOffset(bar.from, notation, blockSize)} +${sayBytes(bar.to - bar.from)}`,
    ...(bar.order === 0xff ? [] : [`folios of order ${bar.order}`]),
    sayHow(bar.how),
  ],
});

/** Between the two sides at this height: the same cubic as `side` in draw/pen, solved for y by halving. */
function isOnRibbon(scene: MapScene, ribbon: Ribbon, x: number, y: number): boolean {
  const { y: top, h } = scene.lanes.ribbons;
  if (y < top || y > top + h) return false;
  const share = sideAt((y - top) / h);
  const from = ribbon.x0 + (ribbon.x2 - ribbon.x0) * share,
    to = ribbon.x1 + (ribbon.x3 - ribbon.x1) * share;
  return x >= Math.min(from, to) - 1 && x <= Math.max(from, to) + 1;
}

/** How far across a side is at this share of its height: 0 at the top, 1 at the bottom; straight for the first and last 6 %. */
export function sideAt(down: number): number {
  if (down <= 0.06) return 0;
  if (down >= 0.94) return 1;
  const cubic = (t: number, a: number, b: number, c: number, d: number): number =>
    (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t * t * c + t ** 3 * d;
  let low = 0,
    high = 1;
  for (let i = 0; i < 24; i++) {
    const t = (low + high) / 2;
    if (cubic(t, 0.06, 0.5, 0.5, 0.94) < down) low = t;
    else high = t;
  }
  return cubic(low, 0, 0, 1, 1);
}
