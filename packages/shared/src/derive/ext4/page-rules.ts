import { FolioState, How, OpType } from '../../trace/index.ts';
import { U64_MAX } from '../../units/index.ts';
import { bigintOf, type FtraceFormat, numberOf, OpFlag } from '../../wire/index.ts';
import type { Handle, Rule, Scene } from '../rule.ts';

/** What ext4 writes into the page cache and drops from it: it does not go through the iterator. */
export const pageRules: readonly Rule[] = [
  ...['ext4_da_write_begin', 'ext4_write_begin'].map((event): Rule => ({ system: 'ext4', event, use: writing })),
  ...['ext4_da_write_end', 'ext4_write_end', 'ext4_journalled_write_end'].map((event): Rule => ({ system: 'ext4', event, use: written })),
  { system: 'ext4', event: 'ext4_invalidate_folio', use: dropping },
  { system: 'ext4', event: 'ext4_release_folio', use: splitting },
];

function writing(format: FtraceFormat, { inodes, tasks, ops, ownPids }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    pos = bigintOf(format, 'pos'),
    length = bigintOf(format, 'len');
  if (!dev || !ino || !pos || !length) return undefined;
  return (view, at, _, moment) => {
    const inode = ownPids.has(moment.pid) ? undefined : inodes.find(dev(view, at), ino(view, at));
    if (!inode) return;
    const task = tasks.of(moment.pid),
      from = pos(view, at);
    if (task.write) ops.end(moment, task.write.inode, task.write.op, OpType.iomap, 0n, 0, 0, How.unknown);
    const parent = task.fellBackAt(inode, from);
    task.write = { inode, op: ops.begin(moment, inode, OpType.iomap, OpFlag.WRITE, from, length(view, at), parent), pos: from };
  };
}

/** Bytes were copied into a folio: a moment later it is dirty. */
function written(format: FtraceFormat, { inodes, tasks, ops, rows }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    pos = bigintOf(format, 'pos'),
    copied = bigintOf(format, 'copied');
  if (!dev || !ino || !pos || !copied) return undefined;
  return (view, at, _, moment) => {
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (!inode) return;
    const from = pos(view, at),
      n = copied(view, at),
      task = tasks.of(moment.pid),
      op = task.write?.inode === inode ? task.write.op : 0;
    if (n > 0n) {
      const i = rows.folio(moment, inode, FolioState.dirty, from, n);
      rows.columns.op[i] = op;
    }
    if (op === 0) return;
    task.write = undefined;
    ops.end(moment, inode, op, OpType.iomap, n, 0);
  };
}

/** A part of a folio is dropped, or all of it. Places are within the folio. */
function dropping(format: FtraceFormat, { inodes, tasks, folios, pageSize }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    index = bigintOf(format, 'index'),
    offset = bigintOf(format, 'offset'),
    length = bigintOf(format, 'length');
  if (!dev || !ino || !index || !offset || !length) return undefined;
  return (view, at, _, { pid }) => {
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (!inode || inode.large.size === 0) return;
    const { dropping: it, space } = tasks.of(pid),
      first = index(view, at);
    it.inode = inode;
    it.from = first * pageSize + offset(view, at);
    it.to = it.from + length(view, at);
    // A truncation drops all behind the new end before it says what it is.
    it.size = space?.inode !== inode && it.to === first * pageSize + folios.size(inode, first) ? it.from : U64_MAX;
  };
}

function splitting(format: FtraceFormat, { inodes, tasks, folios, pageSize }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    index = bigintOf(format, 'index');
  if (!dev || !ino || !index) return undefined;
  return (view, at, _, moment) => {
    const { dropping: it } = tasks.of(moment.pid);
    if (!it.inode || it.inode !== inodes.find(dev(view, at), ino(view, at))) return;
    const first = index(view, at),
      from = first * pageSize,
      to = from + folios.size(it.inode, first);
    if (it.from >= from && it.to <= to && (it.from > from || it.to < to)) folios.cut(moment, it.inode, it.from, it.to, it.size);
    it.inode = undefined;
  };
}
