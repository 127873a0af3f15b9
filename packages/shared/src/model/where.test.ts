import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { How, MapType, NO_ADDR, Where } from '../trace/index.ts';
import { U64_MAX } from '../units/index.ts';
import { picture, story, valueOf } from '../fixtures/picture.ts';
import { lawMs, lawRuns } from '../fixtures/runs.ts';
import { ExtentMap, type ExtentValue } from './extents.ts';
import { moveRange, paintWhere } from './where.ts';

vi.setConfig({ testTimeout: lawMs() });

const CELLS = 24;
const by = { how: How.derived, op: 9, since: 9n } as const;

/** `lines`, then a stroke of `letter` over `[from, to)` where the map says so. */
function after(where: Where, letter: string, from: number, to: number, ...lines: readonly string[]): string {
  const map = story(...lines);
  paintWhere(map, BigInt(from), BigInt(to), valueOf(letter, from), where);
  return picture(map, lines[0]!.length);
}

describe('paintWhere', () => {
  test('fills what is not known, and leaves alone what is', () => {
    expect(after(Where.unknown, 'b', 0, 8, 'a ?h u a')).toBe('abbhbuba');
  });

  test('puts into doubt the holes alone', () => {
    expect(after(Where.hole, '?', 0, 8, 'ahhu hha')).toBe('a??u???a');
  });

  test('converts what is unwritten where it lies', () => {
    const map = story('uuuuuu');
    paintWhere(map, 2n, 4n, { ...valueOf('a', 0), addr: NO_ADDR, device: 0 }, Where.unwritten);
    expect(map.list().map(({ from, to, type, addr }) => [from, to, type, addr])).toEqual([
      [0n, 2n, MapType.UNWRITTEN, valueOf('u', 0).addr],
      [2n, 4n, MapType.MAPPED, valueOf('u', 2).addr],
      [4n, 6n, MapType.UNWRITTEN, valueOf('u', 4).addr],
    ]);
    expect(after(Where.unwritten, 'a', 0, 6, 'hb? d ')).toBe('hb?.d.');
  });

  test('keeps the flags of what is in the same place, and of nothing else', () => {
    const map = new ExtentMap(),
      shared = { ...valueOf('a', 0), flags: 4 };
    map.paint(0n, 4n, shared);
    map.paint(4n, 8n, { ...valueOf('b', 4), flags: 4 });
    paintWhere(map, 0n, 8n, valueOf('a', 0), Where.different);
    expect(map.list().map(({ from, to, flags }) => [from, to, flags])).toEqual([
      [0n, 4n, 4],
      [4n, 8n, 0],
    ]);
  });
});

describe('paintWhere of what is in the same place', () => {
  test('changes its flags, and nothing that lies elsewhere', () => {
    const map = new ExtentMap();
    map.paint(0n, 4n, { ...valueOf('a', 0), flags: 4 });
    map.paint(4n, 8n, { ...valueOf('b', 4), flags: 4 });
    map.paint(8n, 12n, { ...valueOf('a', 8), type: MapType.UNWRITTEN, flags: 4 });
    paintWhere(map, 2n, 12n, valueOf('a', 2), Where.same);
    expect(map.list().map(({ from, to, type, flags }) => [from, to, type, flags])).toEqual([
      [0n, 2n, MapType.MAPPED, 4],
      [2n, 4n, MapType.MAPPED, 0],
      [4n, 8n, MapType.MAPPED, 4],
      [8n, 12n, MapType.UNWRITTEN, 0],
    ]);
  });
});

describe('moveRange', () => {
  const shift = (map: ExtentMap, from: bigint, source: bigint): void => moveRange(map, map, { from, to: U64_MAX, source, flags: 0, ...by });

  test('closes the gap of a collapse', () => {
    const map = story('aaabbbccc');
    shift(map, 3n, 6n);
    expect(picture(map, 9)).toBe('aaaccc...');
    expect(map.at(3n)!.addr).toBe(valueOf('c', 6).addr);
  });

  test('opens the gap of an insert', () => {
    const map = story('aaabbb');
    shift(map, 5n, 3n);
    map.paint(3n, 5n, valueOf('h', 3));
    expect(picture(map, 9)).toBe('aaahhbbb.');
    expect(map.at(5n)!.addr).toBe(valueOf('b', 3).addr);
  });

  test('shares the places of another file, and says so on both sides', () => {
    const map = story('hhhhhhhh'),
      other = story('aahu?b  ');
    moveRange(map, other, { from: 1n, to: 7n, source: 1n, flags: 4, ...by });
    expect(picture(map, 8)).toBe('hahu?b.h');
    expect(map.list().filter(({ flags }) => flags === 4)).toHaveLength(3);
    expect(other.list().map(({ from, to, flags }) => [from, to, flags])).toEqual([
      [0n, 1n, 0],
      [1n, 2n, 4],
      [2n, 3n, 0],
      [3n, 4n, 4],
      [4n, 5n, 0],
      [5n, 6n, 4],
    ]);
  });

  test('knows nothing of a range that lay in a file nobody has heard of', () => {
    const map = story('aaaa');
    moveRange(map, undefined, { from: 1n, to: 3n, source: 0n, flags: 4, ...by });
    expect(picture(map, 4)).toBe('a..a');
  });

  test('agrees with moving one cell after the other', () => {
    const stroke = fc.tuple(fc.nat(CELLS - 1), fc.integer({ min: 1, max: 8 }), fc.constantFrom(...'aabhu?'.split('')));
    const move = fc.tuple(fc.nat(CELLS - 1), fc.nat(CELLS - 1), fc.integer({ min: 1, max: CELLS }));
    fc.assert(
      fc.property(fc.array(stroke, { maxLength: 8 }), fc.array(move, { maxLength: 4 }), (strokes, moves) => {
        const map = new ExtentMap();
        let cells = Array<ExtentValue | undefined>(CELLS).fill(undefined);
        for (const [from, n, letter] of strokes) {
          const to = Math.min(CELLS, from + n);
          map.paint(BigInt(from), BigInt(to), valueOf(letter, from));
          for (let k = from; k < to; k++) cells[k] = valueOf(letter, k);
        }
        for (const [from, source, n] of moves) {
          const length = Math.min(n, CELLS - Math.max(from, source));
          moveRange(map, map, { from: BigInt(from), to: BigInt(from + length), source: BigInt(source), flags: 0, ...by });
          const before = cells;
          cells = before.map((cell, k) => (k < from || k >= from + length ? cell : before[source + k - from]));
        }
        for (let k = 0; k < CELLS; k++) {
          const now = map.at(BigInt(k)),
            at = now && (now.addr === NO_ADDR ? NO_ADDR : now.addr + BigInt(k) - now.from);
          expect([now?.type, at], `cell ${k}`).toEqual([cells[k]?.type, cells[k]?.addr]);
        }
      }),
      lawRuns(),
    );
  });
});
