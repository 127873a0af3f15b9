import type { Target } from '../../feed/target.ts';
import { moves, type Store } from '../../store/index.ts';
import type { Hit } from '../hit.ts';
import type { Gestures, Point } from '../parts/canvas-props.ts';

/** Where along a canvas the bytes of the file are. */
export interface LaneSpan {
  readonly left: number;
  readonly right: number;
}

/** What all views over a file's axis do alike: point lights up, click selects, drag pans, wheel zooms, double click looks closer. */
export function stageGestures<Scene>(
  store: Store,
  lane: (scene: Scene) => LaneSpan,
  hit: (scene: Scene, x: number, y: number) => Hit | undefined,
): Gestures<Scene> {
  const targetAt = (scene: Scene, at: Point): Target | undefined => hit(scene, at.x, at.y)?.target;
  return {
    onPoint(scene, at, page) {
      const found = at && hit(scene, at.x, at.y);
      store.move(moves.hover(found?.target, found && { ...page, lines: found.lines }));
    },
    onClick: (scene, at) => store.move(moves.select(targetAt(scene, at))),
    onDouble(scene, at) {
      const target = targetAt(scene, at);
      store.move(target && target.to > target.from ? moves.showRange(target.from, target.to) : moves.showWhole);
    },
    onDrag(scene, { dx }) {
      const { left, right } = lane(scene);
      store.move(moves.hover(undefined));
      if (dx !== 0) store.move(moves.panFile(dx, right - left));
    },
    onWheel(scene, at, { zoom, pan }) {
      const { left, right } = lane(scene),
        width = right - left;
      if (zoom !== 1) store.move(moves.zoomFile(zoom, Math.max(0, Math.min(width, at.x - left)), width));
      if (pan !== 0) store.move(moves.panFile(pan, width));
    },
  };
}
