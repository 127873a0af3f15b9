import { type EventRow, frameOf } from '@mapscope/shared/fixtures';
import { Kind, SourceId } from '@mapscope/shared/trace';
import { utf8 } from '@mapscope/shared/units';
import { describe, expect, test } from 'vitest';
import { KnownInodes } from './known-inodes.ts';

const inode = (number: number, ino: bigint, path: string, type = 0o100644): EventRow => ({
  kind: Kind.inode,
  time: 1n,
  inode: number,
  source: SourceId.fuse,
  offset: ino,
  type,
  length: 5n,
  bytes: utf8(path),
});
const gone = (number: number): EventRow => ({ kind: Kind.inodeGone, time: 1n, inode: number, source: SourceId.fuse });
const knowing = (...rows: EventRow[]): KnownInodes => {
  const known = new KnownInodes();
  known.learn(frameOf(rows));
  return known;
};

describe('KnownInodes', () => {
  test('answers 0 for an inode that nobody introduced', () => {
    expect(knowing(inode(1, 5n, 'a')).numberOf(6n)).toBe(0);
    expect(knowing().file(1)).toBeUndefined();
  });

  test('knows a file by both its numbers, and where it is now', () => {
    const known = knowing(inode(1, 5n, 'a'), inode(1, 5n, 'b/c'));
    expect(known.numberOf(5n)).toBe(1);
    expect(known.file(1)).toEqual({ inode: 1, ino: 5n, path: utf8('b/c'), size: 5n });
  });

  test('looks at regular files only, and never at the root', () => {
    const known = knowing(
      inode(1, 1n, '', 0o040755),
      inode(2, 2n, 'dir', 0o040755),
      inode(3, 3n, 'link', 0o120777),
      inode(4, 4n, 'file'),
      inode(5, 5n, ''),
    );
    expect([...known.regular()].map(({ inode }) => inode)).toEqual([4]);
    expect(known.numberOf(2n)).toBe(2);
  });

  test('keeps the number of a file that is gone, whose pages leave the cache behind it, until the number has a new owner', () => {
    const known = knowing(inode(1, 5n, 'a'), gone(1));
    expect([known.numberOf(5n), known.file(1)]).toEqual([1, undefined]);
    known.learn(frameOf([inode(2, 5n, 'again')]));
    expect(known.numberOf(5n)).toBe(2);
  });

  test('forgets those long gone, but not a number that was given anew', () => {
    const known = knowing(inode(1, 5n, 'a'), gone(1), inode(2, 5n, 'again'), inode(3, 6n, 'other'), gone(3));
    for (let k = 10; k < 10 + 4096 + 10; k++) known.learn(frameOf([inode(k, BigInt(k * 10), 'x'), gone(k)]));
    expect([known.numberOf(5n), known.numberOf(6n)]).toEqual([2, 0]);
  });
});
