import { Change, How, MapType } from '../../trace/index.ts';
import { U64_MAX } from '../../units/index.ts';
import { bigintOf, type FtraceFormat, MapFlag, numberOf } from '../../wire/index.ts';
import type { Mapping } from '../claims.ts';
import { pieces } from '../holes.ts';
import type { Inode } from '../inode.ts';
import type { Moment } from '../ops.ts';
import type { Handle, Rule, Scene } from '../rule.ts';
import { bytesOfBlocks, bytesOfPacked } from '../volume.ts';
import { opOf } from '../folio-rules.ts';

/** Shared storage: clones, copies on write that come true, and conversions of what was written. */
export const reflinkRules: readonly Rule[] = [
  { system: 'xfs', event: 'xfs_reflink_remap_range', use: sharing },
  { system: 'xfs', event: 'xfs_reflink_remap_extent_src', use: cloned },
  { system: 'xfs', event: 'xfs_reflink_remap_extent_dest', use: shared },
  { system: 'xfs', event: 'xfs_refcount_modify_extent', use: counted },
  { system: 'xfs', event: 'xfs_reflink_unshare', use: (format, scene) => ranged(format, scene, unsharing) },
  { system: 'xfs', event: 'xfs_reflink_cow_remap_from', use: remapped },
  { system: 'xfs', event: 'xfs_reflink_cancel_cow_range', use: (format, scene) => ranged(format, scene, cancelled) },
  { system: 'xfs', event: 'xfs_unwritten_convert', use: (format, scene) => ranged(format, scene, converted) },
  { system: 'xfs', event: 'xfs_setfilesize', use: (format, scene) => ranged(format, scene, sized) },
];

function sharing(format: FtraceFormat, { inodes, tasks, spaces }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'src_ino'),
    from = bigintOf(format, 'src_offset'),
    length = bigintOf(format, 'len'),
    to = bigintOf(format, 'dest_ino'),
    offset = bigintOf(format, 'dest_offset');
  if (!dev || !ino || !from || !length || !to || !offset) return undefined;
  return (view, at, _, moment) => {
    const inode = inodes.find(dev(view, at), to(view, at)),
      other = inodes.find(dev(view, at), ino(view, at)),
      start = offset(view, at),
      task = tasks.of(moment.pid);
    task.clones = other && { inode: other, from: from(view, at), to: start };
    if (inode) spaces.begin(moment, task, inode, Change.share, start, length(view, at));
  };
}

/** Of a kernel that has no such event it is not known where the source lies. */
const nothingCloned = { from: 0n, addr: undefined, isWritten: true } as const;

/** An extent of the source, where it has it. Space that is not written, and holes, are not shared. Fact: xfs_reflink_remap_blocks, fs/xfs/xfs_reflink.c. */
function cloned(format: FtraceFormat, { inodes, tasks }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    block = bigintOf(format, 'lblk'),
    place = bigintOf(format, 'pblk'),
    state = numberOf(format, 'state');
  if (!dev || !block || !place || !state) return undefined;
  return (view, at, _, { pid }) => {
    const volume = inodes.volume(dev(view, at));
    if (!volume || volume.blockSize === 0) return;
    const addr = bytesOfPacked(volume, place(view, at));
    tasks.of(pid).cloned = { from: bytesOfBlocks(volume, block(view, at)), addr, isWritten: state(view, at) === 0 };
  };
}

/** One extent of the destination, of which perhaps nobody asked, is about to be what the source has there. */
function shared(format: FtraceFormat, { inodes, tasks, claims }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    block = bigintOf(format, 'lblk'),
    count = bigintOf(format, 'len');
  if (!dev || !ino || !block || !count) return undefined;
  return (view, at, _, moment) => {
    const volume = inodes.volume(dev(view, at)),
      inode = inodes.find(dev(view, at), ino(view, at)),
      { space, shares, sharing, clones, cloned: extent = nothingCloned } = tasks.of(moment.pid);
    if (!volume || (!inode && !clones)) return;
    if (volume.blockSize === 0) {
      for (const it of [inode, clones?.inode]) if (it) claims.doubt(moment, it, 0, 0n, U64_MAX);
      return;
    }
    const from = bytesOfBlocks(volume, block(view, at)),
      length = bytesOfBlocks(volume, count(view, at));
    shares.inode = inode;
    shares.from = from;
    shares.to = from + length;
    if (!clones) {
      if (inode && !inode.tells) claims.doubt(moment, inode, 0, from, from + length);
      return;
    }
    const { inode: other } = clones,
      source = clones.from + (from - clones.to),
      op = inode && space?.inode === inode && space.change === Change.share ? space.op : 0;
    if (inode && !inode.tells) return claims.moved(moment, inode, op, from, from + length, other, source, MapFlag.SHARED);
    if (!extent.isWritten) return;
    // The destination's own records follow; of the source nothing changes but that it is shared.
    claims.moved(moment, other, op, source, source + length, other, source, MapFlag.SHARED);
    if (extent.addr === undefined) return;
    const addr = extent.addr + (source - extent.from);
    claims.shares(moment, { inode: other, from: source, addr, length });
    sharing.splice(0, sharing.length, [addr, addr + length]);
  };
}

/** A copy on write comes true: the data map has what the copy-on-write fork had. */
function remapped(format: FtraceFormat, { inodes, tasks, claims, ioends }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    block = bigintOf(format, 'lblk'),
    count = bigintOf(format, 'len'),
    place = bigintOf(format, 'pblk');
  if (!dev || !ino || !block || !count || !place) return undefined;
  return (view, at, _, moment) => {
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (!inode || inode.tells) return;
    if (inode.volume.blockSize === 0) return claims.doubt(moment, inode, 0, 0n, U64_MAX);
    const from = bytesOfBlocks(inode.volume, block(view, at)),
      length = bytesOfBlocks(inode.volume, count(view, at)),
      addr = bytesOfPacked(inode.volume, place(view, at)),
      op = opOf(tasks.of(moment.pid), inode);
    ioends.settle(moment, inode, from, from + length);
    claims.copied(moment, inode, op, from, from + length);
    if (addr === undefined) claims.doubt(moment, inode, op, from, from + length);
    else {
      const m: Mapping = { offset: from, length, addr, type: MapType.MAPPED, flags: 0, device: inode.volume.device };
      claims.data(moment, inode, op, m, 0, How.derived);
    }
  };
}

/** How many files have a place is another number now. Fact: xfs_refcount_adjust_extents, fs/xfs/libxfs/xfs_refcount.c; a merge of records leaves them shared. */
function counted(format: FtraceFormat, { inodes, tasks, claims }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    group = numberOf(format, 'agno'),
    // Since 6.0 or so; before a high bit of the block said it.
    domain = numberOf(format, 'domain'),
    block = numberOf(format, 'startblock'),
    count = numberOf(format, 'blockcount'),
    owners = numberOf(format, 'refcount'),
    // Since 6.14 or so; before there were none of the realtime device.
    type = numberOf(format, 'type') ?? (() => GROUP),
    COPIES = Number(format.symbols.get('domain')?.entries.find(([, name]) => name === 'cow')?.[0] ?? 1);
  if (!dev || !group || !domain || !block || !count || !owners) return undefined;
  return (view, at, _, moment) => {
    if (owners(view, at) !== 1 || domain(view, at) === COPIES || type(view, at) !== GROUP) return;
    const volume = inodes.volume(dev(view, at));
    if (!volume?.groups || volume.blockSize === 0) return;
    const from = (BigInt(group(view, at)) * BigInt(volume.groups.blocks) + BigInt(block(view, at))) * BigInt(volume.blockSize),
      to = from + bytesOfBlocks(volume, BigInt(count(view, at)));
    // A destination that had the same place elsewhere gives that up first.
    for (const [start, end] of pieces(from, to, tasks.of(moment.pid).sharing)) {
      claims.sharers.ended(moment.time, volume.dev, start, end);
      for (const it of claims.sharers.take(volume.dev, start, end)) claims.unshared(moment, it);
    }
  };
}
/** XG_TYPE_AG. Fact: enum xfs_group_type, fs/xfs/libxfs/xfs_types.h. */
const GROUP = 0;

/** What an event says of a file: a range, and its size. */
type Act = (scene: Scene, moment: Moment, inode: Inode, from: bigint, length: bigint, size: bigint | undefined) => void;

/** Events of a range: `offset`, `count` and `isize`. */
function ranged(format: FtraceFormat, scene: Scene, act: Act): Handle | undefined {
  const { inodes } = scene,
    dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    offset = bigintOf(format, 'offset'),
    count = bigintOf(format, 'count'),
    size = bigintOf(format, 'isize');
  if (!dev || !ino || !offset || !count) return undefined;
  return (view, at, _, moment) => {
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (inode) act(scene, moment, inode, offset(view, at), count(view, at), size?.(view, at));
  };
}

function unsharing({ spaces, tasks }: Scene, moment: Moment, inode: Inode, from: bigint, length: bigint): void {
  spaces.begin(moment, tasks.of(moment.pid), inode, Change.unshare, from, length);
}

function cancelled({ claims }: Scene, moment: Moment, inode: Inode, from: bigint, length: bigint): void {
  if (!inode.tells) claims.copied(moment, inode, 0, from, from + length);
}

/** Blocks that were given unwritten hold data now: the I/O to them went well. */
function converted(scene: Scene, moment: Moment, inode: Inode, from: bigint, length: bigint, size: bigint | undefined): void {
  const { claims, ioends, tasks } = scene;
  sized(scene, moment, inode, from, length, size);
  if (inode.tells) return;
  ioends.settle(moment, inode, from, from + length);
  claims.written(moment, inode, opOf(tasks.of(moment.pid), inode), from, from + length);
}

function sized(
  { hears }: Pick<Scene, 'hears'>,
  moment: Moment,
  inode: Inode,
  _from: bigint,
  _length: bigint,
  size: bigint | undefined,
): void {
  if (size !== undefined && inode.number > 0) hears.sized?.(inode.number, size, moment.time);
}
