import fc from 'fast-check';
import { expect, test } from 'vitest';
import { axis } from '../axis/index.ts';
import { boxOf, edgesOf, laneIn, LEAST_PX } from './index.ts';

const lane = laneIn(axis(1000n, 10), { x: 76, y: 5, w: 100, h: 20 });

test('edgesOf cuts at the ends of the lane, keeps what is thinner than a pixel, and has none out of view', () => {
  expect(edgesOf(lane, 0n, 1005n)).toEqual([76, 76.5]);
  expect(edgesOf(lane, 1990n, 9000n)).toEqual([175, 176]);
  expect(edgesOf(lane, 0n, 1000n)).toBeUndefined();
  expect(edgesOf(lane, 2000n, 2100n)).toBeUndefined();
});

test('boxOf is 2 px wide or more and never leaves its lane', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 3000n }), fc.bigInt({ min: 1n, max: 3000n }), (from, length) => {
      const box = boxOf(lane, from, from + length);
      if (!box) return;
      expect(box.w).toBeGreaterThanOrEqual(LEAST_PX);
      expect(box.x).toBeGreaterThanOrEqual(76);
      expect(box.x + box.w).toBeLessThanOrEqual(176);
    }),
  );
});
