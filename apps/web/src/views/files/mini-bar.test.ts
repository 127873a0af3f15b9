import { describe, expect, test } from 'vitest';
import { barOf } from './mini-bar.ts';

const runs = (...list: [from: number, to: number, type: number][]) =>
  ({
    n: list.length,
    from: BigUint64Array.from(list, ([from]) => BigInt(from)),
    to: BigUint64Array.from(list, ([, to]) => BigInt(to)),
    type: Uint16Array.from(list, ([, , type]) => type),
    flags: new Uint32Array(list.length),
    state: Uint8Array.from(list, ([, , state]) => state),
  }) as never;
const none = runs();

describe('barOf', () => {
  test('puts the file on its width, holes below everything else', () => {
    expect(barOf({ overview: runs([0, 500, 2], [500, 1000, 0]), overviewDirty: none, size: 1000n }, 100)).toEqual([
      { of: 'map', x: 50, w: 50, type: 0, flags: 0 },
      { of: 'map', x: 0, w: 50, type: 2, flags: 0 },
    ]);
  });
  test('keeps one dirty page of a large file at two pixels, inside the bar', () => {
    const parts = barOf({ overview: none, overviewDirty: runs([999_999, 1_000_000, 4]), size: 1_000_000n }, 100);
    expect(parts).toEqual([{ of: 'cache', x: 98, w: 2, state: 4 }]);
  });
  test('cuts what lies past the end', () => {
    expect(barOf({ overview: runs([0, 4000, 2], [5000, 6000, 2]), overviewDirty: none, size: 1000n }, 100)).toEqual([
      { of: 'map', x: 0, w: 100, type: 2, flags: 0 },
    ]);
  });
  test('of an empty file is empty', () => {
    expect(barOf({ overview: runs([0, 4096, 0]), overviewDirty: none, size: 0n }, 100)).toEqual([]);
  });
});
