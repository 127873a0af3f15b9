import { How, OpType } from '../trace/index.ts';
import { VmFault } from '../wire/index.ts';
import type { Inode } from './inode.ts';
import type { Moment, Ops } from './ops.ts';
import type { Task } from './tasks.ts';

/** A page fault that a task is in. */
export interface Fault {
  readonly inode: Inode;
  readonly op: number;
  /** The page that was touched. */
  readonly page: bigint;
  /** It was tried with a larger page and fell back: what the task tries next of the same page is its child. */
  isFallback: boolean;
}

const FAILED = VmFault.OOM | VmFault.SIGBUS | VmFault.HWPOISON | VmFault.SIGSEGV;
const EFAULT = 14;

/** Brackets of page faults, by task. */
export class Faults {
  private readonly ops: Ops;

  constructor(ops: Ops) {
    this.ops = ops;
  }

  begin(moment: Moment, task: Task, inode: Inode, flags: number, page: bigint, from: bigint, length: bigint): void {
    const { fault } = task,
      isChild = fault !== undefined && fault.isFallback && fault.inode === inode && fault.page === page;
    if (fault && !fault.isFallback) this.ops.end(moment, fault.inode, fault.op, OpType.fault, 0n, 0, 0, How.unknown);
    const op = this.ops.begin(moment, inode, OpType.fault, flags, from, length, isChild ? fault.op : 0);
    task.fault = { inode, op, page, isFallback: false };
  }

  /** `result`: VM_FAULT bits. */
  end(moment: Moment, task: Task, inode: Inode, result: number, length: bigint): void {
    const { fault } = task;
    if (fault?.inode !== inode || fault.isFallback) return;
    const isOver = (result & VmFault.FALLBACK) === 0,
      errno = (result & FAILED) === 0 ? 0 : EFAULT;
    this.ops.end(moment, inode, fault.op, OpType.fault, isOver && errno === 0 ? length : 0n, errno, result);
    if (isOver) task.fault = undefined;
    else fault.isFallback = true;
  }

  /** A fault of which only the moment is told. */
  tell(moment: Moment, inode: Inode, flags: number, from: bigint, length: bigint): void {
    const op = this.ops.begin(moment, inode, OpType.fault, flags, from, length, 0);
    this.ops.end(moment, inode, op, OpType.fault, length, 0, 0, How.derived);
  }
}
