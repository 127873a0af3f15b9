import { MapType } from '@mapscope/shared/trace';
import { MapFlag } from '@mapscope/shared/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layMap } from '../gallery/lay.ts';
import { dice, K, M, story } from '../gallery/story.ts';
import type { MapScene } from './scene.ts';
import { GUTTER } from '../gutter.ts';

const { MAPPED, UNWRITTEN, HOLE } = MapType;
/** One disk, and one file of 8 MiB on a lane of 850 px: a pixel is some 9.6 KiB. */
const eight = () =>
  story()
    .device(1, '/dev/disk', 64n * M)
    .file(1, 'a.dat', 8n * M);

describe('mapLane', () => {
  test('gives each piece a box at its bytes, holes too', () => {
    const { map } = layMap(
      eight()
        .extent(1, 0n, 2n * M, MAPPED, 0n)
        .hole(1, 2n * M, 2n * M)
        .extent(1, 4n * M, 4n * M, UNWRITTEN, 9n * M)
        .window(1),
    );
    expect(map.pieces.map(({ type, box }) => [type, Math.round(box.x), Math.round(box.w)])).toEqual([
      [MAPPED, GUTTER, 213],
      [HOLE, GUTTER + 213, 213],
      [UNWRITTEN, GUTTER + 425, 425],
    ]);
    expect(map.columns).toEqual([]);
  });

  test('draws a thin piece among wide ones 2 px wide, over them, with a pin', () => {
    const { map, pins } = layMap(
      eight()
        .hole(1, 0n, 8n * M)
        .extent(1, 4n * M, 4n * K, MAPPED, 0n)
        .window(1),
    );
    expect(map.pieces.at(-1)).toMatchObject({ type: MAPPED, box: { w: 2 } });
    expect(pins).toEqual([map.pieces.at(-1)!.box.x + 1]);
  });

  test('keeps 2 px of paper for a thin hole among wide pieces', () => {
    const { map } = layMap(
      eight()
        .extent(1, 0n, 8n * M, MAPPED, 0n)
        .hole(1, 4n * M, 4n * K)
        .window(1),
    );
    expect(map.pieces.at(-1)).toMatchObject({ type: HOLE, box: { w: 2 } });
  });

  test('gives a piece under 5 px a pin, and none to one of 5 px', () => {
    const pins = (bytes: bigint): number =>
      layMap(
        eight()
          .hole(1, 0n, 8n * M)
          .extent(1, M, bytes, MAPPED, 0n)
          .window(1),
      ).pins.length;
    expect([pins(4n * K), pins(44n * K), pins(52n * K)]).toEqual([1, 1, 0]);
  });

  test('stacks thin neighbours by share in one fixed order: hole, unwritten, mapped', () => {
    // One block each in turn: mapped, hole, unwritten; eight blocks are some three pixels.
    const it = eight().extent(1, 0n, 8n * M, MAPPED, 0n);
    for (let k = 0n; k < 60n; k += 3n)
      it.hole(1, 4n * M + (k + 1n) * 4n * K, 4n * K).extent(1, 4n * M + (k + 2n) * 4n * K, 4n * K, UNWRITTEN, 20n * M + (k * M) / 2n);
    const { map } = layMap(it.window(1));
    expect(map.columns.length).toBeGreaterThan(20);
    const inside = map.columns.slice(3, -3);
    for (const { parts } of inside) {
      expect(parts.map(({ type }) => type)).toEqual([HOLE, UNWRITTEN, MAPPED]);
      expect(parts[0]!.h).toBeGreaterThanOrEqual(2);
    }
    expect(Math.max(...inside.map(({ pieces, holes }) => pieces + holes))).toBeGreaterThanOrEqual(3);
  });

  test('marks a column as shared if anything in it is', () => {
    const it = eight().extent(1, 0n, 8n * M, MAPPED, 0n);
    for (let k = 0n; k < 40n; k += 2n) it.extent(1, 4n * M + k * 4n * K, 4n * K, MAPPED, 20n * M + k * M, { flags: MapFlag.SHARED });
    expect(
      layMap(it.window(1))
        .map.columns.slice(2, -2)
        .every(({ isShared }) => isShared),
    ).toBe(true);
  });

  test('never loses a hole, whatever lies beside it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ kind: fc.constantFrom(HOLE, MAPPED, UNWRITTEN), blocks: fc.integer({ min: 1, max: 40 }) }), {
          minLength: 2,
          maxLength: 300,
        }),
        (list) => {
          const size = list.reduce((sum, { blocks }) => sum + BigInt(blocks) * 4n * K, 0n),
            it = story()
              .device(1, '/dev/disk', 1024n * M)
              .file(1, 'a.dat', size);
          let at = 0n;
          list.forEach(({ kind, blocks }, i) => {
            it.extent(1, at, BigInt(blocks) * 4n * K, kind, kind === HOLE ? undefined : BigInt(i) * M);
            at += BigInt(blocks) * 4n * K;
          });
          const scene = layMap(it.window(1));
          at = 0n;
          for (const { kind, blocks } of list) {
            const to = at + BigInt(blocks) * 4n * K;
            if (kind === HOLE) expect(paperFor(scene, at, to)).toBeGreaterThanOrEqual(2);
            at = to;
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** Pixels of paper that a hole has: the width of its box, less what is drawn over it, or the height of its share in a column. */
function paperFor({ map }: MapScene, from: bigint, to: bigint): number {
  const columns = map.columns.filter((column) => column.from <= to && from <= column.to);
  const high = Math.max(0, ...columns.flatMap(({ parts }) => parts.filter(({ type }) => type === HOLE).map(({ h }) => h)));
  const i = map.pieces.findIndex((piece) => piece.type === HOLE && piece.from <= from && to <= piece.to);
  if (i < 0) return high;
  const { box } = map.pieces[i]!,
    over = [...map.pieces.slice(i + 1).map((piece) => piece.box), ...map.columns.map(({ x }) => ({ x, w: 1 }))];
  let wide = 0;
  for (let x = box.x + 0.05; x < box.x + box.w; x += 0.1) if (!over.some((it) => x >= it.x && x < it.x + it.w)) wide += 0.1;
  return Math.max(high, wide + 0.05);
}

describe('columns of a whole lane', () => {
  /** More extents than a window tells one by one: the worker sends bins. */
  const many = () => {
    const roll = dice(5),
      it = story().device(1, '/dev/disk', 1n << 40n),
      n = 20_000;
    it.file(1, 'a.dat', BigInt(n) * 4n * K);
    for (let k = 0; k < n; k++) {
      const at = BigInt(k) * 4n * K;
      if (k === 7777) it.hole(1, at, 4n * K);
      else it.extent(1, at, 4n * K, MAPPED, BigInt(roll(1 << 20)) * 8n * K);
    }
    return it.window(1);
  };

  test('keep a single hole of 4 KiB among 20,000 pieces', () => {
    const scene = layMap(many());
    expect(scene.map.pieces).toEqual([]);
    expect(scene.map.columns).toHaveLength(850);
    const holes = scene.map.columns.filter(({ parts }) => parts.some(({ type }) => type === HOLE));
    expect(holes).toHaveLength(1);
    expect(holes[0]!.parts[0]).toMatchObject({ type: HOLE });
    expect(holes[0]!.parts[0]!.h).toBeGreaterThanOrEqual(2);
    // Where it lies at the edge of two bins it is counted in both.
    expect(holes[0]!.holes).toBeLessThanOrEqual(2);
    expect(scene.say).toContain('drawn in bins');
  });

  test('count what they stand for', () => {
    const scene = layMap(many()),
      counted = scene.map.columns.reduce((sum, { pieces }) => sum + pieces, 0);
    // What lies in two bins is counted in both: never too few.
    expect(counted).toBeGreaterThanOrEqual(19_999);
    expect(counted).toBeLessThan(40_000);
  });
});

describe('railsOf', () => {
  test('joins what is known alike and leaves out what is not known', () => {
    const it = eight()
      .extent(1, 0n, M, MAPPED, 0n, { how: 1 })
      .extent(1, M, M, MAPPED, 30n * M, { how: 1 })
      .extent(1, 3n * M, M, MAPPED, 9n * M, { how: 2 });
    const { rails } = layMap(it.window(1));
    expect(rails.map(({ how, x0, x1 }) => [how, Math.round(x1 - x0)])).toEqual([
      [1, 213],
      [2, 106],
    ]);
  });
});
