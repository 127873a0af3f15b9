import { toOffset, sayBytes, sayOffset } from '../../axis/index.ts';
import { isInside, type View } from '../../draw/index.ts';
import type { Target } from '../../feed/target.ts';
import type { Hit } from '../hit.ts';
import { draw } from './draw.ts';
import { layout } from './layout.ts';
import type { StripsInput, StripsScene } from './scene.ts';

export type { StripsInput, StripsScene } from './scene.ts';
export { arithmetic } from './sums.ts';

function hit(scene: StripsScene, x: number, y: number): Hit | undefined {
  const onAxis = scene.chunks.find((chunk) => isInside(chunk.box, x, y));
  const cell = onAxis
    ? scene.cells.find((c) => c.chunk === onAxis.chunk)
    : scene.cells.find((c) => isInside({ ...c.box, w: c.used }, x, y));
  if (!cell) return undefined;
  return {
    target: { kind: 'chunk', inode: scene.inode, layout: cell.layout, from: cell.from, to: cell.to },
    lines: [
      `chunk ${cell.chunk} · row ${cell.row} · strip ${cell.strip}`,
      `file ${sayOffset(cell.from, 'dec')} +${sayBytes(cell.to - cell.from)}`,
      `device ${cell.device} ${sayOffset(cell.addr, 'dec')}`,
    ],
  };
}

/** The file offset under a point, for the arithmetic: along the axis, or inside a cell. */
export function byteAt(scene: StripsScene, axis: StripsInput['axis'], x: number, y: number): bigint | undefined {
  const along = scene.chunks.find((chunk) => isInside(chunk.box, x, y));
  if (along) return toOffset(axis, x - scene.left);
  const cell = scene.cells.find((c) => isInside({ ...c.box, w: c.used }, x, y));
  return cell && cell.from + BigInt(Math.floor(((x - cell.box.x) / Math.max(1, cell.used)) * Number(cell.to - cell.from)));
}

/** An interleaved extent as rows of chunks in columns of strips. */
export const stripsView: View<StripsInput, StripsScene, Hit, Target> = { name: 'Strips', layout, draw, hit };
