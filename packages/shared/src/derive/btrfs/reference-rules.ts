import { MapType } from '../../trace/index.ts';
import { bigintOf, bytesOf, type FtraceFormat, numberOf } from '../../wire/index.ts';
import type { Moment } from '../ops.ts';
import type { Handle, Rule, Scene } from '../rule.ts';
import type { Placed } from './told-places.ts';

/**
 * Which files have an extent too is known by its references. Each that a file gets or gives up is told, by the extent's address (`add_delayed_data_ref`): then it is no longer known
 * whether it is shared, of whichever file it was told. A snapshot and its removal change references to blocks of the tree that the extents are in, and of
 * none of them: these are told from the copies of blocks that each transaction makes, which share nothing anew: for a copy one reference comes and one goes before
 * `btrfs_cow_block`, and what else comes is to a block that was just allocated. Fact: fs/btrfs/ctree.c, fs/btrfs/delayed-ref.c.
 */
export const referenceRules: readonly Rule[] = [
  { system: 'btrfs', event: 'add_delayed_data_ref', use: ofData },
  { system: 'btrfs', event: 'add_delayed_tree_ref', use: ofTree },
  { system: 'btrfs', event: 'btrfs_cow_block', use: copied },
  { system: 'btrfs', event: 'btrfs_reserve_extent', use: allocated },
];

/** Roots of trees that files are in: the first, and those of subvolumes. Fact: include/uapi/linux/btrfs_tree.h. */
const FIRST_TREE = 5n;
const isFileTree = (root: bigint): boolean => root === FIRST_TREE || (root >= 256n && root < 1n << 63n);

/** `BTRFS_DROP_DELAYED_REF`, whose number no format has. Fact: fs/btrfs/delayed-ref.h, as in all kernels since 2.6.31. */
const DROP = 2;

function ofData(format: FtraceFormat, scene: Scene): Handle | undefined {
  const { places, inodes, has } = scene,
    fsid = bytesOf(format, 'fsid'),
    start = bigintOf(format, 'bytenr'),
    length = bigintOf(format, 'num_bytes');
  if (!fsid || !start || !length) return undefined;
  places.isFollowed = ['add_delayed_tree_ref', 'btrfs_cow_block'].every((event) => has(event));
  return (view, at, size, moment) => {
    const dev = inodes.devOfFsid(fsid(view, at, size)),
      from = start(view, at);
    if (dev !== undefined) for (const it of places.changed(dev, moment.time, from, from + length(view, at))) tellUnsure(scene, moment, it);
  };
}

function ofTree(format: FtraceFormat, scene: Scene): Handle | undefined {
  const { inodes, tasks, has } = scene,
    fsid = bytesOf(format, 'fsid'),
    block = bigintOf(format, 'bytenr'),
    root = bigintOf(format, 'ref_root'),
    action = numberOf(format, 'action'),
    // Without it a block that is new cannot be told from one that gets another owner.
    tellsNew = has('btrfs_reserve_extent');
  if (!fsid || !block || !root || !action) return undefined;
  return (view, at, size, moment) => {
    const dev = inodes.devOfFsid(fsid(view, at, size));
    if (dev === undefined) return;
    const task = tasks.of(moment.pid),
      bytes = block(view, at),
      owner = root(view, at);
    decide(scene, moment);
    if (!isFileTree(owner)) return;
    if (action(view, at) === DROP) task.dropped = { dev, block: bytes, root: owner };
    else if (!tellsNew || task.reserved !== bytes) allUnsure(scene, moment, dev);
  };
}

/** The block that it gave up it had copied. */
function copied(format: FtraceFormat, scene: Scene): Handle | undefined {
  const block = bigintOf(format, 'buf_start');
  if (!block) return undefined;
  return (view, at, _, moment) => {
    const task = scene.tasks.of(moment.pid);
    if (task.dropped?.block === block(view, at)) task.dropped = undefined;
    decide(scene, moment);
  };
}

/** An address that nobody had. */
function allocated(format: FtraceFormat, { tasks }: Scene): Handle | undefined {
  const start = bigintOf(format, 'start');
  return start && ((view, at, _, { pid }) => void (tasks.of(pid).reserved = start(view, at)));
}

/** The task goes on: the block that it gave up was no copy's. Of the subvolume that had it nothing else is known by that: its own files gave up what was in it one by one. */
function decide(scene: Scene, moment: Moment): void {
  const task = scene.tasks.of(moment.pid),
    { dropped } = task;
  if (!dropped) return;
  task.dropped = undefined;
  allUnsure(scene, moment, dropped.dev, dropped.root);
}

function allUnsure(scene: Scene, moment: Moment, dev: number, butRoot?: bigint): void {
  for (const it of scene.places.allChanged(dev, moment.time, butRoot)) tellUnsure(scene, moment, it);
}

/** Where the file lies there still, it is not known whether another one does. */
export function tellUnsure({ inodes, claims }: Pick<Scene, 'inodes' | 'claims'>, moment: Moment, it: Placed): void {
  const inode = inodes.find(it.dev, it.ino, it.root);
  if (!inode) return;
  const { from, to, addr, device, flags } = it;
  claims.unsure(moment, inode, { offset: from, length: to - from, addr, type: MapType.MAPPED, flags, device });
}
