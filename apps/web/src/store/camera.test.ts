import { describe, expect, test } from 'vitest';
import { toPx } from '../axis/index.ts';
import { around, axisOf, panned, rangeToAsk, type Subject, zoomed } from './camera.ts';

const MiB = 1n << 20n;
const file: Subject = { end: 8n * MiB, blockSize: 4096 };

describe('axisOf', () => {
  test('shows the whole file where there is no camera, whatever the width', () => {
    expect(toPx(axisOf(undefined, file, 800), 8n * MiB)).toBeCloseTo(800);
    expect(toPx(axisOf(undefined, file, 333), 8n * MiB)).toBeCloseTo(333);
  });
});

describe('zoomed', () => {
  test('keeps the byte under the pointer where it is', () => {
    const camera = zoomed(undefined, file, 800, 4, 200);
    expect(toPx(axisOf(camera, file, 800), 2n * MiB)).toBeCloseTo(200);
    expect(camera!.bytes).toBeCloseTo(Number(2n * MiB));
  });
  test('comes back to "the whole file, however it grows" when zoomed out', () => {
    expect(zoomed(zoomed(undefined, file, 800, 4, 200), file, 800, 1 / 8, 400)).toBeUndefined();
  });
  test('stops at 16 blocks', () => {
    expect(zoomed(undefined, file, 800, 1e9, 400)!.bytes).toBeCloseTo(16 * 4096);
  });
});

describe('panned', () => {
  test('keeps pans that are smaller than a byte', () => {
    let camera = zoomed(undefined, file, 70_000, 1e9, 35_000);
    const before = axisOf(camera, file, 70_000);
    for (let k = 0; k < 10; k++) camera = panned(camera, file, 70_000, -0.1);
    expect(toPx(before, 4n * MiB) - toPx(axisOf(camera, file, 70_000), 4n * MiB)).toBeCloseTo(1, 3);
  });
  test('stops at both ends', () => {
    const camera = zoomed(undefined, file, 800, 4, 0);
    expect(panned(camera, file, 800, 500)!.from).toBe(0n);
    expect(panned(camera, file, 800, -1e9)!.from).toBe(6n * MiB);
  });
});

test('around shows a range with air on both sides', () => {
  const camera = around(4n * MiB, 5n * MiB, file)!;
  const axis = axisOf(camera, file, 1300);
  expect(toPx(axis, 4n * MiB)).toBeCloseTo(150, 0);
  expect(toPx(axis, 5n * MiB)).toBeCloseTo(1150, 0);
});

describe('rangeToAsk', () => {
  test('has as much on each side again, and stays the same for small pans', () => {
    const camera = zoomed(undefined, file, 800, 8, 400)!,
      asked = rangeToAsk(camera);
    expect(asked.from).toBeLessThanOrEqual(camera.from - BigInt(Math.floor(camera.bytes)));
    expect(asked.to!).toBeGreaterThanOrEqual(camera.from + BigInt(Math.ceil(camera.bytes * 2)));
    expect(rangeToAsk(panned(camera, file, 800, -20))).toEqual(asked);
  });
  test('of the whole file has no end: the file may grow', () => {
    expect(rangeToAsk(undefined)).toEqual({ from: 0n, to: undefined });
  });
});
