import { How, OpType } from '../trace/index.ts';
import { OpFlag } from '../wire/index.ts';
import type { Claims } from './claims.ts';
import { opFlagsOfIocb } from './flags.ts';
import type { Inode } from './inode.ts';
import type { Moment, Ops } from './ops.ts';
import type { Task } from './tasks.ts';

/** A direct read or write, from begin to complete. */
export interface Direct {
  readonly inode: Inode;
  /** 0 until it is known to read or to write. */
  op: number;
  readonly pos: bigint;
  readonly count: bigint;
  /** Op flags. */
  flags: number;
  /** IOCB_ bits, and IOMAP_DIO_ bits from bit 32 on. */
  readonly asked: bigint;
  readonly pid: number;
  readonly isAio: boolean;
}

const ENOTBLK = 15;
/** What the kernel answers itself by: "queued". Fact: include/linux/errno.h. */
const EIOCBQUEUED = 529;
/** Of one file under way at most: the eldest has lost its end. */
const MOST = 4096;

/** Direct I/O by file, since the completion of an asynchronous one comes from another task and names only the file and where it ended. */
export class Directs {
  private readonly ops: Ops;
  private readonly claims: Claims;
  /** Whether the end of an I/O is all that tells of the conversion that came with it. */
  private readonly converts: (inode: Inode) => boolean;

  constructor(ops: Ops, claims: Claims, converts: (inode: Inode) => boolean) {
    this.ops = ops;
    this.claims = claims;
    this.converts = converts;
  }

  /** `iocb` and `dio`: bits of `iocbFlags` and `dioFlags`. A plain write does not say in them that it is one. */
  begin(moment: Moment, task: Task, inode: Inode, pos: bigint, count: bigint, iocb: number, dio: number, isAio: boolean): void {
    this.giveUp(moment, task);
    const asked = (BigInt(dio) << 32n) | BigInt(iocb),
      { isWriting } = task,
      flags = (opFlagsOfIocb(iocb) | (isWriting === true ? OpFlag.WRITE : 0)) >>> 0,
      direct: Direct = { inode, op: 0, pos, count, flags, asked, pid: moment.pid, isAio };
    if (inode.directs.length >= MOST) inode.directs.shift();
    inode.directs.push(direct);
    task.direct = direct;
    task.fallBack(undefined);
    task.isWriting = undefined;
    if (isWriting !== undefined || (flags & OpFlag.WRITE) !== 0) this.open(moment, direct, flags);
  }

  /** It asks for a mapping: now it is known what for. */
  maps(moment: Moment, task: Task, inode: Inode, flags: number): void {
    const { direct } = task;
    if (direct?.inode === inode && direct.op === 0) this.open(moment, direct, (direct.flags | flags) >>> 0);
  }

  /** All of it was handed to the device; the task goes on. */
  queued(moment: Moment, task: Task, inode: Inode): void {
    const { direct } = task;
    if (direct?.inode !== inode) return;
    task.direct = undefined;
    this.ops.reply(moment, inode, direct.op, OpType.direct, EIOCBQUEUED);
  }

  /** `end`: the position after it; `result`: bytes, or a negative errno. Fact: spec/protocol.md 5.2. */
  complete(moment: Moment, task: Task, inode: Inode, end: bigint, result: bigint, errno: number, isAio: boolean): void {
    const pos = result > 0n ? end - result : end,
      { directs } = inode;
    let at = directs.findIndex((it) => it.pos === pos && it.isAio === isAio && (isAio || it.pid === moment.pid));
    if (at < 0) at = directs.findIndex((it) => it.pos === pos);
    const direct = directs[at];
    if (!direct) return;
    directs.splice(at, 1);
    if (task.direct === direct) task.direct = undefined;
    if (direct.op === 0) this.open(moment, direct, direct.flags);
    const isWrite = (direct.flags & OpFlag.WRITE) !== 0;
    // A write that gave less, and no error, goes on through the cache.
    if (isWrite && direct.pid === moment.pid && errno === 0 && result >= 0n && result < direct.count) task.fallBack(direct, end);
    if (isWrite && result > 0n && this.converts(inode)) this.claims.written(moment, inode, direct.op, pos, end);
    this.ops.end(moment, inode, direct.op, OpType.direct, result, errno || (result < 0n ? Number(-result) : 0));
  }

  /** The task writes through the page cache, and no completion came: the kernel gave the direct write up before it began (fact: __iomap_dio_rw, ENOTBLK). */
  giveUp(moment: Moment, task: Task): void {
    const { direct } = task;
    if (!direct) return;
    task.direct = undefined;
    const at = direct.inode.directs.indexOf(direct);
    if (at < 0) return;
    direct.inode.directs.splice(at, 1);
    task.fallBack(direct, direct.pos);
    if (direct.op === 0) this.open(moment, direct, (direct.flags | OpFlag.WRITE) >>> 0);
    this.ops.end(moment, direct.inode, direct.op, OpType.direct, BigInt(-ENOTBLK), ENOTBLK, 0, How.derived);
  }

  private open(moment: Moment, direct: Direct, flags: number): void {
    direct.flags = flags;
    direct.op = this.ops.begin(moment, direct.inode, OpType.direct, flags, direct.pos, direct.count, 0, direct.asked);
  }
}
