import { BlockType } from './block.ts';
import { type BlockEntry, holds } from './block-index.ts';

/**
 * The nearest block of events that has rows about an inode, and rows before `at` (`by` -1) or behind it (1). A block that no index tells of may have some.
 * `entries`: of recordings that go on from one another, oldest first.
 */
export function nearestBlock(entries: readonly BlockEntry[], inode: number, at: bigint, by: 1 | -1): BlockEntry | undefined {
  const isFound = ({ type, rows, first, until, inodes }: BlockEntry): boolean =>
    type === BlockType.events && rows > 0 && (by > 0 ? until > at : first < at) && (!inodes || holds(inodes, inode));
  return by > 0 ? entries.find(isFound) : entries.findLast(isFound);
}
