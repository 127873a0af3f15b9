import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFlaw } from '../units/index.ts';
import {
  btrfsChunk,
  btrfsSearch,
  btrfsSearchHeader,
  btrfsStripe,
  type Chunk,
  CHUNK_TREE,
  type OpaqueChunk,
  readChunks,
  type Stripe,
} from './btrfs.ts';
import { chunkFlags } from './bits-ioctl.ts';
import { ChunkMap } from './chunk-map.ts';

interface Item {
  readonly logical: bigint;
  readonly length: bigint;
  readonly stripeLength: bigint;
  readonly type: number;
  readonly sub: number;
  readonly stripes: readonly Stripe[];
}

/** A chunk item without its stripes. */
const CHUNK_HEAD = btrfsChunk.size - btrfsStripe.size;

/** The answer of a search that found these chunk items. */
function answerOf(items: readonly Item[]): Uint8Array {
  const size = (item: Item): number => btrfsSearchHeader.size + CHUNK_HEAD + item.stripes.length * btrfsStripe.size,
    bytes = new Uint8Array(btrfsSearch.size + items.reduce((sum, item) => sum + size(item), 0));
  let at = btrfsSearch.size;
  for (const { logical, length, stripeLength, type, sub, stripes } of items) {
    const len = CHUNK_HEAD + stripes.length * btrfsStripe.size;
    btrfsSearchHeader.write({ objectid: CHUNK_TREE.objectid, offset: logical, type: CHUNK_TREE.itemType, len }, bytes, at);
    at += btrfsSearchHeader.size;
    const chunk = { length, stripe_len: stripeLength, type: BigInt(type), num_stripes: stripes.length, sub_stripes: sub };
    bytes.set(btrfsChunk.encode(chunk).subarray(0, CHUNK_HEAD), at);
    at += CHUNK_HEAD;
    for (const stripe of stripes) {
      btrfsStripe.write(stripe, bytes, at);
      at += btrfsStripe.size;
    }
  }
  return bytes;
}

const bit = (name: Parameters<typeof chunkFlags.mask>[0]): number => chunkFlags.mask(name);
const chunksOf = (...items: readonly Item[]): (Chunk | OpaqueChunk)[] => {
  const found = readChunks(answerOf(items), items.length);
  if (isFlaw(found)) throw new Error(found.field);
  return found.chunks;
};
const item = (changes: Partial<Item>): Item => ({
  logical: 1000n,
  length: 64n,
  stripeLength: 16n,
  type: bit('DATA'),
  sub: 1,
  stripes: [{ devid: 1n, offset: 5000n }],
  ...changes,
});
const two = [
  { devid: 1n, offset: 5000n },
  { devid: 2n, offset: 9000n },
];

describe('ChunkMap.pieces', () => {
  const pieces = (changes: Partial<Item>, logical: bigint, length: bigint) =>
    new ChunkMap(chunksOf(item(changes))).pieces(logical, length, 99);

  test('moves an address by what the chunk lies off its logical one', () => {
    expect(pieces({}, 1010n, 20n)).toEqual([{ length: 20n, copies: [{ devid: 1n, offset: 5010n }] }]);
  });

  test('lists every copy of a mirrored chunk', () => {
    for (const profile of ['RAID1', 'DUP'] as const)
      expect(pieces({ type: bit('DATA') | bit(profile), stripes: two }, 1010n, 20n)).toEqual([
        {
          length: 20n,
          copies: [
            { devid: 1n, offset: 5010n },
            { devid: 2n, offset: 9010n },
          ],
        },
      ]);
  });

  test('cuts a striped range at each stripe', () => {
    expect(pieces({ type: bit('DATA') | bit('RAID0'), stripes: two }, 1010n, 30n)).toEqual([
      { length: 6n, copies: [{ devid: 1n, offset: 5010n }] },
      { length: 16n, copies: [{ devid: 2n, offset: 9000n }] },
      { length: 8n, copies: [{ devid: 1n, offset: 5016n }] },
    ]);
  });

  test('answers nothing where arithmetic does not know: parity, no chunk, too many stripes', () => {
    const map = new ChunkMap(chunksOf(item({ type: bit('DATA') | bit('RAID5'), stripes: two })));
    expect(map.pieces(1000n, 4n, 99)).toBeUndefined();
    expect([map.opaque(1063n), map.opaque(1064n)]).toEqual(['DATA|RAID5', undefined]);
    expect(pieces({}, 1060n, 5n)).toBeUndefined();
    expect(pieces({}, 999n, 5n)).toBeUndefined();
    const striped = new ChunkMap(chunksOf(item({ type: bit('RAID0'), stripes: two, stripeLength: 1n })));
    expect(striped.pieces(1000n, 64n, 63)).toBeUndefined();
  });

  const layouts = fc.constantFrom<readonly [type: number, copies: number, sub: number]>(
    [0, 1, 1],
    [bit('RAID0'), 1, 1],
    [bit('RAID1'), 2, 1],
    [bit('RAID1C3'), 3, 1],
    [bit('RAID10'), 2, 2],
  );
  const isMirror = (type: number): boolean => type === bit('RAID1') || type === bit('RAID1C3');
  const chunk = fc
    .tuple(layouts, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 4 }))
    .map(([[type, copies, sub], columns, stripe, rows]) => {
      const n = type === 0 || isMirror(type) ? 1 : columns;
      return {
        copies,
        item: item({
          logical: 100n,
          length: BigInt(n * rows * stripe),
          stripeLength: BigInt(stripe),
          type: type | bit('DATA'),
          sub,
          // Far apart, so that no stroke on one can be taken for another's.
          stripes: Array.from({ length: n * copies }, (_, i) => ({ devid: BigInt(i), offset: BigInt(10_000 * i) })),
        }),
      };
    });

  test('agrees with stripes dealt out one after the other, byte for byte', () => {
    fc.assert(
      fc.property(chunk, fc.nat(200), fc.nat(200), ({ copies, item }, a, b) => {
        const { length, stripeLength, stripes } = item,
          columns = stripes.length / copies,
          // What each byte of each column is, in the order in which the column is filled.
          dealt: number[][] = Array.from({ length: columns }, () => []);
        for (let byte = 0; byte < Number(length); byte++) dealt[Math.floor(byte / Number(stripeLength)) % columns]!.push(byte);
        const from = Math.min(a % Number(length), Number(length) - 1),
          count = 1 + (b % (Number(length) - from)),
          found = new ChunkMap(chunksOf(item)).pieces(100n + BigInt(from), BigInt(count), 999)!;
        let byte = from;
        for (const piece of found) {
          expect(piece.copies).toHaveLength(copies);
          for (let i = 0; i < Number(piece.length); i++, byte++)
            for (const [c, { devid, offset }] of piece.copies.entries()) {
              const column = Math.floor(Number(devid) / copies);
              expect(Number(devid) % copies).toBe(c);
              expect(dealt[column]![Number(offset) - 10_000 * Number(devid) + i]).toBe(byte);
            }
        }
        expect(byte).toBe(from + count);
      }),
    );
  });
});

describe('readChunks', () => {
  test('goes on behind the last item', () => {
    const found = readChunks(answerOf([item({}), item({ logical: 2000n })]), 2);
    expect(found).toMatchObject({ next: 2001n });
  });

  test.each([
    [item({ length: 0n }), 'length'],
    [item({ logical: 2n ** 64n - 1n }), 'length'],
    [item({ stripeLength: 0n }), 'stripe_len'],
    [item({ type: bit('RAID10'), sub: 0, stripes: two }), 'num_stripes'],
    [item({ type: bit('RAID10'), sub: 3, stripes: two }), 'num_stripes'],
  ])('answers a flaw for a chunk that cannot be (%#)', (wrong, field) => {
    expect(readChunks(answerOf([wrong]), 1)).toMatchObject({ code: 'E_CHUNK', field });
  });

  test('answers chunks or a flaw for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(9), (bytes, count) => {
        const found = readChunks(bytes, count);
        expect(isFlaw(found) || found.chunks.length <= count).toBe(true);
      }),
    );
    const whole = answerOf([item({ stripes: two })]);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), (cut) => {
        expect(isFlaw(readChunks(whole.subarray(0, cut), 1))).toBe(true);
      }),
    );
  });
});
