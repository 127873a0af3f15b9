import { FolioFlag, FolioState, How } from '../trace/index.ts';
import { bigintOf, type FtraceFormat, numberOf, OpFlag } from '../wire/index.ts';
import { readBdi } from './bdi.ts';
import { dirtiedMeanwhile } from './ext4/submission.ts';
import type { Inode } from './inode.ts';
import type { Moment } from './ops.ts';
import type { Rows } from './rows.ts';
import type { Handle, Rule, Scene } from './rule.ts';
import type { Task } from './tasks.ts';

/** What came to the page cache, became dirty there, and left it, on any filesystem. */
export const folioRules: readonly Rule[] = [
  { system: 'filemap', event: 'mm_filemap_add_to_page_cache', use: (format, scene) => came(format, scene, FolioState.added) },
  { system: 'filemap', event: 'mm_filemap_delete_from_page_cache', use: (format, scene) => came(format, scene, FolioState.removed) },
  { system: 'writeback', event: 'writeback_dirty_folio', use: dirtied },
  { system: 'filemap', event: 'mm_filemap_fault', use: faulted },
  { system: 'iomap', event: 'iomap_invalidate_folio', use: dropping },
  { system: 'iomap', event: 'iomap_release_folio', use: splitting },
];

/** A folio entered the cache or left it. Kernels before large folios say no order: 0. */
function came(format: FtraceFormat, scene: Scene, state: typeof FolioState.added | typeof FolioState.removed): Handle | undefined {
  const { rows, steps, inodes, tasks, claims, folios, transfers, ioends, pageSize } = scene,
    dev = numberOf(format, 's_dev'),
    ino = bigintOf(format, 'i_ino'),
    index = bigintOf(format, 'index'),
    order = numberOf(format, 'order');
  if (!dev || !ino || !index) return undefined;
  return (view, at, _, moment) => {
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (!inode) return;
    const page = index(view, at),
      power = order ? order(view, at) & 31 : 0,
      from = page * pageSize,
      length = pageSize << BigInt(power);
    if (state === FolioState.removed) {
      steps.cleaned(inode, from, from + length);
      folios.left(moment, inode, page, power);
      transfers.left(inode, from, from + length);
      // A page that is being written does not leave.
      if (inode.ioends.size > 0) ioends.settle(moment, inode, from, from + length);
      // Its pages were dropped: by reclaim, or because they were punched. Which, nobody says.
      if (scene.doubtsRemoved(inode)) claims.doubt(moment, inode, 0, from, from + length);
    } else folios.came(inode, page, power);
    const i = rows.folio(moment, inode, state, from, length),
      c = rows.columns;
    c.flags[i] = FolioFlag.order | power;
    c.op[i] = opOf(tasks.of(moment.pid), inode);
  };
}

/** The op under way by which a task changes this inode; 0: none. */
export function opOf({ steps, direct, space, write }: Task, inode: Inode): number {
  for (let k = steps.length - 1; k >= 0; k--) {
    const step = steps[k]!;
    if (step.inode === inode && step.op !== 0) return step.op;
  }
  if (write?.inode === inode) return write.op;
  return direct?.inode === inode ? direct.op : space?.inode === inode ? space.op : 0;
}

/** `writeback_dirty_folio`: a clean folio became dirty; which bytes of it is said by the step that did it, when there is one. */
function dirtied(format: FtraceFormat, { rows, steps, inodes, tasks, folios, pageSize, has }: Scene): Handle | undefined {
  const dev = readBdi(format, 'name'),
    ino = bigintOf(format, 'ino'),
    index = bigintOf(format, 'index');
  if (!dev || !ino || !index) return undefined;
  const seesFuse = has('iomap_writeback_folio') || !has('sb_clear_inode_writeback');
  return (view, at, size, moment) => {
    const inode = inodes.findByBdi(dev(view, at, size), ino(view, at));
    if (!inode) return;
    const page = index(view, at),
      from = page * pageSize,
      length = folios.size(inode, page),
      task = tasks.of(moment.pid),
      op = opOf(task, inode);
    folios.dirtied(inode, page);
    steps.dirtied(task, inode, from, from + length);
    if (dirtiedMeanwhile(inode, moment.pid, from, from + length)) tellPart(rows, moment, inode, FolioState.taken, from, length, op);
    // Of several filesystems on that disk: whose, only a task tells that is writing here. Where no event tells what writeback takes, nobody knows for how long.
    const state = (inode.volume.sharesBdi && op === 0) || !seesTaken(inode, seesFuse) ? FolioState.unknown : FolioState.folioDirty;
    const i = tellPart(rows, moment, inode, state, from, length, op);
    // The step that tells which of its bytes it made dirty began unseen: that they alone are is not known.
    if (op === 0 && inode.volume.filesystem === 'xfs') rows.columns.how[i] = How.unknown;
    // Of a folio that was there before anybody told only the first page is named.
    const reach = folios.reach(inode, page);
    if (reach !== undefined && reach > from + length) tellUnknown(rows, moment, inode, from + length, reach);
  };
}

function tellPart(rows: Rows, moment: Moment, inode: Inode, state: FolioState, from: bigint, length: bigint, op: number): number {
  const i = rows.folio(moment, inode, state, from, length);
  rows.columns.op[i] = op;
  return i;
}

/** Filesystems of which it is told what writeback takes: by the iterator's events, by their own, by their server where we know him. */
const seesTaken = ({ volume: { filesystem }, tells }: Inode, seesFuse: boolean): boolean =>
  filesystem === 'xfs' || (filesystem === 'ext4' && tells) || (filesystem === 'fuse' && seesFuse);

/** A part of a folio is dropped, or all of it. */
function dropping(format: FtraceFormat, { inodes, tasks }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    offset = bigintOf(format, 'offset'),
    length = bigintOf(format, 'length'),
    size = bigintOf(format, 'size');
  if (!dev || !ino || !offset || !length || !size) return undefined;
  return (view, at, _, { pid }) => {
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (!inode || inode.large.size === 0) return;
    const { dropping: it } = tasks.of(pid);
    it.inode = inode;
    it.from = offset(view, at);
    it.to = it.from + length(view, at);
    it.size = size(view, at);
  };
}

/** The filesystem is asked to let go of a folio that has just lost a part: it is about to be split. */
function splitting(format: FtraceFormat, { inodes, tasks, folios }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    offset = bigintOf(format, 'offset'),
    length = bigintOf(format, 'length');
  if (!dev || !ino || !offset || !length) return undefined;
  return (view, at, _, moment) => {
    const task = tasks.of(moment.pid),
      { dropping: it } = task;
    if (!it.inode || it.inode !== inodes.find(dev(view, at), ino(view, at))) return;
    const from = offset(view, at),
      to = from + length(view, at);
    if (it.from >= from && it.to <= to && (it.from > from || it.to < to)) folios.cut(moment, it.inode, it.from, it.to, it.size);
    // Told, be it that it stays whole because it is dirty: XFS may write it back before it says that it truncates. Fact: xfs_setattr_size, fs/xfs/xfs_iops.c.
    if (task.sets === it.inode) task.sets = undefined;
    it.inode = undefined;
  };
}

/** A load or a store asked for a page of the cache; of a store that makes it writable the iterator tells. */
function faulted(format: FtraceFormat, { inodes, faults, pageSize, ownPids }: Scene): Handle | undefined {
  const dev = numberOf(format, 's_dev'),
    ino = bigintOf(format, 'i_ino'),
    index = bigintOf(format, 'index');
  if (!dev || !ino || !index) return undefined;
  return (view, at, _, moment) => {
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (!inode || inode.volume.filesystem === 'fuse' || ownPids.has(moment.pid)) return;
    faults.tell(moment, inode, OpFlag.FAULT, index(view, at) * pageSize, pageSize);
  };
}

/** Nobody knows what is so of a range of the cache. */
export function tellUnknown(rows: Rows, moment: Moment, inode: Inode, from: bigint, to: bigint): void {
  const i = rows.folio(moment, inode, FolioState.unknown, from, to - from);
  rows.columns.how[i] = How.unknown;
}

/** A range of the cache holds what the file has. */
export function tellUptodate(rows: Rows, moment: Moment, inode: Inode, from: bigint, to: bigint, parent: number): void {
  const i = rows.folio(moment, inode, FolioState.uptodate, from, to - from);
  rows.columns.parent[i] = parent;
}
