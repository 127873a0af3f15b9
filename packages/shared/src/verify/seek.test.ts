import { describe, expect, test } from 'vitest';
import { bare, BLOCK, BLOCKS, cached, claims, mapped, PAGE, range } from '../fixtures/file-claims.ts';
import { FolioState, How, MapType } from '../trace/index.ts';
import type { ByteRange, CopyClaim } from './claims.ts';
import { compareSeek } from './seek.ts';

describe('compareSeek', () => {
  const size = BigInt(BLOCKS) * BLOCK,
    model = claims(
      [
        bare(0, 4, MapType.HOLE),
        mapped(4, 8, 100),
        mapped(8, 16, 200, { type: MapType.UNWRITTEN }),
        bare(16, 20, MapType.DELALLOC),
        bare(20, 24, MapType.UNKNOWN),
      ],
      [cached(12, 16, FolioState.dirty)],
    );
  const seek = (ranges: readonly ByteRange[], hasEvicted = false) =>
    compareSeek(model, { ranges, hasEvicted }, size, { block: BLOCK, page: PAGE, looksIntoCache: true });

  test('takes for data what is written, what waits, and what is cached over a place that is not written', () => {
    expect(seek([range(4, 8), range(12, 20)])).toEqual([]);
  });

  test('does not know of a place that is not written whether a page of it was taken back, which lseek takes for data', () => {
    const found = [range(4, 8), range(9, 10), range(12, 20)];
    expect([seek(found).length, seek(found, true).length]).toEqual([1, 0]);
  });

  test('takes what is cached over a hole for data where a copy on write waits, and for nothing where none does', () => {
    const over = (copies: readonly CopyClaim[], state: FolioState, hasEvicted = false, how: How = How.observed) => {
      const hole = { ...claims([{ ...bare(0, 16, MapType.HOLE), how }], [cached(4, 8, state)], size), copies };
      return compareSeek(hole, { ranges: [range(4, 10)], hasEvicted }, 16n * BLOCK, { block: BLOCK, page: PAGE, looksIntoCache: true });
    };
    const waits = [{ ...range(4, 12), how: How.observed }],
      all = { ...range(4, 10), model: 'hole', kernel: 'data' };
    expect(over([], FolioState.dirty)).toEqual([all]);
    expect(over(waits, FolioState.dirty)).toEqual([{ ...all, ...range(8, 10) }]);
    // Of a page that was taken back lseek remembers that it was there.
    expect(over(waits, FolioState.dirty, true)).toEqual([]);
    expect(over([], FolioState.dirty, true)).toEqual([all]);
    // FIEMAP does not say whether a copy waits.
    expect(over([], FolioState.dirty, false, How.reported)).toEqual([{ ...all, ...range(8, 10) }]);
    expect(over([{ ...range(0, 16), how: How.unknown }], FolioState.dirty)).toEqual([{ ...all, ...range(8, 10) }]);
  });

  test('finds data that the kernel has not, and holes that it has not, where the model knows', () => {
    expect(seek([range(0, 2), range(6, 8), range(12, 24)])).toEqual([
      { ...range(0, 2), model: 'hole', kernel: 'data' },
      { ...range(4, 6), model: 'data', kernel: 'hole' },
    ]);
  });
});
