import { useMemo, useRef } from 'react';
import { axisOf, moves } from '../../store/index.ts';
import type { Hit } from '../hit.ts';
import { Canvas } from '../parts/Canvas.tsx';
import { useScope } from '../scope.ts';
import { byteAt, type StripsInput, type StripsScene, stripsView } from '../strips/index.ts';
import { stageGestures } from './stage-gestures.ts';

export function StripsStage({ onSay }: { readonly onSay: (say: string) => void }) {
  const { store } = useScope(),
    gestures = useMemo(() => stageGestures<StripsScene>(store, (scene) => scene, stripsView.hit), [store]),
    scene = useRef<StripsScene>(undefined);
  return (
    <Canvas<StripsInput, StripsScene, Hit>
      view={stripsView}
      input={({ file, camera, notation, selected, hovered }, pointer, { width }) => {
        if (!file) return undefined;
        const axis = axisOf(camera, moves.subjectOf(file), stripsView.lane(width).width);
        const under = pointer && hovered && scene.current && byteAt(scene.current, axis, pointer.x, pointer.y);
        return { window: file, axis, notation, at: under ?? selected?.from };
      }}
      lit={(state) => state.hovered ?? state.selected}
      gestures={gestures}
      onScene={(drawn) => {
        scene.current = drawn;
        onSay(drawn.say);
      }}
    />
  );
}
