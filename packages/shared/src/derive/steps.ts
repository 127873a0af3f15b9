import { Asker, FolioState, How, Kind, opId, OpType, type SourceId } from '../trace/index.ts';
import { OpFlag } from '../wire/index.ts';
import { type Holes, addHole, fillHole, pieces } from './holes.ts';
import type { Rows } from './rows.ts';

/** One call of the kernel's iomap iterator by a task: what `iomap_iter` said, and whether a mapping followed. */
interface Step {
  readonly dev: number;
  readonly ino: bigint;
  readonly pos: bigint;
  readonly flags: number;
  /** 0 until `iomap_iter_dstmap` shows that this call got a mapping: a call without one only ends the step before. */
  op: number;
  /** Parts that are no longer dirty, since writeback took them or their folio left while the step went on. */
  readonly holes: Holes;
}

/** Tasks whose last call is remembered; those of ended tasks go first. */
const MOST_TASKS = 4096;

/**
 * Buffered writes as the iterator shows them, by task (fact: spec/protocol.md 5.2). `iomap_iter` comes before the mapping, there is no event
 * for the end: the bytes that a step wrote reach from its pos to the pos of the same task's next call.
 */
export class Steps {
  private readonly byTask = new Map<number, Step>();
  private readonly rows: Rows;
  private readonly source: SourceId;
  /** Without `iomap_writeback_folio` nobody could tell which of the written bytes are dirty still. */
  private readonly seesWriteback: boolean;
  private ops = 0;

  constructor(rows: Rows, source: SourceId, seesWriteback: boolean) {
    this.rows = rows;
    this.source = source;
    this.seesWriteback = seesWriteback;
  }

  /** `iomap_iter`. `status`: 0, or the negative errno that ended the iteration. */
  call(time: bigint, cpu: number, pid: number, dev: number, ino: bigint, pos: bigint, flags: number, status: number): void {
    const before = this.byTask.get(pid);
    this.byTask.delete(pid);
    if (before && before.op !== 0) {
      const isNext = before.dev === dev && before.ino === ino && pos >= before.pos;
      this.end(before, time, cpu, pid, isNext ? pos : undefined, isNext && status < 0 ? -status : 0);
    }
    if ((flags & (OpFlag.WRITE | OpFlag.DIRECT)) !== OpFlag.WRITE) return;
    this.byTask.set(pid, { dev, ino, pos, flags, op: 0, holes: [] });
    if (this.byTask.size > MOST_TASKS) this.forgetOldest();
  }

  /** `iomap_iter_dstmap`: the call before got a mapping, so an op begins. On a stock FUSE mount the mapping names no place (live-facts 10). */
  mapped(time: bigint, cpu: number, pid: number, dev: number, ino: bigint): void {
    const step = this.byTask.get(pid);
    if (!step || step.op !== 0 || step.dev !== dev || step.ino !== ino) return;
    const i = this.rows.begin(Kind.opBegin, time, cpu, pid, dev, ino),
      c = this.rows.columns;
    if (i < 0) return;
    step.op = opId(this.source, ++this.ops);
    c.op[i] = step.op;
    c.type[i] = (step.flags & OpFlag.FAULT) !== 0 ? OpType.fault : OpType.iomap;
    c.role[i] = Asker.kernel;
    c.flags[i] = step.flags;
    c.offset[i] = step.pos;
  }

  /** The op under way by which `pid` changes this inode; 0: none. */
  opOf(pid: number, dev: number, ino: bigint): number {
    const step = this.byTask.get(pid);
    return step && step.ino === ino && step.dev === dev ? step.op : 0;
  }

  /** Writeback took these bytes, or they left the cache: steps under way have not left them dirty. */
  cleaned(dev: number, ino: bigint, from: bigint, to: bigint): void {
    for (const step of this.byTask.values()) if (step.op !== 0 && step.ino === ino && step.dev === dev) addHole(step.holes, from, to);
  }

  /** The step of `pid` made these bytes dirty again after writeback had taken them. */
  dirtied(pid: number, dev: number, ino: bigint, from: bigint, to: bigint): void {
    const step = this.byTask.get(pid);
    if (step && step.ino === ino && step.dev === dev) fillHole(step.holes, from, to);
  }

  /** Records were lost: what the tasks did since is not known. */
  forget(time: bigint, cpu: number): void {
    for (const [pid, step] of this.byTask) if (step.op !== 0) this.end(step, time, cpu, pid, undefined, 0);
    this.byTask.clear();
  }

  /** `to`: where the step's bytes end; undefined when that was not seen. */
  private end(step: Step, time: bigint, cpu: number, pid: number, to: bigint | undefined, errno: number): void {
    const { dev, ino, pos } = step;
    if (to !== undefined && this.seesWriteback)
      for (const [from, end] of pieces(pos, to, step.holes)) {
        const i = this.rows.begin(Kind.folio, time, cpu, pid, dev, ino),
          c = this.rows.columns;
        if (i < 0) continue;
        c.type[i] = FolioState.dirty;
        c.offset[i] = from;
        c.length[i] = end - from;
        c.op[i] = step.op;
        c.how[i] = How.derived;
      }
    const i = this.rows.begin(Kind.opEnd, time, cpu, pid, dev, ino),
      c = this.rows.columns;
    if (i < 0) return;
    c.op[i] = step.op;
    c.type[i] = (step.flags & OpFlag.FAULT) !== 0 ? OpType.fault : OpType.iomap;
    c.role[i] = Asker.kernel;
    c.result[i] = to === undefined ? 0n : to - pos;
    c.errno[i] = errno;
    c.how[i] = to === undefined ? How.unknown : How.derived;
  }

  private forgetOldest(): void {
    for (const [pid, step] of this.byTask)
      if (step.op === 0) {
        this.byTask.delete(pid);
        return;
      }
  }
}
