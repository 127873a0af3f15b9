import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BlockType } from './block.ts';
import type { BlockEntry } from './block-index.ts';
import { Kind } from './kind.ts';
import { ratesOf } from './rates.ts';

const block = (first: bigint, until: bigint, counts: Partial<Record<number, number>>, type: BlockType = BlockType.events): BlockEntry => {
  const all = new Uint32Array(21);
  for (const [kind, n] of Object.entries(counts)) all[Number(kind)] = n!;
  return { type, continues: false, at: 0, size: 0, rows: all.reduce((sum, n) => sum + n, 0), first, until, counts: all };
};

describe('ratesOf', () => {
  test('spreads the rows of a block over its time', () => {
    const { from, step, bins, until, counts } = ratesOf(
      [block(100n, 140n, { [Kind.folio]: 8 }), block(140n, 180n, { [Kind.folio]: 4 })],
      4,
    );
    expect({ from, step, bins, until }).toEqual({ from: 100n, step: 21n, bins: 4, until: 180n });
    expect([...counts.get(Kind.folio)!]).toEqual([4, 4, 2, 2]);
  });

  test('counts every row once, in no more bins than asked for', () => {
    const time = fc.bigInt({ min: 0n, max: 2n ** 63n }),
      entry = fc
        .tuple(time, fc.bigInt({ min: 0n, max: 10n ** 12n }), fc.dictionary(fc.constantFrom('4', '8', '11'), fc.nat(1_000_000)))
        .map(([first, length, rows]) => block(first, first + length, rows));
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), fc.integer({ min: 1, max: 600 }), (entries, most) => {
        const { counts, bins } = ratesOf(entries, most);
        expect(bins).toBeLessThanOrEqual(most);
        for (const kind of [4, 8, 11]) {
          const sum = (counts.get(kind) ?? new Uint32Array()).reduce((a, b) => a + b, 0);
          expect(sum).toBe(entries.reduce((all, one) => all + one.counts![kind]!, 0));
        }
      }),
    );
  });

  test('passes over keyframes, which repeat what was so, and tells blocks without an index by their rows alone', () => {
    const { counts: _, ...walked } = block(0n, 10n, { [Kind.io]: 3 });
    const { counts } = ratesOf([walked, block(0n, 20n, { [Kind.inode]: 9 }, BlockType.keyframe)], 1);
    expect([...counts].map(([kind, bins]) => [kind, ...bins])).toEqual([[Kind.none, 3]]);
  });

  test('begins with the state that a recording begins with', () => {
    const keyframe = block(1n, 50n, { [Kind.inode]: 9 }, BlockType.keyframe);
    expect(ratesOf([keyframe, { ...block(100n, 140n, { [Kind.folio]: 8 }), at: 1000 }], 4).from).toBe(50n);
  });

  test('of nothing has no bins', () => {
    expect(ratesOf([], 512)).toEqual({ from: 0n, step: 1n, bins: 0, until: 0n, counts: new Map() });
  });
});
