import { Kind } from '../trace/index.ts';
import { utf8 } from '../units/index.ts';
import { bigintOf, type FtraceFormat, numberOf } from '../wire/index.ts';
import { dioFlagsOf, iocbFlagsOf } from './flags.ts';
import type { Handle, Rule, Scene } from './rule.ts';

/** Direct I/O past the page cache: begun, handed over, complete. */
export const directRules: readonly Rule[] = [
  { system: 'iomap', event: 'iomap_dio_rw_begin', use: begun },
  { system: 'iomap', event: 'iomap_dio_rw_queued', use: queued },
  { system: 'iomap', event: 'iomap_dio_complete', use: complete },
  { system: 'iomap', event: 'iomap_dio_invalidate_fail', use: stayed },
  { system: 'xfs', event: 'xfs_reflink_bounce_dio_write', use: bounced },
  { system: 'xfs', event: 'xfs_file_direct_read', use: (_, scene) => direction(scene, false) },
  { system: 'xfs', event: 'xfs_file_direct_write', use: (_, scene) => direction(scene, true) },
];

function begun(format: FtraceFormat, { inodes, tasks, directs, ownPids }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    pos = bigintOf(format, 'pos'),
    count = bigintOf(format, 'count'),
    iocb = numberOf(format, 'ki_flags'),
    dio = numberOf(format, 'dio_flags'),
    iocbOf = iocbFlagsOf(format),
    dioOf = dioFlagsOf(format),
    aio = numberOf(format, 'aio');
  if (!dev || !ino || !pos || !count) return undefined;
  return (view, at, _, moment) => {
    const inode = ownPids.has(moment.pid) ? undefined : inodes.find(dev(view, at), ino(view, at));
    if (inode)
      directs.begin(
        moment,
        tasks.of(moment.pid),
        inode,
        pos(view, at),
        count(view, at),
        iocb ? iocbOf(iocb(view, at)) : 0,
        dio ? dioOf(dio(view, at)) : 0,
        aio ? aio(view, at) !== 0 : false,
      );
  };
}

/** XFS gives up a direct write of a part of a shared block before iomap hears of it (fact: xfs_file_dio_write_unaligned, ENOTBLK). Whether it is an aio nobody says. */
function bounced(format: FtraceFormat, { inodes, tasks, directs, ownPids }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    offset = bigintOf(format, 'offset'),
    count = bigintOf(format, 'count');
  if (!dev || !ino || !offset || !count) return undefined;
  return (view, at, _, moment) => {
    const inode = ownPids.has(moment.pid) ? undefined : inodes.find(dev(view, at), ino(view, at));
    if (!inode) return;
    const task = tasks.of(moment.pid);
    task.isWriting = true;
    directs.begin(moment, task, inode, offset(view, at), count(view, at), 0, 0, false);
    directs.giveUp(moment, task);
  };
}

/** The filesystem says which it is before it begins. */
function direction({ tasks }: Scene, isWriting: boolean): Handle {
  return (_view, _at, _size, { pid }) => void (tasks.of(pid).isWriting = isWriting);
}

function queued(format: FtraceFormat, { inodes, tasks, directs }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino');
  if (!dev || !ino) return undefined;
  return (view, at, _, moment) => {
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (inode) directs.queued(moment, tasks.of(moment.pid), inode);
  };
}

function complete(format: FtraceFormat, { inodes, tasks, directs }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    pos = bigintOf(format, 'pos'),
    result = bigintOf(format, 'ret'),
    error = numberOf(format, 'error'),
    aio = numberOf(format, 'aio');
  if (!dev || !ino || !pos || !result) return undefined;
  return (view, at, _, moment) => {
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (!inode) return;
    const errno = error ? Math.abs(error(view, at)) : 0;
    directs.complete(moment, tasks.of(moment.pid), inode, pos(view, at), result(view, at), errno, aio ? aio(view, at) !== 0 : false);
  };
}

/** Pages of a range that a direct write changed could not be dropped: what is in the cache is old. */
function stayed(format: FtraceFormat, { inodes, rows }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    offset = bigintOf(format, 'offset'),
    length = bigintOf(format, 'length');
  if (!dev || !ino || !offset || !length) return undefined;
  return (view, at, _, { time, cpu, pid }) => {
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (!inode) return;
    rows.begin(Kind.mark, time, cpu, pid, inode);
    rows.text(utf8(`direct write: ${length(view, at)} bytes at ${offset(view, at)} stayed in the page cache, older than the device`));
  };
}
