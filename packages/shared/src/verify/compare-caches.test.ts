import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { Dice } from '../fixtures/dice.ts';
import { BLOCK, BLOCKS, cached, claims, drawn, PAGE, PER_PAGE, randomCache } from '../fixtures/file-claims.ts';
import { lawMs, lawRuns } from '../fixtures/runs.ts';
import { NO_ORDER } from '../model/index.ts';
import { FolioState } from '../trace/index.ts';
import type { CacheClaim } from './claims.ts';
import { type Cached, compareCaches } from './compare-caches.ts';

vi.setConfig({ testTimeout: lawMs() });

describe('compareCaches', () => {
  const differ = (model: CacheClaim[], kernel: CacheClaim[], tellsDirty = true) =>
    compareCaches(claims([], model), claims([], kernel), { page: PAGE, tellsDirty }).map(
      ({ from, to, model: said, kernel: is }) => `${from / PAGE}-${to / PAGE} ${said} ${is}`,
    );
  const { clean, dirty, folioDirty, writeback, failed } = FolioState;

  test('finds pages that are cached or not, dirty or not', () => {
    expect(differ([cached(0, 8, clean)], [cached(4, 12, folioDirty)])).toEqual(['0-1 clean absent', '1-2 clean dirty', '2-3 absent dirty']);
  });

  test('takes a whole folio for dirty when a byte of it is', () => {
    expect(differ([cached(0, 5, clean, 2), cached(5, 6, dirty, 2), cached(6, 16, clean, 2)], [cached(0, 16, folioDirty)])).toEqual([]);
    expect(differ([cached(5, 6, dirty, 0), cached(8, 16, clean, 0)], [cached(4, 16, folioDirty)])).toEqual(['2-4 clean dirty']);
  });

  test('waits for no end of a writeback, and leaves open what a failed one left', () => {
    expect(differ([cached(0, 4, writeback)], [cached(0, 4, clean)])).toEqual([]);
    expect(differ([cached(0, 4, writeback)], [])).toEqual(['0-1 writeback absent']);
    expect(differ([cached(0, 4, writeback)], [cached(0, 4, folioDirty)])).toEqual(['0-1 writeback dirty']);
    expect(differ([cached(0, 4, failed)], [])).toEqual([]);
  });

  test('lets a page that came be anything since, where no event tells what becomes dirty', () => {
    const came = [cached(0, 4, FolioState.added)],
      is = [cached(0, 4, folioDirty)];
    expect([differ(came, is), differ(came, is, false), differ(came, [], false)]).toEqual([['0-1 clean dirty'], [], ['0-1 clean absent']]);
  });

  test('agrees with comparing page by page', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const dice = new Dice(seed),
          model = randomCache(dice),
          kernel = randomLook(dice),
          size = BigInt(1 + dice.below(BLOCKS)) * BLOCK,
          found = compareCaches(claims([], model, size), claims([], kernel, size), { page: PAGE, tellsDirty: true }),
          pages = Math.ceil(Number(size / BLOCK) / PER_PAGE);
        expect(drawn(found, PAGE, pages)).toBe(
          Array.from({ length: pages }, (_, k) => {
            const said = pageOf(model, k),
              state = kernel.find(({ from, to }) => BigInt(k) * PAGE >= from && BigInt(k) * PAGE < to)?.state,
              is = state === undefined ? 'absent' : state === folioDirty ? 'dirty' : 'clean';
            return said === undefined || said === is || (said === 'writeback' && is === 'clean') ? '.' : 'x';
          }).join(''),
        );
      }),
      lawRuns(),
    );
  });
});

const randomLook = (dice: Dice): CacheClaim[] =>
  Array.from({ length: BLOCKS / PER_PAGE }, (_, page) => page)
    .filter(() => dice.below(3) > 0)
    .map((page) => cached(page * PER_PAGE, (page + 1) * PER_PAGE, dice.pick([FolioState.clean, FolioState.folioDirty]), NO_ORDER));

/** What the model says of page `k`, folio by folio; undefined: it does not know. */
function pageOf(cache: readonly CacheClaim[], k: number): Cached | undefined {
  const touches = ({ from, to }: CacheClaim, first: number, pages: number): boolean =>
    from < BigInt(first + pages) * PAGE && to > BigInt(first) * PAGE;
  const here = cache.filter((it) => touches(it, k, 1));
  if (here.some(({ state }) => state === FolioState.unknown || state === FolioState.failed)) return undefined;
  if (here.length === 0) return 'absent';
  const inFolio = (state: FolioState): boolean =>
    cache.some((it) => {
      const pages = it.order === NO_ORDER ? 1 : 1 << it.order;
      return it.state === state && touches(it, k - (k % pages), pages);
    });
  if (inFolio(FolioState.dirty)) return 'dirty';
  if (inFolio(FolioState.writeback)) return 'writeback';
  return 'clean';
}
