import { Change, How } from '../../trace/index.ts';
import { bigintOf, type FtraceFormat, numberOf } from '../../wire/index.ts';
import type { Handle, Rule, Scene } from '../rule.ts';

/** Truncate and fallocate of ext4, new files and freed ones. */
export const changeRules: readonly Rule[] = [
  { system: 'ext4', event: 'ext4_truncate_enter', use: (format, scene) => begin(format, scene, Change.truncate) },
  { system: 'ext4', event: 'ext4_truncate_exit', use: ended },
  { system: 'ext4', event: 'ext4_fallocate_enter', use: (format, scene) => begin(format, scene, Change.allocate) },
  { system: 'ext4', event: 'ext4_fallocate_exit', use: ended },
  { system: 'ext4', event: 'ext4_punch_hole', use: (format, scene) => begin(format, scene, Change.punch) },
  { system: 'ext4', event: 'ext4_zero_range', use: (format, scene) => begin(format, scene, Change.zero) },
  { system: 'ext4', event: 'ext4_collapse_range', use: (format, scene) => begin(format, scene, Change.collapse) },
  { system: 'ext4', event: 'ext4_insert_range', use: (format, scene) => begin(format, scene, Change.insert) },
  { system: 'ext4', event: 'ext4_allocate_inode', use: made },
  { system: 'ext4', event: 'ext4_free_inode', use: freed },
];

function begin(format: FtraceFormat, { inodes, tasks, spaces }: Scene, change: Change): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    offset = bigintOf(format, 'offset'),
    length = bigintOf(format, 'len');
  if (!dev || !ino) return undefined;
  return (view, at, _, moment) => {
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (!inode) return;
    const from = offset?.(view, at) ?? 0n,
      n = length?.(view, at) ?? 0n,
      task = tasks.of(moment.pid);
    // Nothing says when most of them are over, or that one was refused; none consists of others.
    spaces.end(moment, task);
    spaces.begin(moment, task, inode, change, from, n).range = { from, to: from + n };
  };
}

function ended(format: FtraceFormat, { inodes, tasks, spaces }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino');
  if (!dev || !ino) return undefined;
  return (view, at, _, moment) => {
    const task = tasks.of(moment.pid);
    if (task.space && task.space.inode === inodes.find(dev(view, at), ino(view, at))) spaces.end(moment, task, How.derived);
  };
}

function made(format: FtraceFormat, { born }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    dir = bigintOf(format, 'dir');
  return dev && ino && ((view, at, _, moment) => born(moment, dev(view, at), ino(view, at), dir?.(view, at)));
}

function freed(format: FtraceFormat, { hears }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino');
  return dev && ino && ((view, at, _, { time }) => hears.gone?.(dev(view, at), ino(view, at), time));
}
