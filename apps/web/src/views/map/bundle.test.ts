import { MapType } from '@mapscope/shared/trace';
import { describe, expect, test } from 'vitest';
import { layMap } from '../gallery/lay.ts';
import { dice, K, story } from '../gallery/story.ts';
import { bundle } from './bundle.ts';
import { piecesOf } from './pieces.ts';
import { axisOver } from '../../axis/index.ts';
import { laneIn } from '../../draw/index.ts';

const { MAPPED, UNWRITTEN } = MapType;

/** `n` pieces of one block, each a block after the one before on the device: near, but never one extent. */
function comb(n: number, change: (k: number) => 'hole' | 'unwritten' | 'far' | undefined = () => undefined) {
  const it = story()
    .device(1, '/dev/disk', 1n << 40n)
    .file(1, 'a.dat', BigInt(n) * 4n * K);
  for (let k = 0; k < n; k++) {
    const at = BigInt(k) * 4n * K,
      how = change(k);
    if (how === 'hole') it.hole(1, at, 4n * K);
    else it.extent(1, at, 4n * K, how === 'unwritten' ? UNWRITTEN : MAPPED, at * 2n + (how === 'far' ? 1n << 30n : 0n));
  }
  const { data, size } = it.window(1),
    axis = axisOver(0n, size, 850);
  return bundle(piecesOf(data, 'data', laneIn(axis, { x: 76, y: 0, w: 850, h: 28 }), size), axis.bytesPerPx);
}

describe('bundle', () => {
  test('leaves up to 400 pieces alone', () => {
    expect(comb(400)).toHaveLength(400);
  });

  test('makes one of neighbours that are within 3 px in the file and on the device', () => {
    const bundles = comb(2000);
    expect(bundles).toHaveLength(1);
    expect(bundles[0]).toMatchObject({
      pieces: 2000,
      from: 0n,
      to: 2000n * 4n * K,
      place: { device: 1, from: 0n, to: 2000n * 8n * K - 4n * K },
    });
  });

  test('breaks at a hole of one block', () => {
    expect(comb(2000, (k) => (k === 900 ? 'hole' : undefined)).map(({ pieces }) => pieces)).toEqual([900, 1099]);
  });

  test('breaks where the kind changes, or the place is far away', () => {
    expect(comb(2000, (k) => (k === 900 ? 'unwritten' : undefined)).map(({ pieces }) => pieces)).toEqual([900, 1, 1099]);
    expect(comb(2000, (k) => (k === 900 ? 'far' : undefined)).map(({ pieces }) => pieces)).toEqual([900, 1, 1099]);
  });
});

describe('bandsOf', () => {
  test('leaves no more than 800, and no byte out', () => {
    const roll = dice(11),
      n = 5000,
      it = story()
        .device(1, '/dev/disk', 1n << 40n)
        .file(1, 'a.dat', BigInt(n) * 4n * K);
    for (let k = 0; k < n; k++) it.extent(1, BigInt(k) * 4n * K, 4n * K, MAPPED, BigInt(roll(1 << 16)) * 64n * K);
    const { ribbons, deviceBars, deviceColumns, lanes } = layMap(it.window(1));
    expect(ribbons.length).toBeLessThanOrEqual(800);
    expect(ribbons.reduce((sum, { piece }) => sum + piece.pieces, 0)).toBe(n);
    for (const { x0, x1, x2, x3, weight } of ribbons) {
      expect(Math.min(x0, x2)).toBeGreaterThanOrEqual(lanes.left);
      expect(Math.max(x1, x3)).toBeLessThanOrEqual(lanes.right);
      expect(weight).toBeLessThan(1);
    }
    // Too many places for a bar each: columns, of which none is fuller than it is.
    expect(deviceBars).toEqual([]);
    for (const { parts } of deviceColumns) expect(parts.reduce((sum, { h }) => sum + h, 0)).toBeLessThan(lanes.device.h);
  });
});
