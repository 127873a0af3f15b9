import { bigintOf, type FtraceFormat, numberOf } from '../../wire/index.ts';
import type { Handle, Rule, Scene } from '../rule.ts';

/** Mappings that became old before they were used: the kernel asks again. */
export const staleRules: readonly Rule[] = [
  { system: 'xfs', event: 'xfs_iomap_invalid', use: invalid },
  { system: 'xfs', event: 'xfs_wb_data_iomap_invalid', use: invalidInWriteback },
  { system: 'xfs', event: 'xfs_wb_cow_iomap_invalid', use: invalidInWriteback },
];

/** The step under way used a mapping that is old: its op ends STALE, and the next call gets another. */
function invalid(format: FtraceFormat, { inodes, tasks }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino');
  if (!dev || !ino) return undefined;
  return (view, at, _, { pid }) => {
    const inode = inodes.find(dev(view, at), ino(view, at)),
      step = tasks.of(pid).steps.findLast((it) => it.inode === inode && it.op !== 0);
    if (step) step.isStale = true;
  };
}

/** Writeback gives up the mapping it had: what it adds next may lie elsewhere. */
function invalidInWriteback(format: FtraceFormat, { inodes, tasks, ioends }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino');
  if (!dev || !ino) return undefined;
  return (view, at, _, { pid }) => {
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (inode) ioends.outdate(tasks.of(pid), inode);
  };
}
