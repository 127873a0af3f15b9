import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FolioState, type Frame, FrameBuilder, Kind } from '@mapscope/shared/trace';
import { U64_MAX } from '@mapscope/shared/units';
import { frameOf } from '../source.ts';
import { look, sayCache } from './look.ts';
import { type Ask, PageBit } from './survey.ts';

const states = [0, PageBit.present, PageBit.present | PageBit.dirty, PageBit.present | PageBit.writeback];

/** A cache of one state a page, and how often it was asked. */
function cacheOf(pages: readonly number[]): { readonly ask: Ask; calls: number } {
  const cache = {
    calls: 0,
    ask: (from: number, to: number) => {
      cache.calls++;
      const part = from === 0 && to === 0 ? pages : pages.slice(from, to),
        count = (bit: number): number => part.filter((state) => (state & bit) !== 0).length;
      return { cache: count(PageBit.present), dirty: count(PageBit.dirty), writeback: count(PageBit.writeback) };
    },
  };
  return cache;
}

/** The state of each byte step as rows tell it. */
function told(frame: Frame, step: number, n: number): (FolioState | undefined)[] {
  const out = Array<FolioState | undefined>(n).fill(undefined);
  for (let i = 0; i < frame.count; i++) {
    expect(frame.kind[i]).toBe(Kind.folio);
    for (let at = 0; at < n; at++) {
      const byte = BigInt(at * step);
      if (byte >= frame.offset[i]! && byte < frame.offset[i]! + frame.length[i]!) out[at] = frame.type[i] as FolioState;
    }
  }
  return out;
}

describe.each([4096, 16_384, 65_536])('look with pages of %i bytes', (page) => {
  const cache = fc.array(fc.constantFrom(...states), { minLength: 1, maxLength: 40 });
  const stateNames = new Map<number, FolioState>([
    [0, FolioState.removed],
    [PageBit.present, FolioState.clean],
    [PageBit.present | PageBit.dirty, FolioState.folioDirty],
    [PageBit.present | PageBit.writeback, FolioState.writeback],
  ]);

  test('tells of every page what it is, by at most as many questions as it may ask', () => {
    fc.assert(
      fc.property(cache, fc.integer({ min: 0, max: 120 }), (pages, calls) => {
        const asked = cacheOf(pages),
          found = look(asked.ask, BigInt(pages.length * page - 1), { calls, page, at: 5n }),
          rows = new FrameBuilder();
        // Two questions find the end.
        expect(asked.calls).toBeLessThanOrEqual(calls + 2);
        expect(found.isWhole).toBe(found.stop === pages.length);
        if (calls >= 2 * pages.length) expect(found.isWhole).toBe(true);
        expect(sayCache(rows, 7, found)).toBe(found.stop > 0);
        if (found.stop === 0) return;
        const seen = told(frameOf(rows, 6n), page, pages.length + 1);
        expect(seen.slice(0, found.stop)).toEqual(pages.slice(0, found.stop).map((state) => stateNames.get(state)));
        // What is behind is known only when all was told.
        expect(new Set(seen.slice(found.stop))).toEqual(new Set([found.isWhole ? FolioState.removed : undefined]));
      }),
    );
  });

  test('finds pages behind a size that lags', () => {
    const found = look(cacheOf([...Array<number>(9).fill(0), PageBit.present]).ask, 1n, { calls: 99, page, at: 0n });
    expect(found).toMatchObject({ runs: [{ from: 9, to: 10, state: PageBit.present }], isWhole: true });
  });

  test('asks twice for a file of which nothing is cached', () => {
    const asked = cacheOf(Array<number>(1000).fill(0));
    expect(look(asked.ask, BigInt(1000 * page), { calls: 99, page, at: 0n }).runs).toEqual([]);
    expect(asked.calls).toBe(3);
  });
});

test('sayCache empties the file to its end when nothing of it is cached', () => {
  const rows = new FrameBuilder();
  sayCache(rows, 1, { at: 3n, page: 4096, runs: [], stop: 4, isWhole: true });
  const frame = frameOf(rows, 4n);
  expect([frame.count, frame.type[0], frame.offset[0], frame.length[0], frame.time[0]]).toEqual([1, FolioState.removed, 0n, U64_MAX, 3n]);
});
