import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { Dice } from '../fixtures/dice.ts';
import { BLOCK, BLOCKS, cached, claims, drawn, randomCache, range } from '../fixtures/file-claims.ts';
import { lawMs, lawRuns } from '../fixtures/runs.ts';
import { FolioState, How } from '../trace/index.ts';
import type { ByteRange, CacheClaim, FileClaims } from './claims.ts';
import { compareBlocks } from './compare-blocks.ts';

vi.setConfig({ testTimeout: lawMs() });

describe('compareBlocks', () => {
  /** `after`: the cache once the file was written back. */
  const differ = (before: FileClaims, written: readonly ByteRange[], after: readonly CacheClaim[] = []) =>
    compareBlocks(before, { written, after: claims([], after) }, BLOCK);

  test('finds what was dirty and not written, and what was written and not dirty', () => {
    const before = claims([], [cached(0, 4, FolioState.dirty), cached(4, 8, FolioState.clean)]);
    expect(differ(before, [range(0, 4)])).toEqual([]);
    expect(differ(before, [range(2, 5)])).toEqual([
      { ...range(0, 2), model: 'dirty', kernel: 'not written' },
      { ...range(4, 5), model: 'clean', kernel: 'written' },
    ]);
  });

  test('takes a block for dirty when a byte of it is, and nothing behind the end of the file', () => {
    const part = { ...cached(0, 1, FolioState.dirty), from: 1n, to: 2n };
    expect(differ(claims([], [part], 4n * BLOCK), [range(0, 1), range(4, 8)])).toEqual([]);
  });

  test('does not know which blocks of a folio are dirty of which only that is known', () => {
    const asked = cached(0, 4, FolioState.folioDirty, 0, How.reported),
      before = claims([], [asked, cached(4, 8, FolioState.unknown), cached(8, 12, FolioState.writeback)]);
    expect(differ(before, [range(2, 6)])).toEqual([]);
    // Of one whose writes were told the others are clean.
    expect(differ(claims([], [{ ...asked, how: How.observed }]), [range(2, 3)])).toHaveLength(1);
  });

  test('leaves open what failed before it was put into an I/O: it was dirty, and nothing says that it was written', () => {
    const before = claims([], [cached(0, 8, FolioState.dirty), cached(8, 12, FolioState.clean)]),
      failed = [cached(0, 4, FolioState.failed), cached(8, 12, FolioState.failed)];
    expect(differ(before, [range(4, 6), range(8, 12)], failed)).toEqual([
      { ...range(6, 8), model: 'dirty', kernel: 'not written' },
      { ...range(8, 12), model: 'clean', kernel: 'written' },
    ]);
  });

  test('agrees with comparing block by block', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const dice = new Dice(seed),
          cache = randomCache(dice),
          written = randomCache(dice).map(({ from, to }) => ({ from, to })),
          want = Array.from({ length: BLOCKS }, (_, k) => {
            const holds = ({ from, to }: ByteRange): boolean => BigInt(k) * BLOCK >= from && BigInt(k) * BLOCK < to,
              state = cache.find(holds)?.state ?? FolioState.clean,
              isWritten = written.some(holds);
            return state === FolioState.dirty ? (isWritten ? '.' : 'x') : state === FolioState.clean && isWritten ? 'x' : '.';
          });
        expect(drawn(differ(claims([], cache), written), BLOCK, BLOCKS)).toBe(want.join(''));
      }),
      lawRuns(),
    );
  });
});
