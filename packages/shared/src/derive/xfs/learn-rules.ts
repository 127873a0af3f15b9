import { bigintOf, type FtraceFormat, numberOf } from '../../wire/index.ts';
import type { Handle, Rule, Scene } from '../rule.ts';
import { LearnedXfs } from './learned.ts';

/** Where nobody could be asked how XFS packs block numbers, its own events and those of the iterator tell it together. */
export const learnRules: readonly Rule[] = [
  { system: 'xfs', event: 'xfs_iomap_found', use: found },
  { system: 'xfs', event: 'xfs_iomap_alloc', use: found },
];

function found(format: FtraceFormat, { inodes, tasks }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    start = bigintOf(format, 'startblock'),
    count = bigintOf(format, 'blockcount');
  if (!dev || !start || !count) return undefined;
  return (view, at, _, { pid }) => {
    const volume = inodes.volume(dev(view, at));
    if (volume instanceof LearnedXfs) tasks.of(pid).packed = { volume, start: start(view, at), count: count(view, at) };
  };
}
