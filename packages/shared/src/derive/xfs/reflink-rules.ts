import { Change, How, MapType } from '../../trace/index.ts';
import { U64_MAX } from '../../units/index.ts';
import { bigintOf, type FtraceFormat, MapFlag, numberOf } from '../../wire/index.ts';
import type { Mapping } from '../claims.ts';
import type { Inode } from '../inode.ts';
import type { Moment } from '../ops.ts';
import type { Handle, Rule, Scene } from '../rule.ts';
import { bytesOfBlocks, bytesOfPacked } from '../volume.ts';
import { opOf } from '../folio-rules.ts';

/** Shared storage: clones, copies on write that come true, and conversions of what was written. */
export const reflinkRules: readonly Rule[] = [
  { system: 'xfs', event: 'xfs_reflink_remap_range', use: sharing },
  { system: 'xfs', event: 'xfs_reflink_remap_extent_dest', use: shared },
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
      other = inodes.find(dev(view, at), ino(view, at));
    if (!inode) return;
    const start = offset(view, at);
    spaces.begin(
      moment,
      tasks.of(moment.pid),
      inode,
      Change.share,
      start,
      length(view, at),
      other && { inode: other, from: from(view, at), to: start },
    );
  };
}

/** One extent of the destination is about to be what the source has there. */
function shared(format: FtraceFormat, { inodes, tasks, claims }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    block = bigintOf(format, 'lblk'),
    count = bigintOf(format, 'len');
  if (!dev || !ino || !block || !count) return undefined;
  return (view, at, _, moment) => {
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (!inode) return;
    if (inode.volume.blockSize === 0) return claims.doubt(moment, inode, 0, 0n, U64_MAX);
    const { space, shares } = tasks.of(moment.pid),
      from = bytesOfBlocks(inode.volume, block(view, at)),
      to = from + bytesOfBlocks(inode.volume, count(view, at));
    shares.inode = inode;
    shares.from = from;
    shares.to = to;
    if (space?.change !== Change.share || space.inode !== inode || !space.source) {
      if (!inode.tells) claims.doubt(moment, inode, 0, from, to);
      return;
    }
    const { inode: other, from: start, to: target } = space.source,
      source = start + (from - target);
    // The destination's own records follow; of the source nothing changes but that it is shared.
    if (inode.tells) claims.moved(moment, other, space.op, source, source + (to - from), other, source, MapFlag.SHARED);
    else claims.moved(moment, inode, space.op, from, to, other, source, MapFlag.SHARED);
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
