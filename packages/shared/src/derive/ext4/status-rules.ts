import { Change, MapType, NO_ADDR, Where } from '../../trace/index.ts';
import { U64_MAX } from '../../units/index.ts';
import { bigintOf, type FtraceFormat, numberOf } from '../../wire/index.ts';
import type { Mapping } from '../claims.ts';
import { opOf } from '../folio-rules.ts';
import { pieces } from '../holes.ts';
import type { Inode } from '../inode.ts';
import type { Moment } from '../ops.ts';
import type { Handle, Rule, Scene } from '../rule.ts';

/**
 * ext4 keeps what it knows of a file's extents in a tree in memory, and tells each change of it: what is there, what waits for a place, and what is
 * hole. What is taken out of the tree is forgotten only when the inode leaves memory; else space is freed, or extents of two files change places (EXT4_IOC_MOVE_EXT,
 * EXT4_IOC_SWAP_BOOT), of which no event tells. Facts: fs/ext4/extents_status.c, fs/ext4/extents.c, ext4_swap_extents and ext4_clear_inode.
 */
export const statusRules: readonly Rule[] = [
  { system: 'ext4', event: 'ext4_es_insert_extent', use: (format, scene) => inserted(format, scene, Where.everywhere) },
  // Read from the disk beside what was asked for, and kept only where nothing was known.
  { system: 'ext4', event: 'ext4_es_cache_extent', use: (format, scene) => inserted(format, scene, Where.unknown) },
  { system: 'ext4', event: 'ext4_es_insert_delayed_extent', use: (format, scene) => inserted(format, scene, Where.everywhere) },
  { system: 'ext4', event: 'ext4_es_remove_extent', use: removed },
  { system: 'ext4', event: 'ext4_evict_inode', use: leaving },
  { system: 'ext4', event: 'ext4_ext_remove_space', use: freed },
];

/** With these the filesystem tells of every change. */
export const statusEvents = [
  'ext4_es_insert_extent',
  'ext4_es_insert_delayed_extent',
  'ext4_es_remove_extent',
  'ext4_ext_remove_space',
] as const;

/** The last block that ext4 has. Fact: EXT_MAX_BLOCKS, fs/ext4/ext4_extents.h. */
const LAST = 0xffff_fffen;

function inserted(format: FtraceFormat, { inodes, tasks, claims, ownPids }: Scene, where: Where): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    block = bigintOf(format, 'lblk'),
    count = bigintOf(format, 'len'),
    place = bigintOf(format, 'pblk'),
    status = numberOf(format, 'status'),
    named = new Map(format.symbols.get('status')?.entries.map(([mask, name]) => [name, Number(mask)])),
    WRITTEN = named.get('W') ?? 1,
    UNWRITTEN = named.get('U') ?? 2,
    DELAYED = named.get('D') ?? 4,
    m: Mapping = { offset: 0n, length: 0n, addr: NO_ADDR, type: 0, flags: 0, device: 0 };
  if (!dev || !ino || !block || !count || !place || !status) return undefined;
  return (view, at, _, moment) => {
    const inode = inodes.find(dev(view, at), ino(view, at));
    // What is looked up for a question of ours is told by its answer; what we write back is written.
    if (!inode || !inode.tells || (ownPids.has(moment.pid) && !tasks.of(moment.pid).writepages)) return;
    const bits = status(view, at),
      size = BigInt(inode.volume.blockSize),
      from = block(view, at) * size,
      to = endOf(block(view, at) + count(view, at), size),
      op = opOf(tasks.of(moment.pid), inode);
    if (where === Where.everywhere) inode.changes++;
    if ((bits & (WRITTEN | UNWRITTEN)) !== 0) {
      m.offset = from;
      m.length = to - from;
      m.addr = place(view, at) * size;
      m.type = (bits & WRITTEN) !== 0 ? MapType.MAPPED : MapType.UNWRITTEN;
      m.device = inode.volume.device;
      claims.data(moment, inode, op, m, where);
      if (where === Where.everywhere) claims.undelayed(moment, inode, op, from, to);
    } else if ((bits & DELAYED) !== 0) claims.delayed(moment, inode, op, from, to);
    else {
      claims.hole(moment, inode, op, from, to, where);
      if (where === Where.everywhere) claims.undelayed(moment, inode, op, from, to);
    }
  };
}

const endOf = (block: bigint, size: bigint): bigint => (block > LAST ? U64_MAX : block * size);

/** The inode leaves memory. */
function leaving(format: FtraceFormat, { inodes, tasks }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino');
  return dev && ino && ((view, at, _, { pid }) => void (tasks.of(pid).evicts = inodes.find(dev(view, at), ino(view, at))));
}

/** Freed when that is what its task is about, forgotten, or another file's from now on. What waited for a place waits no longer. */
function removed(format: FtraceFormat, scene: Scene): Handle | undefined {
  const { inodes, tasks, claims, has } = scene,
    dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    block = bigintOf(format, 'lblk'),
    count = bigintOf(format, 'len'),
    seesLeaving = has('ext4_evict_inode');
  if (!dev || !ino || !block || !count) return undefined;
  return (view, at, _, moment) => {
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (!inode || !inode.tells) return;
    const size = BigInt(inode.volume.blockSize),
      from = block(view, at) * size,
      to = endOf(block(view, at) + count(view, at), size),
      task = tasks.of(moment.pid),
      op = opOf(task, inode),
      // What waited had no place.
      placed = pieces(from, to, inode.delayed);
    inode.changes++;
    claims.undelayed(moment, inode, op, from, to);
    if (free(scene, moment, inode, from, to, false)) return;
    if (from === 0n && to === U64_MAX && (!seesLeaving || task.evicts === inode)) return;
    for (const [start, end] of placed) claims.doubt(moment, inode, op, start, end);
  };
}

function freed(format: FtraceFormat, scene: Scene): Handle | undefined {
  const { inodes } = scene,
    dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    start = bigintOf(format, 'start'),
    end = bigintOf(format, 'end');
  if (!dev || !ino || !start || !end) return undefined;
  return (view, at, _, moment) => {
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (!inode || !inode.tells) return;
    const size = BigInt(inode.volume.blockSize);
    inode.changes++;
    free(scene, moment, inode, start(view, at) * size, endOf(end(view, at) + 1n, size), true);
  };
}

/** `[from, to)` is freed by what the task is about, or moved. `isSure`: it is freed whatever that is. Answers whether it is about such a thing. */
function free({ tasks, claims }: Scene, moment: Moment, inode: Inode, from: bigint, to: bigint, isSure: boolean): boolean {
  const { space } = tasks.of(moment.pid),
    own = space?.inode === inode ? space : undefined,
    op = own?.op ?? 0;
  if (own?.change === Change.collapse || own?.change === Change.insert) {
    // Extents from there on move once; how far was told when it began.
    const range = own.range;
    if (own.freed || !range || (own.change === Change.collapse) !== isSure) return true;
    own.freed = { from, to };
    if (own.change === Change.collapse) claims.moved(moment, inode, op, range.from, U64_MAX, inode, range.to, 0);
    else {
      claims.moved(moment, inode, op, range.to, U64_MAX, inode, range.from, 0);
      claims.hole(moment, inode, op, range.from, range.to);
    }
  } else if (isSure || own?.change === Change.truncate || own?.change === Change.punch) claims.hole(moment, inode, op, from, to);
  else return false;
  return true;
}
