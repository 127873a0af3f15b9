import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { FolioState, How, MapType } from '../trace/index.ts';
import { story, valueOf } from '../fixtures/picture.ts';
import { lawMs, lawRuns } from '../fixtures/runs.ts';
import { ExtentMap } from './extents.ts';
import { FolioMap, NO_ORDER } from './folios.ts';
import { extentOverview, type ExtentRuns, extentRuns, folioOverview, folioRuns } from './windows.ts';

vi.setConfig({ testTimeout: lawMs() });

const rows = (runs: ExtentRuns): [bigint, bigint, number][] =>
  Array.from({ length: runs.n }, (_, k) => [runs.from[k]!, runs.to[k]!, runs.type[k]!]);
const letters = 'hhuuaaabd';
const anyMap = (cells: number) =>
  fc
    .array(fc.tuple(fc.nat(cells - 1), fc.integer({ min: 1, max: 9 }), fc.constantFrom(...letters.split(''))), {
      maxLength: 60,
      size: 'max',
    })
    .map((strokes) => {
      const map = new ExtentMap();
      for (const [from, n, letter] of strokes) map.paint(BigInt(from), BigInt(Math.min(cells, from + n)), valueOf(letter, from));
      return map;
    });

describe('extentRuns', () => {
  test('gives the extents of a window whole', () => {
    const runs = extentRuns(story('aaaa  hhhh'), 2n, 7n);
    expect(rows(runs)).toEqual([
      [0n, 4n, MapType.MAPPED],
      [6n, 10n, MapType.HOLE],
    ]);
    expect(runs.binned).toBe(false);
  });

  test('says UNKNOWN where nothing was painted, if asked to', () => {
    expect(rows(extentRuns(story('  aa  hh'), 0n, 10n, 100, { gaps: true }))).toEqual([
      [0n, 2n, MapType.UNKNOWN],
      [2n, 4n, MapType.MAPPED],
      [4n, 6n, MapType.UNKNOWN],
      [6n, 8n, MapType.HOLE],
      [8n, 10n, MapType.UNKNOWN],
    ]);
  });

  test('becomes bins beyond the limit', () => {
    const map = story('a b a b a b a b a b a b ');
    expect(extentRuns(map, 0n, 24n, 12).binned).toBe(false);
    const binned = extentRuns(map, 0n, 24n, 8);
    expect(binned.binned).toBe(true);
    expect(binned.n).toBeLessThanOrEqual(8);
  });
});

describe('extentOverview', () => {
  test('covers the window without overlap in at most `limit` runs', () => {
    fc.assert(
      fc.property(anyMap(2000), fc.integer({ min: 1, max: 40 }), fc.nat(500), (map, limit, from) => {
        const runs = extentOverview(map, BigInt(from), 2000n, limit, { gaps: true });
        if (runs.binned) expect(runs.n).toBeLessThanOrEqual(Math.max(limit, 6));
        let at = runs.binned ? BigInt(from) : runs.from[0]!;
        for (const [start, end] of rows(runs)) {
          expect(start).toBe(at);
          expect(end).toBeGreaterThan(start);
          at = end;
        }
        expect(at).toBeGreaterThanOrEqual(2000n);
      }),
      lawRuns(0.2),
    );
  });

  test('shows every type that occurs: a bin never hides a hole, and never invents one', () => {
    fc.assert(
      fc.property(anyMap(2000), fc.integer({ min: 8, max: 60 }), (map, limit) => {
        const fine = extentRuns(map, 0n, 2000n, 10_000, { gaps: true }),
          coarse = extentOverview(map, 0n, 2000n, limit, { gaps: true });
        const types = (runs: ExtentRuns): number[] => [...new Set(runs.type)].sort((a, b) => a - b);
        expect(types(coarse)).toEqual(types(fine));
      }),
      lawRuns(0.2),
    );
  });

  test('knows a bin as its weakest extent is known: derived before observed before reported, and not at all before all', () => {
    const howOf = (...hows: readonly How[]): number[] => {
      const map = new ExtentMap();
      hows.forEach((how, k) => map.paint(BigInt(k) * 10n, BigInt(k + 1) * 10n, { ...valueOf('a', 10 * k), addr: BigInt(k) * 100n, how }));
      return [...new Set(extentOverview(map, 0n, BigInt(hows.length) * 10n, 1).how)];
    };
    const { unknown, reported, observed, derived } = How;
    expect([
      howOf(reported, derived),
      howOf(observed, reported),
      howOf(derived, observed),
      howOf(reported, unknown, derived),
      howOf(reported, reported),
    ]).toEqual([[derived], [observed], [derived], [unknown], [reported]]);
  });

  test('gives one block of hole in a gigabyte a visible share of its bin', () => {
    const map = new ExtentMap(),
      unit = 1n << 12n;
    for (let k = 0n; k < 1000n; k++) map.paint(k << 20n, (k + 1n) << 20n, valueOf(k % 2n ? 'a' : 'u', 0));
    map.paint(500n << 20n, (500n << 20n) + unit, valueOf('h', 0));
    const runs = extentOverview(map, 0n, 1000n << 20n, 60);
    const hole = rows(runs).find(([, , type]) => type === MapType.HOLE)!;
    expect(hole[1] - hole[0]).toBeGreaterThanOrEqual((1000n << 20n) / 60n / 16n);
  });

  test('leaves gaps open in a map where never painted means nothing', () => {
    const map = new ExtentMap();
    for (let k = 0n; k < 100n; k++) map.paint(k * 10n, k * 10n + 1n, valueOf('d', 0));
    map.paint(700n, 1000n, valueOf('h', 0));
    const runs = extentOverview(map, 0n, 1000n, 20);
    const covered = rows(runs).reduce((bytes, [from, to]) => bytes + (to - from), 0n);
    expect(covered).toBeLessThan(600n);
    expect(covered).toBeGreaterThan(300n);
  });

  test('is the same whether chunks were summed up before or not', () => {
    const map = new ExtentMap();
    for (let k = 0; k < 5000; k++) map.paint(BigInt(k * 2), BigInt(k * 2 + 1), valueOf(k % 7 ? 'a' : 'u', k * 64));
    const first = extentOverview(map, 0n, 10_000n, 50, { gaps: true });
    expect(extentOverview(map, 0n, 10_000n, 50, { gaps: true })).toEqual(first);
    map.paint(5000n, 6000n, valueOf('h', 0));
    expect([...extentOverview(map, 0n, 10_000n, 50, { gaps: true }).type]).toContain(MapType.HOLE);
  });

  test('answers an empty window with nothing', () => {
    expect(extentOverview(story('aa'), 5n, 5n, 10, { gaps: true }).n).toBe(0);
  });
});

describe('folioOverview', () => {
  test('shows a dirty block among ten thousand clean ones', () => {
    const map = new FolioMap(),
      news = { order: NO_ORDER, how: 2, errno: 0, op: 0, parent: 0, since: 1n };
    for (let k = 0; k < 10_000; k++) map.apply(BigInt(k) * 2n, BigInt(k) * 2n + 1n, { ...news, state: FolioState.clean });
    map.apply(7777n, 7778n, { ...news, state: FolioState.dirty });
    const runs = folioOverview(map, 0n, 20_000n, 64);
    expect(runs.n).toBeLessThanOrEqual(64);
    expect([...runs.state]).toContain(FolioState.dirty);
    expect(folioRuns(map, 7770n, 7780n).binned).toBe(false);
  });
});
