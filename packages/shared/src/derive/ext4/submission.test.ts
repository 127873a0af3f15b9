import { describe, expect, test } from 'vitest';
import { U64_MAX } from '../../units/index.ts';
import { Inode } from '../inode.ts';
import { dirtiedMeanwhile, type Submission } from './submission.ts';

const FLUSHER = 3,
  WRITER = 100;

/** A file that is being written back, and what that keeps of it. */
function writtenBack(isTagged: boolean): { readonly inode: Inode; readonly it: Submission } {
  const inode = new Inode({ dev: 1, filesystem: 'ext4', device: 1, blockSize: 4096 }, true, 12n, 0n, 1),
    it: Submission = {
      inode,
      pid: FLUSHER,
      from: 0n,
      to: U64_MAX,
      most: U64_MAX,
      isTagged,
      passesOver: false,
      waits: true,
      redirtied: [],
      doubted: [],
    };
  inode.submitting.add(it);
  return { inode, it };
}

describe('dirtiedMeanwhile', () => {
  test('takes a page for dirty again that the task that writes it back made dirty: it could write a part of it only', () => {
    const { inode, it } = writtenBack(false);
    expect(dirtiedMeanwhile(inode, FLUSHER, 4096n, 8192n)).toBe(true);
    expect([it.redirtied, it.doubted]).toEqual([[[4096n, 8192n]], []]);
  });

  test('takes a page for dirty that others made so while only what was dirty before is written', () => {
    const { inode, it } = writtenBack(true);
    expect(dirtiedMeanwhile(inode, WRITER, 4096n, 8192n)).toBe(true);
    expect([it.redirtied, it.doubted]).toEqual([[[4096n, 8192n]], []]);
  });

  test('does not know of a page that others made dirty in the background: its turn may still come', () => {
    const { inode, it } = writtenBack(false);
    expect(dirtiedMeanwhile(inode, WRITER, 4096n, 8192n)).toBe(false);
    expect([it.redirtied, it.doubted]).toEqual([[], [[4096n, 8192n]]]);
  });

  test('says nothing of a file that nobody writes back', () => {
    const { inode, it } = writtenBack(true);
    inode.submitting.delete(it);
    expect([dirtiedMeanwhile(inode, WRITER, 0n, 4096n), it.redirtied]).toEqual([false, []]);
  });
});
