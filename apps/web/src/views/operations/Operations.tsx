import { useMemo, useState } from 'react';
import { moves, type State } from '../../store/index.ts';
import type { Hit } from '../hit.ts';
import { Canvas } from '../parts/Canvas.tsx';
import type { Gestures } from '../parts/canvas-props.ts';
import hidden from '../parts/hidden.module.css';
import { type Scope, usePick, useScope } from '../scope.ts';
import { goLive } from '../shell/time.ts';
import { OpTable } from '../tables/OpTable.tsx';
import { barAt, isOnOverview, isOnRuler, momentAt, overviewMomentAt } from './hit.ts';
import { operationsView } from './index.ts';
import styles from './Operations.module.css';
import type { OpsInput, OpsScene } from './scene.ts';

/** The timeline under everything: what was asked, when, and how long it took. */
export function Operations() {
  const scope = useScope(),
    { store } = scope,
    isBlank = usePick(({ file, ops, pulse }) => ops === undefined || (file === undefined && !pulse?.replay)),
    isOld = usePick(({ pulse }) => pulse?.link.is === 'lost' || (pulse?.link.is === 'connecting' && pulse.isSettled)),
    [isPanning, setPanning] = useState(false);
  const gestures = useMemo(() => timeGestures(scope, setPanning), [scope]);
  return (
    <section className={styles['operations']} aria-label="Operations" data-old={isOld}>
      {!isBlank && (
        <Canvas<OpsInput, OpsScene, Hit>
          view={operationsView}
          input={inputOf}
          lit={(state) => state.hovered ?? state.selected}
          gestures={gestures}
          onScene={({ left, right }) => store.move(moves.timeColumns(right - left))}
          isPanning={isPanning}
        />
      )}
      <div className={hidden['hidden']}>
        <OpTable />
      </div>
    </section>
  );
}

function inputOf({ ops, pulse, timeEnd, timeSpan, inode, path, selected }: State): OpsInput | undefined {
  if (!ops || !pulse) return undefined;
  const to = timeEnd ?? pulse.until,
    from = to > timeSpan ? to - timeSpan : 0n;
  return {
    window: ops,
    from,
    to: to > from ? to : from + 1n,
    origin: pulse.origin,
    until: pulse.until,
    newest: pulse.newest,
    isRecorded: pulse.isRecorded,
    isBack: pulse.replay !== undefined,
    inode,
    path,
    selectedOp: selected?.kind === 'op' ? selected.op : 0,
  };
}

function timeGestures(scope: Scope, setPanning: (isPanning: boolean) => void): Gestures<OpsScene> {
  const { store, feed } = scope;
  const span = (scene: OpsScene): number => scene.right - scene.left;
  return {
    onPoint(scene, at, page) {
      if (at && isOnOverview(scene, at.y)) {
        const bar = barAt(scene, at.x);
        return store.move(moves.hover(undefined, bar && { ...page, lines: bar.lines }));
      }
      const found = at && operationsView.hit(scene, at.x, at.y);
      store.move(moves.hover(found?.target, found && { ...page, lines: found.lines }));
    },
    onClick(scene, at) {
      if (isOnRuler(scene, at.x, at.y)) return feed.seek(momentAt(scene, at.x));
      if (!isOnOverview(scene, at.y)) return store.move(moves.select(operationsView.hit(scene, at.x, at.y)?.target));
      const half = store.get().timeSpan / 2n,
        middle = overviewMomentAt(scene, at.x);
      store.move(moves.showTime(middle > half ? middle - half : 0n, middle + half));
      feed.seek(middle);
    },
    onDrag(scene, { start, at, dx, isOver }) {
      store.move(moves.hover(undefined));
      if (isOnRuler(scene, start.x, start.y)) return feed.seek(momentAt(scene, at.x));
      if (!isOnOverview(scene, start.y)) {
        setPanning(!isOver);
        if (dx !== 0) store.move(moves.panTime(dx / span(scene)));
        return;
      }
      const ends = [overviewMomentAt(scene, start.x), overviewMomentAt(scene, at.x)].sort((a, b) => (a < b ? -1 : 1)) as [bigint, bigint];
      if (ends[1] > ends[0]) store.move(moves.showTime(ends[0], ends[1]));
      // The other views show the end of the range, once it is chosen.
      if (isOver) feed.seek(ends[1]);
    },
    onWheel(scene, at, { zoom, pan }) {
      if (zoom !== 1) store.move(moves.zoomTime(zoom, Math.max(0, Math.min(1, (at.x - scene.left) / span(scene)))));
      if (pan !== 0) store.move(moves.panTime(pan / span(scene)));
    },
    onDouble(scene, at) {
      if (!isOnRuler(scene, at.x, at.y)) return;
      goLive(scope);
    },
  };
}
