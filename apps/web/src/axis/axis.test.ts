import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { axis, axisOver, byteUnder, confine, pan, toOffset, toPx, zoom } from './index.ts';

const starts = fc.bigInt({ min: 0n, max: 2n ** 63n });
const scales = fc.double({ min: 0.01, max: 1e9, noNaN: true });

describe('toPx and toOffset', () => {
  test('are inverse for every byte in view, near 2^63 too', () => {
    fc.assert(
      fc.property(starts, scales, fc.nat(4000), (start, bytesPerPx, px) => {
        const a = axis(start, bytesPerPx),
          at = start + BigInt(Math.floor(px * bytesPerPx));
        expect(toOffset(a, toPx(a, at))).toBe(at);
      }),
    );
  });

  test('byteUnder floors between two bytes', () => {
    const a = axis(100n, 10);
    expect(byteUnder(a, 0.99)).toBe(109n);
    expect(byteUnder(a, 1)).toBe(110n);
  });
});

describe('pan and zoom', () => {
  test('pan keeps what is smaller than a byte', () => {
    let a = axis(1000n, 0.01);
    for (let i = 0; i < 50; i++) a = pan(a, -1);
    expect(toPx(a, 1000n)).toBeCloseTo(-50, 6);
  });

  test('pan by nothing and zoom by one are the axis itself', () => {
    const a = axis(5n, 3);
    expect(pan(a, 0)).toBe(a);
    expect(zoom(a, 1, 10)).toBe(a);
  });

  test('zoom keeps the byte under the pointer', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 40 }),
        fc.double({ min: 1, max: 1e6, noNaN: true }),
        fc.double({ min: 0.2, max: 5, noNaN: true }),
        fc.nat(2000),
        (start, bytesPerPx, factor, px) => {
          const a = axis(BigInt(start), bytesPerPx),
            at = byteUnder(a, px);
          expect(Math.abs(toPx(zoom(a, factor, px), at) - px)).toBeLessThan(factor + 1);
        },
      ),
    );
  });
});

describe('confine', () => {
  test('shows the whole file when zoomed out too far', () => {
    expect(confine(axis(-5n, 1e9), 8192n, 100, 16)).toEqual(axis(0n, 81.92));
  });
  test('does not pan past the end', () => {
    expect(toOffset(confine(axis(8000n, 10), 8192n, 100, 16), 100)).toBe(8192n);
  });
  test('gives an empty file one closest step', () => {
    expect(confine(axis(0n, 1), 0n, 100, 4096)).toEqual(axis(0n, 40.96));
  });
  test('an axis over nothing is one byte a pixel', () => {
    expect(axisOver(7n, 7n, 100)).toEqual(axis(7n, 1));
  });
});
