// @vitest-environment happy-dom
import { act, cleanup } from '@testing-library/react';
import { Profiler } from 'react';
import { afterEach, expect, test } from 'vitest';
import { axisOf, moves } from '../store/index.ts';
import { stage } from '../testing/stage.tsx';
import { Inspector } from './inspector/Inspector.tsx';
import { isSame } from './scope.ts';
import { Stage } from './shell/Stage.tsx';
import { TopBar } from './shell/TopBar.tsx';

afterEach(cleanup);

test('a pulse of which only the clock is another renders neither top bar nor stage nor inspector anew', () => {
  let renders = 0;
  const { store } = stage(
    <Profiler id="page" onRender={() => renders++}>
      <TopBar />
      <Stage />
      <Inspector />
    </Profiler>,
    { isTable: true },
  );
  const before = renders,
    { pulse } = store.get();
  // It comes from the worker as a copy: nothing in it is what it was by reference.
  act(() => store.move(moves.hearPulse({ ...structuredClone(pulse!), until: pulse!.until + 1_000_000n })));
  expect(renders - before).toBe(0);
});

test('isSame compares plain objects and lists by what is in them, and anything else by what it is', () => {
  const counts = new Uint32Array(2),
    axis = axisOf(undefined, { end: 8192n, blockSize: 4096 }, 800);
  expect(isSame({ axis, counts, of: [{ at: 1n }] }, { axis: { ...axis }, counts, of: [{ at: 1n }] })).toBe(true);
  expect(isSame({ axis, counts }, { axis: { ...axis, start: 1n }, counts })).toBe(false);
  expect(isSame({ counts }, { counts: counts.slice() })).toBe(false);
  expect(isSame({ of: [1, 2] }, { of: [1] })).toBe(false);
  expect(isSame({ of: [1] }, { of: { 0: 1 } })).toBe(false);
  expect(isSame({ a: undefined }, { b: undefined })).toBe(false);
});
