import { NO_ADDR } from '@mapscope/shared/trace';
import { sayBytes, sayOffset, toOffset } from '../../axis/index.ts';
import { isInside, isOnStrand, shareAcross } from '../../draw/index.ts';
import type { Hit } from '../hit.ts';
import type { Cell, StripsInput, StripsScene } from './scene.ts';

const isOnCell = (cell: Cell, x: number, y: number): boolean => isInside({ ...cell.box, w: Math.max(cell.used, 1) }, x, y);

/** A chunk: along the file, in its strip, or on its way between. */
export function hit(scene: StripsScene, x: number, y: number): Hit | undefined {
  const chunk = scene.chunks.find(({ box }) => isInside(box, x, y))?.chunk ?? onRibbon(scene, x, y),
    cell =
      chunk === undefined
        ? scene.grid.cells.find((it) => isOnCell(it, x, y))
        : scene.grid.cells.find((it) => it.rows === 1n && it.chunk === chunk);
  return cell && hitCell(scene, cell);
}

function onRibbon({ ribbons, fallFrom, fallTo }: StripsScene, x: number, y: number): bigint | undefined {
  if (y < fallFrom || y >= fallTo) return undefined;
  const across = shareAcross((y - fallFrom) / (fallTo - fallFrom));
  return ribbons.findLast((ribbon) => isOnStrand(ribbon, x, across))?.chunk;
}

function hitCell({ inode, name, notation, blockSize, deviceNames }: StripsScene, cell: Cell): Hit {
  const many = cell.rows > 1n,
    device = deviceNames.get(cell.device) ?? `device ${cell.device}`,
    file = `file ${sayOffset(cell.from, notation, blockSize)} +${sayBytes(cell.to - cell.from)}`;
  return {
    target: { kind: 'chunk', inode, layout: cell.layout, from: cell.from, to: cell.to },
    lines: many
      ? [`${name} strip ${cell.strip}`, `rows ${cell.row} to ${cell.row + cell.rows - 1n}`, file]
      : [
          `${name} chunk ${cell.chunk}`,
          `row ${cell.row} · strip ${cell.strip}`,
          file,
          cell.addr === NO_ADDR ? 'its strip was not told yet' : `${device} ${sayOffset(cell.addr, notation, blockSize)}`,
          ...(cell.isShort ? ['the strip ends before it does'] : cell.isOverlapped ? ['another strip has bytes of it too'] : []),
        ],
  };
}

/** The file offset under a point, for the arithmetic: along the axis, or inside a cell. */
export function byteAt(scene: StripsScene, axis: StripsInput['axis'], x: number, y: number): bigint | undefined {
  const { covered, along } = scene;
  if (covered && isInside({ ...along, x: covered.x, w: covered.w }, x, y)) return toOffset(axis, x - scene.left);
  const cell = scene.grid.cells.find((it) => isOnCell(it, x, y));
  if (!cell) return undefined;
  return cell.from + (cell.rows > 1n ? 0n : BigInt(Math.floor(((x - cell.box.x) / Math.max(1, cell.used)) * Number(cell.to - cell.from))));
}
