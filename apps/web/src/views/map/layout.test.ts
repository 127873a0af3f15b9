import { MapType } from '@mapscope/shared/trace';
import { MapFlag } from '@mapscope/shared/wire';
import { describe, expect, test } from 'vitest';
import type { Box } from '../../draw/index.ts';
import { layMap } from '../gallery/lay.ts';
import { pictures } from '../gallery/scenes.ts';
import { K, M, story } from '../gallery/story.ts';
import { axisLane } from './lanes.ts';
import { isOnWhole, wholeOffset } from './whole.ts';
import { GUTTER } from '../gutter.ts';

const { MAPPED, UNWRITTEN, DELALLOC } = MapType;
const disk = () =>
  story()
    .device(1, '/dev/disk', 64n * M)
    .file(1, 'a.dat', 8n * M);
const names = Object.keys(pictures).filter((name) => name.startsWith('map-'));
const sizes = [
  [946, 588],
  [836, 448],
  [500, 300],
] as const;

describe('layout', () => {
  test.each(names.flatMap((name) => sizes.map(([width, height]) => [name, width, height] as const)))(
    'keeps all of %s inside the lanes at %i × %i',
    (name, width, height) => {
      const { window, range, isCompact } = pictures[name]!(),
        scene = layMap(window, { range, isCompact, width, height }),
        { left, right } = scene.lanes;
      const boxes: Box[] = [
        ...scene.map.pieces.map(({ box }) => box),
        ...scene.map.columns.map(({ x, parts }) => ({ x, w: 1, y: parts[0]!.y, h: 1 })),
        ...scene.pending.map(({ box }) => box),
        ...scene.folios.bars.map(({ box }) => box),
        ...scene.deviceBars.map(({ box }) => box),
        ...scene.whole.pieces.map(({ x, w }) => ({ x, w, y: 0, h: 1 })),
        ...scene.ribbons.flatMap(({ x0, x1, x2, x3 }) => [
          { x: x0, w: x1 - x0, y: 0, h: 1 },
          { x: x2, w: x3 - x2, y: 0, h: 1 },
        ]),
        ...scene.threads.flatMap(({ x0, x1, end }) => [
          { x: x0, w: x1 - x0, y: 0, h: 1 },
          ...(typeof end === 'string' ? [] : [{ x: end[0], w: end[1] - end[0], y: 0, h: 1 }]),
        ]),
        ...(scene.sharer?.map.pieces.map(({ box }) => box) ?? []),
      ];
      expect(boxes.length).toBeGreaterThan(0);
      for (const { x, w } of boxes) {
        expect(x).toBeGreaterThanOrEqual(left - 1e-6);
        expect(x + w).toBeLessThanOrEqual(right + 1e-6);
      }
      for (const box of [scene.lanes.whole, scene.lanes.folios, scene.lanes.pending, scene.lanes.map, scene.lanes.ribbons])
        expect(box.h).toBeGreaterThan(0);
    },
  );

  test('keeps ribbons as wide as their bytes where the device is at the same scale', () => {
    const scene = layMap(
      disk()
        .extent(1, 0n, 2n * M, MAPPED, 20n * M)
        .extent(1, 2n * M, M, UNWRITTEN, 40n * M)
        .window(1),
    );
    expect(scene.device.scale).toBe(1);
    for (const { x0, x1, x2, x3 } of scene.ribbons) expect(x3 - x2).toBeCloseTo(x1 - x0, 3);
    expect(scene.say).toContain('device at the same scale · 2 places');
  });

  test('shrinks all places alike where they do not fit, and says so', () => {
    const it = disk();
    for (let k = 0n; k < 8n; k++) it.extent(1, k * M, M, MAPPED, k * 8n * M);
    const scene = layMap(it.window(1)),
      ratios = scene.ribbons.map(({ x0, x1, x2, x3 }) => (x3 - x2) / (x1 - x0));
    expect(scene.device.scale).toBeLessThan(1);
    expect(Math.max(...ratios) - Math.min(...ratios)).toBeLessThan(0.01);
    expect(scene.say).toContain(`device at ${scene.device.scale.toFixed(2)}×`);
  });

  test('leads the part that is in view to its place, not the whole piece', () => {
    const scene = layMap(
      disk()
        .extent(1, 0n, 8n * M, MAPPED, 16n * M)
        .window(1),
      { range: [2n * M, 3n * M] },
    );
    expect(scene.ribbons[0]!.piece).toMatchObject({ from: 0n, to: 8n * M, place: { from: 18n * M } });
    expect(scene.device.stretches[0]!.used).toBe(18n * M);
    // All of the lane but the padding of the place, 5 px on each side.
    expect(scene.ribbons[0]!.x3 - scene.ribbons[0]!.x2).toBeCloseTo(840, 0);
  });

  test('draws long ribbons first', () => {
    const { ribbons } = layMap(pictures['map-600-zoom']!().window),
      widths = ribbons.map(({ x0, x1 }) => x1 - x0);
    expect(widths).toEqual(widths.toSorted((a, b) => b - a));
  });

  test('never gives delalloc a ribbon, but a stub and its words', () => {
    const scene = layMap(
      disk()
        .extent(1, 0n, M, MAPPED, M)
        .pending(1, 2n * M, 2n * M, DELALLOC)
        .window(1),
    );
    expect(scene.ribbons.map(({ piece }) => piece.type)).toEqual([MAPPED]);
    expect(scene.stubs).toMatchObject([{ h: 64 }]);
    expect(scene.words.map(({ text }) => text)).toEqual(expect.arrayContaining(['delalloc 2 MiB', 'no place yet']));
  });

  test('says copy on write where a pending range has a place', () => {
    const scene = layMap(
      disk()
        .extent(1, 0n, 8n * M, MAPPED, 0n)
        .pending(1, 2n * M, 12n * K, UNWRITTEN, 40n * M)
        .window(1),
    );
    expect(scene.words.some(({ text }) => text === 'copy on write 12 KiB')).toBe(true);
  });

  test('gives flags without a mark letters from 40 px on', () => {
    const tags = (bytes: bigint): string[] =>
      layMap(
        disk()
          .extent(1, 0n, bytes, MAPPED, 0n, { flags: MapFlag.STALE | MapFlag.SIZE_CHANGED })
          .window(1),
      )
        .words.filter(({ role }) => role === 'tag')
        .map(({ text }) => text);
    expect(tags(M)).toEqual(['St', 'Sz']);
    expect(tags(256n * K)).toEqual([]);
  });

  test('marks what is not known with a question, and says if it was known before a loss', () => {
    const texts = (it: ReturnType<typeof disk>): string[] => layMap(it.window(1)).words.map(({ text }) => text);
    expect(texts(disk().extent(1, 0n, M, MAPPED, 0n))).toContain('? not known');
    expect(
      texts(
        disk()
          .extent(1, 0n, 8n * M, MAPPED, 0n)
          .lost(3n),
      ),
    ).toContain('? not known since a loss');
  });

  test('flashes what changed in the last 900 ms, and the edge alone when that is more than 60 ranges', () => {
    const window = disk().window(1),
      changed = (n: number) =>
        Array.from({ length: n }, (_, k) => ({ from: BigInt(k) * 64n * K, to: BigInt(k) * 64n * K + 4n * K, at: 1_000_000_000n })),
      flashes = (n: number, now: bigint, isStill = false) => layMap({ ...window, changed: changed(n) }, { now, isStill }).flashes;
    expect(flashes(2, 1_450_000_000n)).toMatchObject([{ age: 0.5 }, { age: 0.5 }]);
    expect(flashes(2, 1_450_000_000n, true)).toMatchObject([{ age: 0 }, { age: 0 }]);
    expect(flashes(2, 1_900_000_000n)).toEqual([]);
    expect(flashes(61, 1_450_000_000n)).toMatchObject([{ age: 0.5, isEdge: true }]);
  });

  test('has lower lanes when compact, and drops the other file where there is no room', () => {
    const { window } = pictures['map-plain']!(),
      normal = layMap(window),
      compact = layMap(window, { isCompact: true });
    expect([normal.lanes.map.h, compact.lanes.map.h, normal.lanes.device.h, compact.lanes.device.h]).toEqual([28, 20, 26, 20]);
    expect(normal.sharer).toBeDefined();
    expect(layMap(window, { height: 280 }).sharer).toBeUndefined();
  });

  test('leaves the lanes the width that the axis of the page has', () => {
    expect(axisLane(GUTTER + 850 + 20)).toEqual({ left: GUTTER, width: 850 });
  });
});

describe('the bar of the whole file', () => {
  const scene = layMap(
    disk()
      .extent(1, 0n, 8n * M, MAPPED, 0n)
      .window(1),
    { range: [2n * M, 4n * M] },
  );

  test('has a brush around what is in view', () => {
    expect(scene.whole.brush).toMatchObject({ x: expect.closeTo(GUTTER + 212.5, 3), w: expect.closeTo(212.5, 3) });
  });

  test('wholeOffset answers the offset under a pixel, and stays in the file when a drag leaves it', () => {
    expect(wholeOffset(scene, GUTTER)).toBe(0n);
    expect(wholeOffset(scene, GUTTER + 425)).toBe(4n * M);
    expect([wholeOffset(scene, -500), wholeOffset(scene, 5000)]).toEqual([0n, 8n * M]);
  });

  test('isOnWhole reaches a little around the bar and not to the folios', () => {
    const { whole, folios } = scene.lanes;
    expect(isOnWhole(scene, whole.x + 9, whole.y - 5)).toBe(true);
    expect(isOnWhole(scene, whole.x + 9, folios.y)).toBe(false);
  });
});
