import { useMemo, useRef } from 'react';
import { axisOf, moves, type State, type Store } from '../../store/index.ts';
import { isOnWhole, type MapInput, type MapScene, mapView, wholeOffset } from '../map/index.ts';
import type { Hit } from '../hit.ts';
import { Canvas } from '../parts/Canvas.tsx';
import type { Gestures } from '../parts/canvas-props.ts';
import { useScope } from '../scope.ts';
import { stageGestures } from './stage-gestures.ts';

const FLASH_NS = 1_000_000_000n,
  /** Height of this canvas in a window of 780 px: below, the lanes are compact (visual.md). */
  COMPACT_BELOW = 508;

/** Whether anything changed so lately that it still flashes. */
const isFlashing = ({ file, pulse }: State): boolean => (pulse?.until ?? 0n) - (file?.changed.at(-1)?.at ?? 0n) < FLASH_NS;

function inputOf(state: State, now: bigint, width: number, height: number): MapInput | undefined {
  const { file, camera, notation } = state;
  if (!file) return undefined;
  return {
    window: file,
    axis: axisOf(camera, moves.subjectOf(file), mapView.lane(width).width),
    notation,
    isCompact: height < COMPACT_BELOW,
    // Standing still while nothing flashes: the same input is not drawn again.
    now: isFlashing(state) ? now : (file.changed.at(-1)?.at ?? 0n) + FLASH_NS,
    origin: state.pulse?.origin,
    isStill: matchMedia('(prefers-reduced-motion: reduce)').matches,
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
  return {
    ...common,
    onDrag(scene, drag) {
      if (!isOnWhole(scene, drag.start.x, drag.start.y)) return common.onDrag?.(scene, drag);
      const ends = [wholeOffset(scene, drag.start.x), wholeOffset(scene, drag.at.x)].sort((a, b) => (a < b ? -1 : 1)) as [bigint, bigint];
      if (ends[1] > ends[0]) store.move(moves.showExactly(ends[0], ends[1]));
    },
    onClick(scene, at) {
      if (!isOnWhole(scene, at.x, at.y)) return common.onClick?.(scene, at);
      store.move(moves.centreOn(wholeOffset(scene, at.x)));
    },
    onDouble(scene, at) {
      if (isOnWhole(scene, at.x, at.y)) store.move(moves.showWhole);
      else common.onDouble?.(scene, at);
    },
  };
}
