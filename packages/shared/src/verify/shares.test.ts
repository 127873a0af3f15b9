import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { Dice } from '../fixtures/dice.ts';
import { bare, BLOCK, BLOCKS, cached, claims, mapped, PAGE, PER_PAGE, randomMap } from '../fixtures/file-claims.ts';
import { lawMs, lawRuns } from '../fixtures/runs.ts';
import { FolioState, How, MapType } from '../trace/index.ts';
import { knownOf, sharesOf } from './shares.ts';

vi.setConfig({ testTimeout: lawMs() });

describe('sharesOf', () => {
  test('takes a page for unknown where any part of it is, for asked where anything of it was asked', () => {
    const map = [mapped(0, 6, 100), mapped(6, 12, 200, { how: How.reported }), bare(12, 13, MapType.UNKNOWN), mapped(13, 40, 300)],
      cache = [cached(16, 20, FolioState.unknown), cached(20, 24, FolioState.clean, 0, How.reported)],
      shares = sharesOf(claims(map, cache), PAGE);
    // Pages: 0 by events, 1 and 2 asked, 3 unknown, 4 unknown in the cache, 5 asked there, 6 to 9 by events, 10 and 11 in no map.
    expect(shares).toEqual({
      pages: { events: 5n, asked: 3n, unknown: 4n },
      map: { events: 7n, asked: 2n, unknown: 3n },
      cache: { events: 10n, asked: 1n, unknown: 1n },
    });
    expect(knownOf(shares.pages)).toBeCloseTo(8 / 12);
  });

  test('counts pages that are not cached by how that is known', () => {
    const of = (absence: How) => sharesOf({ ...claims([mapped(0, BLOCKS, 9)]), absence }, PAGE).cache;
    expect([of(How.unknown).unknown, of(How.reported).asked, of(How.derived).events]).toEqual([12n, 12n, 12n]);
  });

  test('agrees with counting page by page', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const dice = new Dice(seed),
          map = randomMap(dice, true),
          size = BigInt(1 + dice.below(BLOCKS)) * BLOCK,
          counts = { events: 0n, asked: 0n, unknown: 0n };
        for (let page = 0; page < Math.ceil(Number(size / BLOCK) / PER_PAGE); page++) {
          const found = Array.from({ length: PER_PAGE }, (_, k) => page * PER_PAGE + k)
            .filter((k) => BigInt(k) * BLOCK < size)
            .map((k) => map.find(({ from, to }) => BigInt(k) * BLOCK >= from && BigInt(k) * BLOCK < to));
          counts[
            found.some((it) => !it || it.type === MapType.UNKNOWN)
              ? 'unknown'
              : found.some((it) => it!.how === How.reported)
                ? 'asked'
                : 'events'
          ]++;
        }
        // As a model gives it: nothing behind the end of the file.
        const inside = map.filter(({ from }) => from < size).map((it) => ({ ...it, to: it.to < size ? it.to : size }));
        expect(sharesOf(claims(inside, [], size), PAGE).map).toEqual(counts);
      }),
      lawRuns(),
    );
  });
});
