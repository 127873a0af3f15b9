import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frameOf } from '../fixtures/rows.ts';
import { BlockType } from './block.ts';
import type { BlockContent } from './block-content.ts';
import type { BlockEntry } from './block-index.ts';
import { Kind } from './kind.ts';
import { closeRatesOf, ratesOf } from './rates.ts';
import { recordingOver } from './recording.ts';

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

describe('closeRatesOf', () => {
  /** A recording of one block for each list of the seconds of its rows, and how many of them were read. */
  function recorded(...blocks: readonly (readonly number[])[]) {
    let read = 0;
    const entries = blocks.map((times, k) => ({
      ...block(BigInt(times[0]!) * SECOND, BigInt(times.at(-1)!) * SECOND, { [Kind.folio]: times.length }),
      at: k,
    }));
    const whole = recordingOver(
      { size: 0, read: () => new Uint8Array(0) },
      { version: 3, header: {} as never, entries, isWhole: true, flaws: [] },
    );
    const content = (entry: BlockEntry): Promise<BlockContent> => {
      read++;
      const rows = blocks[entry.at]!.map((at) => ({ kind: Kind.folio, time: BigInt(at) * SECOND }));
      return Promise.resolve({ frames: [frameOf(rows)], flaws: [] });
    };
    return { part: { ...whole, content }, reads: () => read };
  }
  const SECOND = 1_000_000_000n;

  test('counts the rows of a short recording where they are, not spread over its only block', async () => {
    const { part } = recorded([0, 0, 1, 9]);
    expect([...(await closeRatesOf([part], 5)).counts.get(Kind.folio)!]).toEqual([3, 0, 0, 0, 1]);
    expect([...ratesOf(part.entries, 5).counts.get(Kind.folio)!]).toEqual([0, 1, 1, 1, 1]);
  });

  test('reads no block that is short beside the whole', async () => {
    const { part, reads } = recorded(...Array.from({ length: 1000 }, (_, k) => [k, k + 1]));
    expect((await closeRatesOf([part], 10)).counts.get(Kind.folio)!.reduce((a, b) => a + b, 0)).toBe(2000);
    expect(reads()).toBe(0);
  });

  test('spreads what cannot be read', async () => {
    const { part } = recorded([0, 0, 1, 9]),
      broken = { ...part, content: () => Promise.reject(new Error('gone')) };
    expect(await closeRatesOf([broken], 5)).toEqual(ratesOf(part.entries, 5));
  });
});
