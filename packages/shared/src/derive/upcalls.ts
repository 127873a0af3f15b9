import { EndFlag, How, OpType } from '../trace/index.ts';
import type { Inode } from './inode.ts';
import type { Moment, Ops } from './ops.ts';
import type { Task } from './tasks.ts';

/** A question about a mapping that a task has put to a FUSE server, on a kernel with fuse-iomap. */
export interface Upcall {
  readonly inode: Inode;
  readonly op: number;
  /** `over`: the request that tells the server so is still to come, and is a part of it. */
  stage: 'asked' | 'answered' | 'over';
}

/** Questions of the kernel's iomap to FUSE servers, by task. */
export class Upcalls {
  private readonly ops: Ops;

  constructor(ops: Ops) {
    this.ops = ops;
  }

  ask(moment: Moment, task: Task, inode: Inode, flags: number, pos: bigint, count: bigint): void {
    this.leave(moment, task);
    task.upcall = { inode, op: this.ops.begin(moment, inode, OpType.iomap, flags, pos, count, 0), stage: 'asked' };
  }

  /** A mapping of the answer came; the op that it belongs to. undefined: its question was not seen. */
  answer(moment: Moment, task: Task, inode: Inode): number | undefined {
    const upcall = openOf(task, inode);
    if (upcall?.stage === 'asked') this.ops.reply(moment, inode, upcall.op, OpType.iomap);
    if (upcall) upcall.stage = 'answered';
    return upcall?.op;
  }

  /** `errno` is positive. */
  refuse(moment: Moment, task: Task, inode: Inode, errno: number): void {
    const upcall = openOf(task, inode);
    if (!upcall) return;
    task.upcall = undefined;
    this.ops.end(moment, inode, upcall.op, OpType.iomap, BigInt(-errno), errno);
  }

  /** The kernel tells the server how much it did, by `iomap_end`: bytes, or a negative errno. */
  end(moment: Moment, task: Task, inode: Inode, done: bigint): void {
    const upcall = openOf(task, inode);
    if (!upcall) return;
    upcall.stage = 'over';
    this.ops.end(moment, inode, upcall.op, OpType.iomap, done, done < 0n ? Number(-done) : 0, EndFlag.sent);
  }

  /** The task goes on to something else, and no `iomap_end` was seen. */
  leave(moment: Moment, task: Task): void {
    const { upcall } = task;
    task.upcall = undefined;
    if (upcall && upcall.stage !== 'over') this.ops.end(moment, upcall.inode, upcall.op, OpType.iomap, 0n, 0, 0, How.unknown);
  }
}

const openOf = ({ upcall }: Task, inode: Inode): Upcall | undefined =>
  upcall?.inode === inode && upcall.stage !== 'over' ? upcall : undefined;
