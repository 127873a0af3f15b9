import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Ask, changes, DOUBT, PageBit, type PageRun, replace, survey } from './survey.ts';

const PAGES = 40;
/** A cache drawn with one letter a page: . absent, c clean, d dirty, w writeback, b both. */
const letters: Readonly<Record<string, number>> = { '.': 0, c: 1, d: 3, w: 5, b: 7 };
const asker = (cache: string): Ask & { calls: number } =>
  Object.assign(
    function ask(from: number, to: number) {
      (ask as unknown as { calls: number }).calls++;
      const part = cache
          .slice(from, to)
          .split('')
          .map((letter) => letters[letter]!),
        count = (bit: number): number => part.filter((state) => (state & bit) !== 0).length;
      return { cache: count(PageBit.present), dirty: count(PageBit.dirty), writeback: count(PageBit.writeback) };
    },
    { calls: 0 },
  );
const draw = (runs: readonly PageRun[], length: number): string => {
  const cells = Array<string>(length).fill('.');
  for (const { from, to, state } of runs)
    cells.fill(
      Object.keys(letters).find((letter) => letters[letter] === state)!,
      from,
      to,
    );
  return cells.join('');
};
const all = (cache: string, known: readonly PageRun[] = [], left = 1e6) => survey(asker(cache), 0, cache.length, known, { left });

describe('survey', () => {
  test('finds runs of every state', () => {
    const cache = '..ccccdddd..wwbbb...c';
    expect(draw(all(cache).runs, cache.length)).toBe(cache);
    expect(all(cache).runs).toHaveLength(5);
  });

  test('asks once for a file without cached pages, and once a run for one that did not change', () => {
    const empty = asker('.'.repeat(1 << 10));
    survey(empty, 0, 1 << 10, [], { left: 99 });
    expect(empty.calls).toBe(1);
    const cache = '..ccccdddd..wwbbb...c',
      again = asker(cache);
    survey(again, 0, cache.length, all(cache).runs, { left: 99 });
    expect(again.calls).toBe(8);
  });

  test('stops where the budget ends, and goes on there', () => {
    const cache = 'cdcdcdcdcdcdcdcd';
    let runs: readonly PageRun[] = [];
    for (let from = 0, turns = 0; from < cache.length; turns++) {
      const part = survey(asker(cache), from, cache.length, runs, { left: 5 });
      expect(turns).toBeLessThan(20);
      runs = replace(runs, from, part.stop, part.runs);
      from = part.stop;
    }
    expect(draw(runs, cache.length)).toBe(cache);
  });

  test('ends though the counts are torn', () => {
    const torn: Ask = (from, to) => ({ cache: to - from, dirty: 1, writeback: to - from + 3 });
    expect(survey(torn, 0, 8, [], { left: 100 }).stop).toBe(8);
  });
});

const caches = fc.string({ unit: fc.constantFrom('.', '.', 'c', 'd', 'w', 'b'), minLength: PAGES, maxLength: PAGES });

describe('changes and replace', () => {
  test('agree with one letter a page, whatever was known', () => {
    fc.assert(
      fc.property(caches, caches, fc.nat(PAGES), fc.nat(PAGES), fc.nat(60), (before, now, a, b, left) => {
        const from = Math.min(a, b),
          to = Math.max(a, b),
          known = all(before).runs,
          { runs, stop } = survey(asker(now), from, to, known, { left }),
          merged = replace(known, from, stop, runs);
        expect(draw(merged, PAGES)).toBe(before.slice(0, from) + now.slice(from, stop) + before.slice(stop));
        const told = before.split('');
        for (const change of changes(known, merged, from, stop)) {
          expect(change.from >= from && change.to <= stop).toBe(true);
          for (let page = change.from; page < change.to; page++) {
            expect(told[page], 'only what changed').not.toBe(draw(merged, PAGES)[page]);
            told[page] = Object.keys(letters).find((letter) => letters[letter] === change.state)!;
          }
        }
        expect(told.join('')).toBe(draw(merged, PAGES));
      }),
    );
  });

  test('tell anew what is in doubt, absent pages too', () => {
    const cache = 'cc..dd',
      known = replace(all(cache).runs, 1, 5, [{ from: 1, to: 5, state: DOUBT }]),
      { runs } = all(cache, known);
    expect(changes(known, replace(known, 0, 6, runs), 0, 6)).toEqual([
      { from: 1, to: 2, state: 1 },
      { from: 2, to: 4, state: 0 },
      { from: 4, to: 5, state: 3 },
    ]);
  });
});
