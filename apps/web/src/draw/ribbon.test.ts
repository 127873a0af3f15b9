import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isOnStrand, shareAcross } from './index.ts';

describe('shareAcross', () => {
  test('stands still for the first and last 6 %, is half way in the middle, and never goes back', () => {
    expect([0, 0.06, 0.5, 0.94, 1].map(shareAcross)).toEqual([0, 0, expect.closeTo(0.5, 5), 1, 1]);
    for (let k = 1; k <= 100; k++) expect(shareAcross(k / 100)).toBeGreaterThanOrEqual(shareAcross((k - 1) / 100));
  });

  test('mirrors: as far from the top above the middle as from the bottom below', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (down) => {
        expect(shareAcross(down) + shareAcross(1 - down)).toBeCloseTo(1, 5);
      }),
    );
  });
});

test('isOnStrand holds the middle of a ribbon at every height, and a pixel beside it', () => {
  const strand = { x0: 100, x1: 110, x2: 400, x3: 410 };
  for (const down of [0, 0.3, 0.5, 0.8, 1]) {
    const across = shareAcross(down),
      left = 100 + 300 * across;
    expect(isOnStrand(strand, left + 5, across)).toBe(true);
    expect(isOnStrand(strand, left - 0.9, across)).toBe(true);
    expect(isOnStrand(strand, left - 1.1, across)).toBe(false);
    expect(isOnStrand(strand, left + 11.1, across)).toBe(false);
  }
});
