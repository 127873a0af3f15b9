import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { FolioState } from '../trace/index.ts';
import { alike } from '../fixtures/alike.ts';
import { DenseFolios } from '../fixtures/dense.ts';
import { folioPicture } from '../fixtures/picture.ts';
import { lawMs, lawRuns } from '../fixtures/runs.ts';
import { FolioMap, type FolioNews, NO_ORDER } from './folios.ts';

vi.setConfig({ testTimeout: lawMs() });

const CELLS = 24;
const news = (state: FolioState, more: Partial<FolioNews> = {}): FolioNews => ({
  state,
  order: NO_ORDER,
  how: 2,
  errno: 0,
  op: 0,
  parent: 0,
  since: 1n,
  ...more,
});

/** Rows as pictures: a letter a state, as `folioPicture` draws them, '-' removed, 'u' uptodate, 'C' clean as the end of a writeback. */
const rows: Readonly<Record<string, FolioNews>> = {
  a: news(FolioState.added, { order: 0 }),
  '-': news(FolioState.removed),
  u: news(FolioState.uptodate),
  D: news(FolioState.dirty),
  w: news(FolioState.writeback),
  c: news(FolioState.clean),
  C: news(FolioState.clean, { parent: 7 }),
  F: news(FolioState.failed, { errno: 28 }),
  d: news(FolioState.folioDirty),
  '?': news(FolioState.unknown),
  t: news(FolioState.taken),
  s: news(FolioState.submitted),
  p: news(FolioState.split, { order: 1 }),
  W: news(FolioState.written),
  x: news(FolioState.doubted),
};

function story(...lines: readonly string[]): FolioMap {
  const map = new FolioMap();
  for (const line of lines)
    for (const { 0: run, index } of line.matchAll(/(\S)\1*/g)) map.apply(BigInt(index), BigInt(index + run.length), rows[run[0]!]!);
  return map;
}
const after = (...lines: readonly string[]): string => folioPicture(story(...lines), lines[0]!.length);

describe('apply', () => {
  test('takes a folio from added through dirty and writeback to clean', () => {
    expect(after('aaaa', ' uu ', '  D ')).toBe('acDa');
    expect(after('aaaa', 'uuuu', 'DDDD', 'wwww', 'CCCC')).toBe('cccc');
  });

  test('keeps dirty what was written over while its writeback was under way', () => {
    expect(after('DDDD', 'wwww', ' D  ', 'CCCC')).toBe('cDcc');
  });

  test('believes an observation of clean that no writeback stands behind', () => {
    expect(after('DDDD', ' cc ')).toBe('DccD');
  });

  test('does not let "uptodate" clean what is dirty', () => {
    expect(after('aDwF ', 'uuuuu')).toBe('cDwFc');
  });

  test('keeps the blocks known as dirty when the whole folio is told dirty', () => {
    expect(after('cccc', ' D  ', 'dddd')).toBe('dDdd');
  });

  test('keeps failed until newer evidence of the range: neither leaving the cache nor coming back is any', () => {
    expect(after('FFFFFF', '------', 'aaaaaa', 'uuuuuu')).toBe('FFFFFF');
    expect(after('FFFFFF', ' D     ', '  C   ', '   w  ', '    d ')).toBe('FDcwdF');
  });

  test('does not believe that the cache looks clean where a failed writeback dropped bytes', () => {
    expect(after('FF', 'c ')).toBe('FF');
  });

  test('keeps a folio dirty that a store redirtied while its writeback was under way', () => {
    expect(after('dddd', 'wwww', ' d  ', 'CCCC')).toBe('cdcc');
  });

  test('leaves unknown what the end of one writeback, or "uptodate", cannot tell', () => {
    expect(after('????', 'C   ', ' u  ', '  D ', '   -')).toBe('??D.');
  });

  test('leaves nothing dirty of a folio that writeback took, whatever it writes of it', () => {
    expect(after('aDdw?F ', 'ttttttt', ' w     ')).toBe('awcw?F.');
  });

  test('has under writeback what was dirty of a range that was submitted, and nothing else', () => {
    expect(after('aDdc?F ', 'sssssss')).toBe('awwc?F.');
  });

  test('keeps the order of folios through their states, and tells a range of two orders apart', () => {
    const map = new FolioMap();
    map.apply(0n, 4n, news(FolioState.added, { order: 2 }));
    map.apply(4n, 5n, news(FolioState.added, { order: 0 }));
    map.apply(0n, 8n, news(FolioState.dirty));
    expect(map.list().map(({ from, to, order }) => [from, to, order])).toEqual([
      [0n, 4n, 2],
      [4n, 5n, 0],
      [5n, 8n, NO_ORDER],
    ]);
  });

  test('ignores a state of a newer format', () => {
    expect(folioPicture(story('DD'), 2)).toBe('DD');
    const map = story('DD');
    map.apply(0n, 2n, news(200 as FolioState));
    expect(folioPicture(map, 2)).toBe('DD');
  });

  test('law of folios: a map agrees with one cell a block after every row', () => {
    const row = fc.tuple(
      fc.nat(CELLS - 1),
      fc.integer({ min: 0, max: 8 }),
      fc.constantFrom(...Object.keys(rows)),
      fc.constantFrom(NO_ORDER, 0, 2),
      fc.constantFrom(1, 2),
      fc.nat(3),
    );
    fc.assert(
      fc.property(fc.array(row, { maxLength: 30, size: 'max' }), (list) => {
        const map = new FolioMap(),
          dense = new DenseFolios(CELLS, 1n);
        for (const [from, n, letter, order, how, op] of list) {
          const to = Math.min(from + n, CELLS),
            it = { ...rows[letter]!, how, op, order: letter === 'a' && order === NO_ORDER ? 0 : order };
          map.apply(BigInt(from), BigInt(to), it);
          dense.apply(from, to, it);
          const runs = map.list().map(({ from, to, state, order, how, errno }) => ({ from, to, state, order, how, errno }));
          alike(runs, dense.runs(), () => folioPicture(map, CELLS));
        }
      }),
      lawRuns(),
    );
  });
});
