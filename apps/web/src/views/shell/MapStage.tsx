import { useMemo, useRef } from 'react';
import { toOffset } from '../../axis/index.ts';
import { axisOf, moves, type State, type Store } from '../../store/index.ts';
import { isInside } from '../../draw/index.ts';
import { GUTTER, type MapInput, type MapScene, mapView } from '../map/index.ts';
import type { Hit } from '../hit.ts';
import { Canvas } from '../parts/Canvas.tsx';
import type { Gestures } from '../parts/canvas-props.ts';
import { useScope } from '../scope.ts';
import { stageGestures } from './stage-gestures.ts';

const RIGHT = 20,
  FLASH_NS = 1_000_000_000n;

/** Whether anything changed so lately that it still flashes. */
const isFlashing = ({ file, pulse }: State): boolean => (pulse?.until ?? 0n) - (file?.changed.at(-1)?.at ?? 0n) < FLASH_NS;

function inputOf(state: State, now: bigint, width: number, height: number): MapInput | undefined {
  const { file, camera, notation } = state;
  if (!file) return undefined;
  return {
    window: file,
    axis: axisOf(camera, moves.subjectOf(file), width - GUTTER - RIGHT),
    notation,
    isCompact: height < 430,
    // Standing still while nothing flashes: the same input is not drawn again.
    now: isFlashing(state) ? now : (file.changed.at(-1)?.at ?? 0n) + FLASH_NS,
  };
}

export function MapStage({ onSay }: { readonly onSay: (say: string) => void }) {
  const { store } = useScope(),
    gestures = useMemo(() => mapGestures(store), [store]),
    heard = useRef({ until: -1n, at: 0 });
  /** Between two pulses the flash fades on by the clock on the wall. */
  const nowOf = (until: bigint): bigint => {
    if (heard.current.until !== until) heard.current = { until, at: performance.now() };
    return until + BigInt(Math.round((performance.now() - heard.current.at) * 1e6));
  };
  return (
    <Canvas<MapInput, MapScene, Hit>
      view={mapView}
      input={(state, _, { width, height }) => inputOf(state, nowOf(state.pulse?.until ?? 0n), width, height)}
      lit={(state) => state.hovered ?? state.selected}
      gestures={gestures}
      onScene={(scene) => onSay(scene.say)}
      isMoving={(scene) => scene.flashes.length > 0}
    />
  );
}

/** The bar of the whole file is a brush: what is drawn over it is what the lanes show. */
function mapGestures(store: Store): Gestures<MapScene> {
  const common = stageGestures<MapScene>(store, ({ lanes }) => lanes, mapView.hit);
  const isOnWhole = ({ lanes }: MapScene, x: number, y: number): boolean =>
    isInside({ ...lanes.whole, y: lanes.whole.y - 6, h: lanes.whole.h + 14 }, x, y);
  const offsetAt = ({ lanes }: MapScene, x: number): bigint => {
    const { file } = store.get(),
      within = Math.max(0, Math.min(lanes.whole.w, x - lanes.whole.x));
    return file ? toOffset(axisOf(undefined, moves.subjectOf(file), lanes.whole.w), within) : 0n;
  };
  return {
    ...common,
    onDrag(scene, drag) {
      if (!isOnWhole(scene, drag.start.x, drag.start.y)) return common.onDrag?.(scene, drag);
      const ends = [offsetAt(scene, drag.start.x), offsetAt(scene, drag.at.x)].sort((a, b) => (a < b ? -1 : 1)) as [bigint, bigint];
      if (ends[1] > ends[0]) store.move(moves.showExactly(ends[0], ends[1]));
    },
    onClick(scene, at) {
      if (!isOnWhole(scene, at.x, at.y)) return common.onClick?.(scene, at);
      store.move(moves.centreOn(offsetAt(scene, at.x)));
    },
    onDouble(scene, at) {
      if (isOnWhole(scene, at.x, at.y)) store.move(moves.showWhole);
      else common.onDouble?.(scene, at);
    },
  };
}
