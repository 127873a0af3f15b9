import { useMemo, useRef } from 'react';
import { byteUnder } from '../../axis/index.ts';
import { axisOf, moves } from '../../store/index.ts';
import { type FoliosInput, type FoliosScene, foliosView } from '../folios/index.ts';
import type { Hit } from '../hit.ts';
import { Canvas } from '../parts/Canvas.tsx';
import { useScope } from '../scope.ts';
import { stageGestures } from './stage-gestures.ts';

export function FoliosStage({ onSay }: { readonly onSay: (say: string) => void }) {
  const { store } = useScope(),
    gestures = useMemo(() => stageGestures<FoliosScene>(store, (scene) => scene, foliosView.hit), [store]),
    scene = useRef<FoliosScene>(undefined),
    lensAt = useRef<bigint>(undefined);
  return (
    <Canvas<FoliosInput, FoliosScene, Hit>
      view={foliosView}
      input={({ file, camera, notation, past, selected, pulse }, pointer, { width }) => {
        if (!file) return undefined;
        const axis = axisOf(camera, moves.subjectOf(file), foliosView.lane(width).width);
        // The lens stays over what was pointed at last: it is looked into with the pointer.
        const now = scene.current?.now;
        if (pointer && now && pointer.y >= now.y - 8 && pointer.y < now.y + now.h + 8 && pointer.x >= now.x && pointer.x < now.x + now.w)
          lensAt.current = byteUnder(axis, pointer.x - now.x);
        return {
          window: file,
          axis,
          notation,
          lensAt: lensAt.current ?? (selected?.kind === 'folio' ? selected.from : undefined),
          past,
          origin: pulse?.origin,
          isBack: pulse?.replay !== undefined,
        };
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
