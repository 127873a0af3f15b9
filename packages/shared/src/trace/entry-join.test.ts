import { expect, test } from 'vitest';
import { BlockType } from './block.ts';
import type { BlockEntry } from './block-index.ts';
import { appendEntry } from './entry-join.ts';
import { Kind } from './kind.ts';
import { ratesOf } from './rates.ts';

/** A block of one folio row, behind `n` others of 100 bytes. */
const block = (n: number, first: bigint): BlockEntry => {
  const counts = new Uint32Array(Kind.folio + 1);
  counts[Kind.folio] = 1;
  return { type: BlockType.events, continues: false, at: n * 100, size: 100, rows: 1, first, until: first + 1000n, counts };
};

const SECOND = 1_000_000_000n;

test('appendEntry leaves a quiet time between two entries: an overview would spread the rows on both sides over it', () => {
  const entries: BlockEntry[] = [];
  for (const [n, at] of [0n, 1000n, 30n * SECOND, 30n * SECOND + 1000n].entries()) appendEntry(entries, block(n, at));
  expect(entries.map(({ rows }) => rows)).toEqual([2, 2]);
  expect([...ratesOf(entries, 5).counts.get(Kind.folio)!]).toEqual([2, 0, 0, 0, 2]);
});

test('appendEntry joins what comes steadily for a tenth of a second', () => {
  const entries: BlockEntry[] = [];
  for (let n = 0; n < 100; n++) appendEntry(entries, block(n, (BigInt(n) * SECOND) / 50n));
  expect(entries).toHaveLength(20);
  expect(entries.reduce((sum, { rows }) => sum + rows, 0)).toBe(100);
});
