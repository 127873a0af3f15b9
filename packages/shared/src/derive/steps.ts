import { EndFlag, FolioState, How, MapType, OpType } from '../trace/index.ts';
import { MapFlag, OpFlag } from '../wire/index.ts';
import { addHole, fillHole, type Holes, pieces } from './holes.ts';
import type { Inode } from './inode.ts';
import type { Moment, Ops } from './ops.ts';
import type { Rows } from './rows.ts';
import type { Task } from './tasks.ts';

/** One call of the kernel's iomap iterator by a task: what `iomap_iter` said, and the mapping that followed. */
export interface Step {
  inode: Inode;
  pos: bigint;
  /** Op flags. */
  flags: number;
  /** 0 until `iomap_iter_dstmap` shows that this call got a mapping: a call without one only ends the step before. */
  op: number;
  parent: number;
  /** `Inode.changes` when the mapping was asked for. */
  changes: number;
  /** The mapping it got. */
  type: number;
  mapFlags: number;
  addr: bigint;
  offset: bigint;
  device: number;
  /** Where it was copied from; MapType.UNKNOWN: from nowhere else. */
  source: number;
  isStale: boolean;
  /** Parts that are no longer dirty, since writeback took them or their folio left while the step went on. */
  readonly holes: Holes;
}

/** Steps of one task inside each other at most: a deeper one has lost its end. */
const MOST_NESTED = 8;
const BUFFERED = OpFlag.WRITE | OpFlag.ZERO;
const PAST_CACHE = OpFlag.DIRECT | OpFlag.DAX;

/** What is done with the bytes of a step that ended: from `pos` to `to`. */
export type Done = (moment: Moment, step: Step, to: bigint) => void;

/**
 * Calls of the iterator, by task (fact: spec/protocol.md 5.2). `iomap_iter` comes before the mapping, there is no event for the end: the bytes
 * of a step reach from its pos to the pos of the same task's next call.
 */
export class Steps {
  private readonly rows: Rows;
  private readonly ops: Ops;
  /** Without an event of folios that writeback takes nobody could tell which of the written bytes are dirty still. */
  private readonly seesWriteback: (inode: Inode) => boolean;
  private readonly done: Done;
  /** Steps that are over, to be used again: there are as many as records. */
  private readonly free: Step[] = [];

  constructor(rows: Rows, ops: Ops, seesWriteback: (inode: Inode) => boolean, done: Done) {
    this.rows = rows;
    this.ops = ops;
    this.seesWriteback = seesWriteback;
    this.done = done;
  }

  /** `iomap_iter`. `status`: 0, or the negative errno that ended the iteration. */
  call(moment: Moment, task: Task, inode: Inode, pos: bigint, flags: number, status: number, parent: number): void {
    const { steps } = task;
    for (let k = steps.length - 1; k >= 0; k--) {
      const step = steps[k]!;
      if (step.inode !== inode || step.flags !== flags || step.op === 0) continue;
      // Whatever began inside is over too, though its end was not seen.
      while (steps.length > k + 1) this.end(moment, steps.pop()!, undefined, 0);
      steps.pop();
      this.end(moment, step, pos >= step.pos ? pos : undefined, status < 0 ? -status : 0);
      break;
    }
    if (steps.at(-1)?.op === 0) this.free.push(steps.pop()!);
    if (steps.length >= MOST_NESTED) this.end(moment, steps.shift()!, undefined, 0);
    const step = this.free.pop() ?? emptyStep(inode);
    step.inode = inode;
    step.pos = pos;
    step.flags = flags;
    step.parent = parent;
    step.changes = inode.changes;
    step.source = MapType.UNKNOWN;
    step.isStale = false;
    if (step.holes.length > 0) step.holes.length = 0;
    steps.push(step);
  }

  /** The call that is waiting for its mapping; undefined: none, its call was not seen. */
  waiting(task: Task, inode: Inode): Step | undefined {
    const step = task.steps.at(-1);
    return step && step.op === 0 && step.inode === inode ? step : undefined;
  }

  /** `iomap_iter_dstmap`: the call before got a mapping, so an op begins. */
  begin(moment: Moment, step: Step): void {
    const { inode, flags, pos, parent } = step;
    step.op = this.ops.begin(moment, inode, typeOf(flags), flags, pos, 0n, parent);
    if ((flags & BUFFERED) !== 0 && (flags & PAST_CACHE) === 0) inode.writers.push(step);
  }

  /** Writeback took these bytes, or they left the cache: steps under way have not left them dirty. */
  cleaned(inode: Inode, from: bigint, to: bigint): void {
    for (const { holes } of inode.writers) addHole(holes, from, to);
  }

  /** The steps of `task` made these bytes dirty again after writeback had taken them. */
  dirtied(task: Task, inode: Inode, from: bigint, to: bigint): void {
    for (const step of task.steps) if (step.inode === inode && step.holes.length > 0) fillHole(step.holes, from, to);
  }

  /** Ends what is under way without having seen how. */
  forget(moment: Moment, tasks: Iterable<Task>): void {
    for (const { steps } of tasks) for (let step = steps.pop(); step; step = steps.pop()) this.end(moment, step, undefined, 0);
  }

  /** `to`: where the step's bytes end; undefined when that was not seen. */
  private end(moment: Moment, step: Step, to: bigint | undefined, errno: number): void {
    const { inode, op, pos, flags } = step;
    const at = inode.writers.lastIndexOf(step);
    if (at >= 0 && at === inode.writers.length - 1) inode.writers.pop();
    else if (at >= 0) inode.writers.splice(at, 1);
    this.free.push(step);
    if (op === 0) return;
    if (to !== undefined && at >= 0 && dirties(step)) this.dirty(moment, step, to);
    this.ops.end(
      moment,
      inode,
      op,
      typeOf(flags),
      to === undefined ? 0n : to - pos,
      errno,
      step.isStale ? EndFlag.stale : 0,
      to === undefined ? How.unknown : How.derived,
    );
    if (to !== undefined) this.done(moment, step, to);
    step.op = 0;
  }

  private dirty(moment: Moment, step: Step, to: bigint): void {
    if (!this.seesWriteback(step.inode)) return;
    for (const [from, end] of pieces(step.pos, to, step.holes)) {
      const i = this.rows.folio(moment, step.inode, FolioState.dirty, from, end - from),
        c = this.rows.columns;
      c.op[i] = step.op;
      c.how[i] = How.derived;
    }
  }
}

/**
 * Whether the bytes of a buffered step were changed in the cache. Zeroing passes over what reads as zeroes anyway, unsharing over what is not shared
 * (fact: spec/protocol.md 4.3).
 */
function dirties({ flags, type, mapFlags, source }: Step): boolean {
  const under = source === MapType.UNKNOWN ? type : source;
  if ((flags & OpFlag.UNSHARE) !== 0) return (mapFlags & MapFlag.SHARED) !== 0 && source === MapType.MAPPED;
  if ((flags & OpFlag.ZERO) !== 0) return under !== MapType.HOLE && under !== MapType.UNWRITTEN;
  return true;
}

const typeOf = (flags: number): OpType => ((flags & OpFlag.FAULT) !== 0 ? OpType.fault : OpType.iomap);

const emptyStep = (inode: Inode): Step => ({
  inode,
  pos: 0n,
  flags: 0,
  op: 0,
  parent: 0,
  changes: 0,
  type: 0,
  mapFlags: 0,
  addr: 0n,
  offset: 0n,
  device: 0,
  source: MapType.UNKNOWN,
  isStale: false,
  holes: [],
});
