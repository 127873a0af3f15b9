import { Change, How, OpType } from '../trace/index.ts';
import type { Inode } from './inode.ts';
import type { Moment, Ops } from './ops.ts';
import type { Task } from './tasks.ts';

/** A truncate, fallocate or remap that a task is in. */
export interface Space {
  readonly inode: Inode;
  readonly change: Change;
  readonly op: number;
  /** What was freed by it, bytes; the same twice: nothing. */
  freed: { from: bigint; to: bigint } | undefined;
  /** What it is about, bytes, where that is told. */
  range: { readonly from: bigint; readonly to: bigint } | undefined;
  /** What else it will consist of. */
  readonly parts: Change[];
}

/** Nanoseconds. */
const PATIENCE = 1_000_000_000n;

/**
 * Changes of a file's space, by task. Few events tell where one ends: it is over when its task begins something that cannot be part of it.
 */
export class Spaces {
  private readonly ops: Ops;
  /** Tasks that are in one, and since when. */
  private readonly open = new Map<Task, bigint>();

  constructor(ops: Ops) {
    this.ops = ops;
  }

  begin(moment: Moment, task: Task, inode: Inode, change: Change, from = 0n, length = 0n): Space {
    const { space } = task;
    // A zeroing frees and then gives: what it consists of is the same change, each part once.
    const part = space?.inode === inode ? space.parts.indexOf(change) : -1;
    if (space && part >= 0) {
      space.parts.splice(part, 1);
      task.moveOn();
      return space;
    }
    this.end(moment, task);
    task.moveOn();
    const op = this.ops.begin(moment, inode, OpType.change, change, from, length, 0);
    this.open.set(task, moment.time);
    return (task.space = { inode, change, op, freed: undefined, range: undefined, parts: [...(parts[change] ?? [])] });
  }

  /** Ends those that nothing has ended for long: their tasks do other things. */
  flush(moment: Moment, until: bigint): void {
    for (const [task, since] of this.open)
      if (since + PATIENCE < until) this.end({ time: moment.time, cpu: moment.cpu, pid: task.pid }, task);
  }

  /** `how` unknown: it is over, and nothing told since when. */
  end(moment: Moment, task: Task, how: How = How.unknown): void {
    const { space } = task;
    if (!space) return;
    task.space = undefined;
    this.open.delete(task);
    this.ops.end(moment, space.inode, space.op, OpType.change, 0n, 0, 0, how);
  }
}

/** Which changes others consist of. Fact: xfs_zero_file_space, xfs_collapse_file_space and xfs_insert_file_space, fs/xfs/xfs_bmap_util.c. */
const parts: Readonly<Partial<Record<Change, readonly Change[]>>> = {
  [Change.zero]: [Change.punch, Change.allocate],
  [Change.collapse]: [Change.punch],
  [Change.insert]: [Change.punch],
};
