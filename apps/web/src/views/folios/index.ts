import { sayBytes, sayOffset } from '../../axis/index.ts';
import { isInside, type View } from '../../draw/index.ts';
import type { Target } from '../../feed/target.ts';
import { type Hit, sayHow } from '../hit.ts';
import { sayState } from '../map/hit.ts';
import { draw } from './draw.ts';
import { layout } from './layout.ts';
import type { FoliosInput, FoliosScene } from './scene.ts';

export type { FoliosInput, FoliosScene, Moment } from './scene.ts';

function hit(scene: FoliosScene, x: number, y: number): Hit | undefined {
  const found = scene.lens?.cells.find((cell) => isInside(cell.box, x, y)) ?? scene.bars.findLast((bar) => isInside(bar.box, x, y));
  if (!found) return undefined;
  return {
    target: { kind: 'folio', inode: scene.inode, from: found.from, to: found.to },
    lines: [
      sayState(found.state),
      `file ${sayOffset(found.from, 'dec')} +${sayBytes(found.to - found.from)}`,
      found.order === 0xff ? 'folio order not known' : `folios of order ${found.order}`,
      sayHow(found.how),
    ],
  };
}

/** The page cache of a file: now, under a lens, and as it came to be. */
export const foliosView: View<FoliosInput, FoliosScene, Hit, Target> = { name: 'Folios', layout, draw, hit };
