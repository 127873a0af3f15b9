import { bigintOf, type FtraceFormat, MapFlag, numberOf } from '../../wire/index.ts';
import type { Handle, Rule, Scene } from '../rule.ts';
import type { Mapping } from '../claims.ts';
import type { Inode } from '../inode.ts';
import { LearnedXfs } from './learned.ts';

/** A mapping in blocks as XFS told it, of one fork of a file. */
export interface PackedRun {
  readonly volume: LearnedXfs;
  readonly ino: bigint;
  readonly isCow: boolean;
  /** Blocks of the file. */
  readonly offset: bigint;
  readonly start: bigint;
  readonly count: bigint;
}

/** Writeback of a task tells the mapping in bytes that XFS has just told it in blocks, if it is that one. */
export function learnRun(run: PackedRun, inode: Inode, { offset, length, addr, flags }: Mapping): void {
  const { volume, count } = run,
    size = BigInt(volume.blockSize);
  // Nothing else says that it is: the size of a block is not learnt here.
  if (
    size === 0n ||
    inode.volume !== volume ||
    inode.ino !== run.ino ||
    run.offset * size !== offset ||
    count * size !== length ||
    run.isCow !== ((flags & MapFlag.SHARED) !== 0)
  )
    return;
  volume.learn(count, length, run.start, addr);
}

/** Where nobody could be asked: how XFS packs block numbers, which its own events and those of the iterator tell together, and sizes. */
export const learnRules: readonly Rule[] = [
  { system: 'xfs', event: 'xfs_iomap_found', use: found },
  { system: 'xfs', event: 'xfs_iomap_alloc', use: found },
  { system: 'xfs', event: 'xfs_map_blocks_found', use: mapped },
];

/** Writeback has looked up where its folios belong. What is allocated only then is told by the record of the fork. */
function mapped(format: FtraceFormat, { inodes, tasks }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    fork = numberOf(format, 'whichfork'),
    offset = bigintOf(format, 'startoff'),
    start = bigintOf(format, 'startblock'),
    count = bigintOf(format, 'blockcount');
  if (!dev || !ino || !fork || !offset || !start || !count) return undefined;
  return (view, at, _, { pid }) => {
    const volume = inodes.volume(dev(view, at));
    if (volume instanceof LearnedXfs)
      tasks.of(pid).packedRun = {
        volume,
        ino: ino(view, at),
        isCow: fork(view, at) === COW_FORK,
        offset: offset(view, at),
        start: start(view, at),
        count: count(view, at),
      };
  };
}
/** Fact: XFS_COW_FORK, fs/xfs/libxfs/xfs_types.h. */
const COW_FORK = 2;

function found(format: FtraceFormat, { inodes, tasks, hears }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    size = bigintOf(format, 'size'),
    start = bigintOf(format, 'startblock'),
    count = bigintOf(format, 'blockcount');
  if (!dev || !start || !count) return undefined;
  return (view, at, _, { pid, time }) => {
    const volume = inodes.volume(dev(view, at)),
      task = tasks.of(pid),
      step = task.steps.at(-1);
    if (volume instanceof LearnedXfs) task.packed = { volume, start: start(view, at), count: count(view, at) };
    // It names the size on the disk. On persistent memory no writeback is between that and the file's: nothing else tells it of what is only mapped.
    if (step?.inode.isDax && step.inode.number > 0 && size && ino?.(view, at) === step.inode.ino)
      hears.sized?.(step.inode.number, size(view, at), time);
  };
}
