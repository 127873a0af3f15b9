import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { MapType, NO_ADDR } from '../trace/index.ts';
import { story, valueOf } from '../fixtures/picture.ts';
import { lawMs, lawRuns } from '../fixtures/runs.ts';
import { type Difference, difference } from './difference.ts';
import { ExtentMap } from './extents.ts';

vi.setConfig({ testTimeout: lawMs() });

const CELLS = 16;
const shape = (list: ReturnType<typeof difference>): string => {
  const cells = Array<string>(CELLS).fill('.');
  for (const { from, to } of list) cells.fill('x', Number(from), Number(to));
  return cells.join('');
};

describe('difference', () => {
  test('is empty for a map and itself', () => {
    const map = story('aa hh uu ddd');
    expect(difference(map, map)).toEqual([]);
  });

  test('shows what moved, was punched, or became known', () => {
    expect(shape(difference(story('aaaaaaaaaa      '), story('aabbaahhaa  uu  ')))).toBe('..xx..xx....xx..');
  });

  test('says what was before and is after, places from the range on', () => {
    const [it] = difference(story('aaaa'), story('aa', '  hh'));
    expect(it).toMatchObject({ from: 2n, to: 4n, before: { addr: valueOf('a', 2).addr }, after: { type: 0 } });
  });

  test('does not take UNKNOWN for other than never told', () => {
    expect(difference(story('??aa'), story('  aa'))).toEqual([]);
  });

  const letters = fc.constantFrom(...'aabhu?'.split('')),
    flags = fc.constantFrom(0, 0, 4);
  const strokes = fc.array(fc.tuple(fc.nat(CELLS - 1), fc.integer({ min: 1, max: 6 }), letters, flags), { maxLength: 8 });
  const mapOf = (list: readonly (readonly [number, number, string, number])[]): ExtentMap => {
    const out = new ExtentMap();
    for (const [from, n, letter, flags] of list)
      out.paint(BigInt(from), BigInt(Math.min(CELLS, from + n)), { ...valueOf(letter, from), flags });
    return out;
  };
  /** What a byte says, wherever the run begins; unknown is as good as never told. */
  const cellsOf = (map: ExtentMap): string[] =>
    Array.from({ length: CELLS }, (_, k) => {
      const it = map.at(BigInt(k));
      if (!it || it.type === MapType.UNKNOWN) return '';
      return `${it.type} ${it.device} ${it.flags} ${it.addr === NO_ADDR ? 'none' : it.addr + (BigInt(k) - it.from)}`;
    });

  test('agrees with comparing byte by byte', () => {
    fc.assert(
      fc.property(strokes, strokes, (x, y) => {
        const [a, b] = [mapOf(x), mapOf(y)],
          [before, after] = [cellsOf(a), cellsOf(b)];
        expect(shape(difference(a, b, 0n, BigInt(CELLS)))).toBe(before.map((cell, k) => (cell === after[k] ? '.' : 'x')).join(''));
      }),
      lawRuns(),
    );
  });

  test('is exact: laid over the first map it gives the second, and taken back it gives the first', () => {
    const laid = (map: ExtentMap, list: readonly Difference[], side: 'before' | 'after'): string[] => {
      for (const it of list) {
        const value = it[side];
        if (value) map.paint(it.from, it.to, value);
        else map.clear(it.from, it.to);
      }
      return cellsOf(map);
    };
    fc.assert(
      fc.property(strokes, strokes, fc.nat(CELLS), fc.nat(CELLS), (x, y, from, to) => {
        const [a, b] = [mapOf(x), mapOf(y)],
          list = difference(a, b, BigInt(from), BigInt(to)),
          isInside = (k: number): boolean => k >= from && k < to;
        const there = laid(mapOf(x), list, 'after'),
          back = laid(mapOf(y), list, 'before');
        expect(there).toEqual(cellsOf(a).map((cell, k) => (isInside(k) ? cellsOf(b)[k] : cell)));
        expect(back).toEqual(cellsOf(b).map((cell, k) => (isInside(k) ? cellsOf(a)[k] : cell)));
      }),
      lawRuns(),
    );
  });
});
