import { How, OpType } from '../trace/index.ts';
import { bigintOf, type FtraceFormat, numberOf } from '../wire/index.ts';
import type { Inode } from './inode.ts';
import type { Handle, Rule, Scene } from './rule.ts';

/**
 * What programs read out of the page cache, whether or not it was read ahead: `read(2)`, `splice(2)` and the like. Linux before 6.11 or so does not tell; loads through a mapping
 * are told where they fault.
 */
export const readRules: readonly Rule[] = [{ system: 'filemap', event: 'mm_filemap_get_pages', use: readCached }];

/** The pages that a task reads now, up to the last that it wants. */
export interface CachedRead {
  readonly inode: Inode;
  next: bigint;
  readonly last: bigint;
}

/** A read is told once for each batch of folios that it takes, from where it is to its end: the first tells all of it. Fact: filemap_get_pages, mm/filemap.c. */
function readCached(format: FtraceFormat, { inodes, tasks, ops, pageSize, ownPids }: Scene): Handle | undefined {
  const dev = numberOf(format, 's_dev'),
    ino = bigintOf(format, 'i_ino'),
    index = bigintOf(format, 'index'),
    last = bigintOf(format, 'last_index');
  if (!dev || !ino || !index || !last) return undefined;
  return (view, at, _, moment) => {
    const inode = ownPids.has(moment.pid) ? undefined : inodes.find(dev(view, at), ino(view, at));
    if (!inode) return;
    const task = tasks.of(moment.pid),
      first = index(view, at),
      end = last(view, at),
      before = task.cachedRead;
    task.cachedRead = { inode, next: first + 1n, last: end };
    if (first > end || (before?.inode === inode && before.last === end && first >= before.next)) return;
    const from = first * pageSize,
      length = (end - first + 1n) * pageSize,
      op = ops.begin(moment, inode, OpType.iomap, 0, from, length, 0);
    // How much of it the program got is not told.
    ops.end(moment, inode, op, OpType.iomap, length, 0, 0, How.derived);
  };
}
