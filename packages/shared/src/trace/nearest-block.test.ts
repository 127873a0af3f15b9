import { describe, expect, test } from 'vitest';
import { BlockType } from './block.ts';
import type { BlockEntry } from './block-index.ts';
import { nearestBlock } from './nearest-block.ts';

const block = (first: bigint, until: bigint, ...inodes: number[]): BlockEntry => ({
  type: BlockType.events,
  continues: false,
  at: Number(first),
  size: 1,
  rows: 1,
  first,
  until,
  inodes: Uint32Array.from(inodes),
});
const entries = [block(0n, 10n, 1, 2), block(10n, 20n, 1), { ...block(20n, 20n, 1, 2), type: BlockType.sections }, block(20n, 30n, 2, 3)];

describe('nearestBlock', () => {
  test('finds what is before and behind a moment, the block that holds it included', () => {
    const found = (inode: number, at: bigint, by: 1 | -1): bigint | undefined => nearestBlock(entries, inode, at, by)?.first;
    expect([found(1, 30n, -1), found(1, 15n, -1), found(2, 15n, -1)]).toEqual([10n, 10n, 0n]);
    expect([found(2, 0n, 1), found(2, 10n, 1), found(1, 15n, 1)]).toEqual([0n, 20n, 10n]);
  });

  test('finds nothing where there is nothing, and passes over keyframes', () => {
    expect(nearestBlock(entries, 1, 20n, 1)).toBeUndefined();
    expect(nearestBlock(entries, 9, 30n, -1)).toBeUndefined();
    expect(nearestBlock(entries, 3, 20n, -1)).toBeUndefined();
  });

  test('does not pass over a block that no index tells of', () => {
    const { inodes: _, ...walked } = block(10n, 20n);
    expect(nearestBlock([walked], 7, 30n, -1)).toBe(walked);
  });
});
