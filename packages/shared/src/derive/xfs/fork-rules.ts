import { Change, Where } from '../../trace/index.ts';
import { U64_MAX } from '../../units/index.ts';
import { bigintOf, type FtraceFormat, numberOf } from '../../wire/index.ts';
import { opOf } from '../folio-rules.ts';
import { addHole, type Holes } from '../holes.ts';
import type { Inode } from '../inode.ts';
import type { Handle, Rule, Scene } from '../rule.ts';
import type { Task } from '../tasks.ts';
import { bytesOfBlocks } from '../volume.ts';
import { type ForkRecord, Forks, isDelayed, noRange, noRecord, placeOf, type Range } from './forks.ts';
import type { PackedRun } from './learn-rules.ts';
import { LearnedXfs } from './learned.ts';

/**
 * XFS tells each change of the extent lists that it has in memory, of both forks. Where these events are, the maps need no others. Facts:
 * xfs_iext_insert, xfs_iext_remove and xfs_iext_update_extent, fs/xfs/libxfs/xfs_iext_tree.c.
 */
export const forkRules: readonly Rule[] = [
  { system: 'xfs', event: 'xfs_iext_insert', use: (format, scene) => change(format, scene, 'insert') },
  { system: 'xfs', event: 'xfs_iext_remove', use: (format, scene) => change(format, scene, 'remove') },
  { system: 'xfs', event: 'xfs_bmap_pre_update', use: (format, scene) => change(format, scene, 'before') },
  { system: 'xfs', event: 'xfs_bmap_post_update', use: (format, scene) => change(format, scene, 'after') },
  { system: 'xfs', event: 'xfs_read_extent', use: read },
];

/** With these the filesystem tells of every change. */
export const forkEvents = ['xfs_iext_insert', 'xfs_iext_remove', 'xfs_bmap_pre_update', 'xfs_bmap_post_update'] as const;

/** Bits of `bmap_state`. Fact: BMAP_ATTRFORK and BMAP_COWFORK, fs/xfs/libxfs/xfs_bmap.h; the same since they are there. */
const ATTR = 1 << 8;
const COW = 1 << 9;

/** Reads a record into `to`; undefined: of an attribute fork, or of a file that nobody asked for. */
function recordOf(
  format: FtraceFormat,
  { inodes }: Scene,
): ((view: DataView, at: number, to: ForkRecord) => Inode | undefined) | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    offset = bigintOf(format, 'startoff'),
    block = bigintOf(format, 'startblock'),
    count = bigintOf(format, 'blockcount'),
    state = numberOf(format, 'state'),
    bits = numberOf(format, 'bmap_state');
  if (!dev || !ino || !offset || !block || !count || !state || !bits) return undefined;
  return (view, at, to) => {
    const fork = bits(view, at);
    if ((fork & ATTR) !== 0) return undefined;
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (!inode || inode.volume.blockSize === 0) return undefined;
    to.inode = inode;
    to.isCow = (fork & COW) !== 0;
    to.isUnwritten = state(view, at) !== 0;
    to.from = bytesOfBlocks(inode.volume, offset(view, at));
    to.to = to.from + bytesOfBlocks(inode.volume, count(view, at));
    to.block = block(view, at);
    return inode;
  };
}

function change(format: FtraceFormat, scene: Scene, what: 'insert' | 'remove' | 'before' | 'after'): Handle | undefined {
  const { tasks, claims, ownPids } = scene,
    readRecord = recordOf(format, scene),
    forks = new Forks(claims),
    record = noRecord();
  return (
    readRecord &&
    ((view, at, _, moment) => {
      const task = tasks.of(moment.pid);
      if (what === 'before') {
        readRecord(view, at, task.before);
        return;
      }
      const inode = readRecord(view, at, record);
      if (!inode) return;
      if (!record.isCow) inode.changes++;
      const op = opOf(task, inode),
        shared = task.shares.inode === inode ? task.shares : noRange,
        { before } = task,
        { volume } = inode;
      if (what !== 'remove' && volume instanceof LearnedXfs && !isDelayed(record.block)) task.packedRun = packedOf(volume, inode, record);
      if (what === 'remove') {
        note(task, inode, record);
        forks.absent(moment, op, inode, record.isCow, record.from, record.to);
      } else if (what === 'after' && before.inode === inode && before.isCow === record.isCow) {
        note(task, inode, before);
        forks.change(moment, op, inode, before, record, shared, takenBy(task, inode, record), hadBy(task, inode));
      } else {
        // Who only asks makes no records: they are read in, also beyond the range that is asked for, and the answer may be told to nobody here (`mapscope verify`). To write back is all we do else.
        const place = ownPids.has(moment.pid) && task.writing.inode !== inode ? placeOf(record) : undefined;
        forks.present(moment, op, inode, record, record.from, record.to, shared, place ? [[place.from, place.to]] : hadBy(task, inode));
      }
      before.inode = undefined;
    })
  );
}

function packedOf(volume: LearnedXfs, { ino }: Inode, { isCow, from, to, block }: ForkRecord): PackedRun {
  const size = BigInt(volume.blockSize);
  return { volume, ino, isCow, offset: from / size, start: block, count: (to - from) / size };
}

/** Places that a file had are remembered until its task does something else: it gets them again when a record is cut in two, or becomes one with another. */
function note({ had }: Task, inode: Inode, record: ForkRecord): void {
  if (had.inode !== inode) had.places.length = 0;
  had.inode = inode;
  const place = record.isCow ? undefined : placeOf(record);
  // Of a file all of whose map was told it is known what is shared.
  if (place && !inode.isWhole && had.places.length < MOST_PLACES) addHole(had.places, place.from, place.to);
}
const MOST_PLACES = 1024;
const EVERYWHERE: Holes = [[0n, U64_MAX]];

/** Places of which it is not news that the inode has them: of what it gets there nobody says whether others have it too. */
const hadBy = ({ had, exchanges }: Task, inode: Inode): Holes => (exchanges ? EVERYWHERE : had.inode === inode ? had.places : []);

/** What the task takes out of the fork where a record ends now; where it is cut to make room for an insertion that is nothing. */
function takenBy({ space, unmaps }: Task, inode: Inode, { to }: ForkRecord): Range | undefined {
  if (unmaps.inode === inode && to >= unmaps.from && to < unmaps.to) return unmaps;
  return space?.change === Change.insert && space.inode === inode ? { from: to, to } : undefined;
}

/** The records of a file that was not in memory, in order: what lies between them is hole. */
function read(format: FtraceFormat, scene: Scene): Handle | undefined {
  const { tasks, claims, ownPids } = scene,
    readRecord = recordOf(format, scene),
    forks = new Forks(claims),
    record = noRecord();
  return (
    readRecord &&
    ((view, at, _, moment) => {
      const inode = readRecord(view, at, record);
      if (!inode || record.isCow) return;
      const { reading } = tasks.of(moment.pid),
        since = reading.inode === inode && reading.to <= record.from ? reading.to : 0n;
      claims.hole(moment, inode, 0, since, record.from);
      const place = placeOf(record),
        // Its insertion into the list was told just before, as if it were new, and what is new is not shared; but of ours (`change`). What FIEMAP answers us is of before, and stays.
        where = ownPids.has(moment.pid) ? Where.different : Where.everywhere;
      forks.present(moment, 0, inode, record, record.from, record.to, noRange, place ? [[place.from, place.to]] : [], where);
      reading.inode = inode;
      reading.to = record.to;
    })
  );
}
