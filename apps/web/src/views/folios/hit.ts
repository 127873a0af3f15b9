import { FolioState } from '@mapscope/shared/trace';
import { byteUnder, sayBytes, sayMoment, sayOffset } from '../../axis/index.ts';
import { isInside } from '../../draw/index.ts';
import { type Hit, sayKnown, sayOrder, sayState } from '../hit.ts';
import { type FoliosScene, UNSEEN } from './scene.ts';

/** A block under the lens, a run of the now-strip, or what the waterfall shows of an earlier moment. */
export function hit(scene: FoliosScene, x: number, y: number): Hit | undefined {
  const cell = scene.lens?.cells.find((it) => isInside(it.box, x, y));
  if (cell) return cell.state === undefined ? undefined : hitRun(scene, { ...cell, state: cell.state });
  const { now, folios } = scene;
  if (isInside(now, x, y)) {
    const column = folios.columns.findLast((it) => x >= it.x && x < it.x + 1),
      bar = column
        ? folios.bars[column.gravest]
        : folios.columns.length > 0
          ? undefined
          : folios.bars.findLast((it) => isInside(it.box, x, y));
    return bar && hitRun(scene, bar);
  }
  return isInside(scene.fall, x, y) ? hitFall(scene, x, y) : undefined;
}

function hitRun(scene: FoliosScene, run: { from: bigint; to: bigint; state: number; order: number; how: number; since: bigint }): Hit {
  return {
    target: { kind: 'folio', inode: scene.inode, from: run.from, to: run.to },
    lines: [
      `${scene.name} ${sayState(run.state)}`,
      `file ${sayOffset(run.from, scene.notation, scene.blockSize)} +${sayBytes(run.to - run.from)}`,
      sayOrder(run.order, scene.pageSize),
      sayKnown(run.how, run.since, scene.origin),
    ],
  };
}

function hitFall(scene: FoliosScene, x: number, y: number): Hit | undefined {
  const row = scene.rows.findLast((it) => y >= it.y && y < it.y + it.h),
    stretch = row?.stretches.find((it) => x >= it.x && x < it.x + it.w);
  if (!row || !stretch) return undefined;
  const { axis, left } = scene,
    from = byteUnder(axis, stretch.x - left),
    to = byteUnder(axis, stretch.x + stretch.w - left),
    words =
      stretch.state === UNSEEN
        ? 'was not looked at'
        : stretch.state === FolioState.unknown
          ? 'was not known'
          : `was ${sayState(stretch.state)}`;
  return {
    target: { kind: 'folio', inode: scene.inode, from, to },
    lines: [
      scene.origin === undefined ? `${scene.name} ${words}` : `${scene.name} ${words} at ${sayMoment(row.at, scene.origin)}`,
      `file ${sayOffset(from, scene.notation, scene.blockSize)} +${sayBytes(to - from)}`,
      `${sayBytes(row.dirty)} dirty then`,
    ],
  };
}
