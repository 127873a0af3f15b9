import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { addHole, common, fillHole, holeAt, type Holes, pieces } from './holes.ts';

const WIDE = 24;
const strokes = fc.array(fc.record({ isAdd: fc.boolean(), from: fc.nat(WIDE), size: fc.nat(8) }), { maxLength: 40 });

test('addHole, fillHole, holeAt, pieces and common agree with one cell a byte', () => {
  fc.assert(
    fc.property(strokes, fc.nat(WIDE), fc.nat(WIDE), (list, from, size) => {
      const holes: Holes = [],
        dense = Array<boolean>(2 * WIDE).fill(false);
      for (const stroke of list) {
        (stroke.isAdd ? addHole : fillHole)(holes, BigInt(stroke.from), BigInt(stroke.from + stroke.size));
        dense.fill(stroke.isAdd, stroke.from, stroke.from + stroke.size);
        for (const [i, [start, end]] of holes.entries()) {
          expect(start < end).toBe(true);
          // Apart, or they would be one.
          if (i > 0) expect(holes[i - 1]![1] < start).toBe(true);
        }
      }
      for (const at of dense.keys()) expect(holeAt(holes, BigInt(at))).toBe(dense[at]);
      for (const [ranges, wanted] of [
        [pieces, false],
        [common, true],
      ] as const) {
        const found = Array<boolean>(2 * WIDE).fill(false);
        for (const [start, end] of ranges(BigInt(from), BigInt(from + size), holes)) found.fill(true, Number(start), Number(end));
        expect(found).toEqual(dense.map((isHole, at) => isHole === wanted && at >= from && at < from + size));
      }
    }),
  );
});

test('addHole takes ranges in order and out of order', () => {
  const holes: Holes = [];
  for (const at of [0n, 4n, 8n, 2n, 6n]) addHole(holes, at, at + 2n);
  expect(holes).toEqual([[0n, 10n]]);
});
