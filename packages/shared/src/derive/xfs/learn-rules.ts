import { bigintOf, type FtraceFormat, numberOf } from '../../wire/index.ts';
import type { Handle, Rule, Scene } from '../rule.ts';
import { LearnedXfs } from './learned.ts';

/** Where nobody could be asked: how XFS packs block numbers, which its own events and those of the iterator tell together, and sizes. */
export const learnRules: readonly Rule[] = [
  { system: 'xfs', event: 'xfs_iomap_found', use: found },
  { system: 'xfs', event: 'xfs_iomap_alloc', use: found },
];

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
