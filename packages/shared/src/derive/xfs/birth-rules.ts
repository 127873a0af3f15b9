import { bigintOf, type FtraceFormat, numberOf } from '../../wire/index.ts';
import type { Handle, Rule, Scene } from '../rule.ts';

/** Files that are made and that go. A new one is named by the entry that its directory gets, in the task that makes it. */
export const birthRules: readonly Rule[] = [
  { system: 'xfs', event: 'xfs_create', use: creating },
  ...['sf', 'block', 'leaf', 'node'].map((kind): Rule => ({ system: 'xfs', event: `xfs_dir2_${kind}_addname`, use: named })),
  { system: 'xfs', event: 'xfs_inode_inactivating', use: inactivating },
  { system: 'xfs', event: 'xfs_iunlink_remove', use: freed },
];

function creating(format: FtraceFormat, { tasks }: Scene): Handle {
  const parent = bigintOf(format, 'dp_ino');
  return (view, at, _, { pid }) => void (tasks.of(pid).creates = { parent: parent?.(view, at) });
}

function named(format: FtraceFormat, { tasks, born }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'inumber');
  if (!dev || !ino) return undefined;
  return (view, at, _, moment) => {
    const task = tasks.of(moment.pid),
      { creates } = task;
    if (!creates) return;
    task.creates = undefined;
    born(moment, dev(view, at), ino(view, at), creates.parent);
  };
}

function inactivating(format: FtraceFormat, { tasks }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino');
  if (!dev || !ino) return undefined;
  return (view, at, _, { pid }) => void (tasks.of(pid).frees = { dev: dev(view, at), ino: ino(view, at) });
}

/** An inode that nobody names leaves the list of those: its number may be another file's next. */
function freed(_: FtraceFormat, { tasks, hears }: Scene): Handle {
  return (_view, _at, _size, { pid, time }) => {
    const task = tasks.of(pid);
    if (task.frees) hears.gone?.(task.frees.dev, task.frees.ino, time);
    task.frees = undefined;
  };
}
