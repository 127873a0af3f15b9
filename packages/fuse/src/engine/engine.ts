import { MapType } from '@mapscope/shared/trace';
import { ceilTo, floorTo, minBig } from '@mapscope/shared/units';
import { Errno, MapFlag, OpFlag } from '@mapscope/shared/wire';
import type { Buffers } from '../buffers.ts';
import type { Filesystem, Mapping } from '../filesystem.ts';
import type { Inode } from '../inode.ts';
import { Evidence } from '../report/evidence.ts';
import type { Report } from '../report/report.ts';
import type { Routine } from '../routine.ts';
import { type Ask, reportAsk, writebackAsk } from './ask.ts';
import { Data, isFresh } from './data.ts';
import { type FileIo, Storage } from './storage.ts';
import { type Step, Upcalls } from './upcalls.ts';

export interface EngineOptions {
  readonly filesystem: Filesystem;
  readonly io: FileIo;
  readonly report: Report;
  /** Scratch space, at least as large as the largest write. */
  readonly buffers: Buffers;
  /** A size grew by a write. */
  readonly onResize?: (inode: Inode, size: bigint) => void;
  readonly onFailure?: (what: string, error: unknown) => void;
}

/** `SEEK_DATA` and `SEEK_HOLE` of lseek(2). */
export const Seek = { data: 3, hole: 4 } as const;

/**
 * The kernel's part of iomap, played in user space: a range becomes begin, data movement, end, and again until it is done. Every
 * function answers bytes done or a negative errno; an errno after some bytes is a short count, as read(2) and write(2) have it.
 *
 * A reply always covers at least the byte that was asked for (the rules see to it), so that no loop here can run for ever.
 */
export class Engine {
  readonly upcalls: Upcalls;
  readonly storage: Storage;
  readonly evidence: Evidence;
  /** Inodes with blocks that wait for a place. */
  readonly dirtyInodes = new Set<Inode>();
  private readonly fs: Filesystem;
  private readonly data: Data;
  private readonly buffers: Buffers;
  private readonly report: Report;
  private readonly block: bigint;
  private readonly onResize: (inode: Inode, size: bigint) => void;

  constructor(options: EngineOptions) {
    const { filesystem, report } = options;
    this.fs = filesystem;
    this.report = report;
    this.buffers = options.buffers;
    this.block = BigInt(filesystem.blockSize);
    this.evidence = new Evidence(report);
    this.storage = new Storage(filesystem.devices(), options.io, report);
    this.upcalls = new Upcalls(filesystem, this.storage, report, this.evidence, options.onFailure ?? (() => {}));
    this.data = new Data(filesystem, this.storage, this.buffers, () => report.at);
    this.onResize = options.onResize ?? (() => {});
  }

  /** Fill `into` from `pos`; the caller has cut it at the end of the file. */
  *read(inode: Inode, ask: Ask, opflags: number, pos: bigint, into: Uint8Array): Routine<number> {
    let done = 0;
    while (done < into.length) {
      const at = pos + BigInt(done),
        step = yield* this.upcalls.begin(inode, ask, opflags, at, BigInt(into.length - done));
      if (typeof step === 'number') return done > 0 ? done : step;
      const n = Number(step.to - at),
        part = n === into.length ? into : into.subarray(done, done + n);
      const got = this.data.load(step.op, inode, step.read, at, part),
        ended = yield* this.upcalls.end(step, BigInt(got));
      const errno = got < 0 ? got : ended;
      if (errno < 0) return done > 0 ? done : errno;
      done += n;
    }
    return done;
  }

  /**
   * Write `data` at `pos`; past the end of the file the gap is zeroed first and the size grows. WRITEBACK and ATOMIC do all or answer
   * an errno: a short answer to a cached write would lose the rest silently (spec/live-facts.md 8).
   */
  *write(inode: Inode, ask: Ask, opflags: number, pos: bigint, data: Uint8Array): Routine<number> {
    if (pos > inode.size) {
      const zeroed = yield* this.zero(inode, ask, inode.size, pos);
      if (zeroed < 0) return zeroed;
    }
    const n = yield* this.put(inode, ask, opflags, pos, data, true);
    if (n !== -Errno.ENOTBLK || !(opflags & OpFlag.DIRECT)) return n;
    // "Use buffered I/O": then the bytes must still be on the device when a direct write returns.
    const buffered = yield* this.put(inode, ask, (opflags & ~OpFlag.DIRECT) >>> 0, pos, data, true);
    const flushed = yield* this.flush(inode, ask.parent);
    return flushed < 0 ? flushed : buffered;
  }

  private *put(inode: Inode, ask: Ask, opflags: number, pos: bigint, data: Uint8Array, mayGrow: boolean): Routine<number> {
    const isAllOrNothing = (opflags & (OpFlag.WRITEBACK | OpFlag.ATOMIC)) !== 0;
    let done = 0;
    while (done < data.length) {
      const at = pos + BigInt(done),
        step = yield* this.upcalls.begin(inode, ask, opflags, at, BigInt(data.length - done));
      if (typeof step === 'number') return done > 0 && !isAllOrNothing ? done : step;
      const n = Number(step.to - at),
        part = n === data.length ? data : data.subarray(done, done + n);
      // A copy is pending from the moment its place is known until the filesystem takes it into the map.
      const isCopy = step.source?.type === MapType.MAPPED && step.target.type !== MapType.DELALLOC;
      const low = floorTo(at, this.block),
        high = ceilTo(step.to, this.block);
      if (isCopy) this.evidence.pending(inode, step.op, step.target, low, high);
      const put = refusal(step, BigInt(data.length - done), this.block) || this.data.store(step, at, part);
      const grows = mayGrow && put > 0 && step.to > inode.size;
      const ended = yield* this.upcalls.end(step, BigInt(put), grows ? MapFlag.SIZE_CHANGED : 0);
      const errno = put < 0 ? put : ended;
      if (errno < 0) {
        if (isCopy) this.evidence.settled(inode, step.op, low, high);
        yield* this.walk(inode, step.op, step.read.offset, step.read.offset + step.read.length);
        return done > 0 && !isAllOrNothing ? done : errno;
      }
      if (grows) {
        this.fs.extended?.(inode.node, step.to);
        this.onResize(inode, step.to);
      }
      yield* this.tellWritten(step, at, step.to);
      done += n;
    }
    return done;
  }

  /** Say what is so after [from, to) went to the step's target and the end was accepted. */
  private *tellWritten(step: Step, from: bigint, to: bigint): Routine<void> {
    const { inode, op, target, source, read } = step;
    const low = floorTo(from, this.block),
      high = ceilTo(to, this.block);
    if (target.type === MapType.DELALLOC) {
      this.dirtyInodes.add(inode);
      return this.evidence.pending(inode, op, target, low, high);
    }
    if (target.type === MapType.INLINE) {
      if (source) yield* this.walk(inode, op, low, high);
      return;
    }
    if (!isFresh(step)) return;
    // A conversion that nobody was asked to make did not happen.
    if (target.type === MapType.MAPPED || step.isEndSent) this.evidence.written(inode, op, target, low, high);
    if (read.type === MapType.DELALLOC || source?.type === MapType.MAPPED) this.evidence.settled(inode, op, low, high);
    // A target that is wider than what was written: only the filesystem knows what became of the rest.
    if (source && (target.offset < low || target.offset + target.length > high))
      yield* this.walk(inode, op, target.offset, target.offset + target.length);
  }

  /** Make [from, to) read as zeroes: holes and clean unwritten space already do, and are passed over. */
  *zero(inode: Inode, ask: Ask, from: bigint, to: bigint, opflags: number = OpFlag.ZERO): Routine<number> {
    for (let at = from; at < to;) {
      const step = yield* this.upcalls.begin(inode, ask, opflags, at, to - at);
      if (typeof step === 'number') return step;
      const { type } = step.source && step.source.type !== MapType.HOLE ? step.source : step.target;
      const put = type === MapType.HOLE || type === MapType.UNWRITTEN ? this.zeroDirty(step) : this.storeZeroes(step);
      const ended = yield* this.upcalls.end(step, put < 0 ? BigInt(put) : step.to - at);
      if (put < 0 || ended < 0) return put < 0 ? put : ended;
      if (type !== MapType.HOLE && type !== MapType.UNWRITTEN) yield* this.tellWritten(step, at, step.to);
      at = step.to;
    }
    return 0;
  }

  private zeroDirty(step: Step): number {
    if (step.inode.dirty) step.inode.dirty.zero(step.begin.pos, Number(step.to - step.begin.pos));
    return 0;
  }

  private storeZeroes(step: Step): number {
    const whole = this.buffers.take();
    try {
      whole.fill(0);
      // By whole blocks, so that no piece but the first and the last has an edge inside a block.
      const most = BigInt(whole.length) - this.block - (BigInt(whole.length) % this.block);
      for (let at = step.begin.pos; at < step.to;) {
        const next = minBig(floorTo(at, this.block) + most, step.to),
          put = this.data.store(step, at, whole.subarray(0, Number(next - at)));
        if (put < 0) return put;
        at = next;
      }
      return 0;
    } finally {
      this.buffers.give(whole);
    }
  }

  /** Dirty blocks get their places: WRITEBACK begins without a writer's pid. What fails is dropped, as a kernel does, and owed to fsync. */
  *flush(inode: Inode, parent: number): Routine<number> {
    const { dirty } = inode;
    let failed = 0;
    for (const run of dirty ? dirty.runs(this.buffers.size - (this.buffers.size % this.fs.blockSize)) : []) {
      const whole = this.buffers.take();
      try {
        const bytes = whole.subarray(0, Number(run.to - run.from));
        dirty!.overlay(run.from, bytes);
        const n = yield* this.put(inode, writebackAsk(parent), OpFlag.WRITEBACK, run.from, bytes, false);
        if (n < 0) failed = n;
      } finally {
        this.buffers.give(whole);
      }
      dirty!.drop(run.from, run.to);
      this.evidence.settled(inode, 0, run.from, run.to);
    }
    this.dirtyInodes.delete(inode);
    if (failed < 0) inode.lostErrno = -failed;
    return failed;
  }

  /** [from, to) is past the end of the file now: what waited there for a place never gets one. */
  discard(inode: Inode, from: bigint, to: bigint): void {
    if (!inode.dirty || inode.dirty.isEmpty) return;
    inode.dirty.drop(from, to);
    this.evidence.settled(inode, 0, from, to);
  }

  /** lseek(2) with SEEK_DATA or SEEK_HOLE: an offset, or a negative errno. Dirty blocks are data, whatever the map says of them. */
  *seek(inode: Inode, ask: Ask, from: bigint, whence: number): Routine<bigint> {
    if (from < 0n || from >= inode.size) return BigInt(-Errno.ENXIO);
    for (let at = from; at < inode.size;) {
      const step = yield* this.upcalls.begin(inode, ask, OpFlag.REPORT, at, inode.size - at);
      if (typeof step === 'number') return BigInt(step);
      yield* this.upcalls.end(step, step.to - at);
      const found = seekIn(step, at, whence);
      if (found !== undefined) return found;
      at = step.to;
    }
    return whence === Seek.hole ? inode.size : BigInt(-Errno.ENXIO);
  }

  /** Ask where [from, to) is now, as FIEMAP would: each answer becomes an extent row. Errors end it: what is not known stays unknown. */
  *walk(
    inode: Inode,
    parent: number,
    from: bigint,
    to: bigint,
    ask: Ask = reportAsk(parent),
    visit?: (m: Mapping) => void,
  ): Routine<number> {
    this.evidence.changed(inode, from, to);
    for (let at = from; at < to;) {
      const step = yield* this.upcalls.begin(inode, ask, OpFlag.REPORT, at, to - at);
      if (typeof step === 'number') return step;
      yield* this.upcalls.end(step, step.to - at);
      visit?.(step.read);
      at = step.to;
    }
    return 0;
  }

  /** A page fault: the mapping is all that is asked for, the bytes stay where they are. */
  *fault(inode: Inode, ask: Ask, pos: bigint, count: bigint, isWrite: boolean, opflags = 0): Routine<number> {
    const step = yield* this.upcalls.begin(inode, ask, (OpFlag.FAULT | (isWrite ? OpFlag.WRITE : 0) | opflags) >>> 0, pos, count);
    if (typeof step === 'number') return step;
    return yield* this.upcalls.end(step, step.to - pos);
  }

  /** Copy what is shared in [from, to) to its own place. Only a SHARED target with a MAPPED source has something to copy. */
  *unshare(inode: Inode, ask: Ask, from: bigint, to: bigint): Routine<number> {
    for (let at = from; at < to;) {
      const step = yield* this.upcalls.begin(
        inode,
        ask,
        (OpFlag.WRITE | OpFlag.UNSHARE) >>> 0,
        at,
        minBig(to - at, BigInt(this.buffers.size) - this.block),
      );
      if (typeof step === 'number') return step;
      const isShared = step.source?.type === MapType.MAPPED && (step.target.flags & MapFlag.SHARED) !== 0;
      const put = isShared ? this.copy(step) : 0;
      const ended = yield* this.upcalls.end(step, put < 0 ? BigInt(put) : step.to - at);
      if (put < 0 || ended < 0) return put < 0 ? put : ended;
      if (isShared) yield* this.tellWritten(step, at, step.to);
      at = step.to;
    }
    return 0;
  }

  private copy(step: Step): number {
    const whole = this.buffers.take(),
      at = step.begin.pos;
    try {
      const bytes = whole.subarray(0, Number(step.to - at)),
        got = this.data.load(step.op, step.inode, step.source!, at, bytes);
      return got < 0 ? got : this.data.store(step, at, bytes);
    } finally {
      this.buffers.give(whole);
    }
  }
}

/** What an operation forbids although the mapping is legal (spec/protocol.md 4.3): a negative errno, or 0. */
function refusal(step: Step, count: bigint, block: bigint): number {
  const { opflags, pos } = step.begin,
    { target } = step,
    isWhole = step.to - pos >= count;
  if (opflags & OpFlag.ATOMIC && !isWhole) return -Errno.EINVAL;
  if (!(opflags & OpFlag.OVERWRITE_ONLY)) return 0;
  const isAligned = pos % block === 0n && count % block === 0n;
  const isAllowed = target.type === MapType.MAPPED || (target.type === MapType.UNWRITTEN && isAligned && !(opflags & OpFlag.DAX));
  return isWhole && !step.source && isAllowed ? 0 : -Errno.EAGAIN;
}

function seekIn(step: Step, at: bigint, whence: number): bigint | undefined {
  const { type } = step.read,
    { dirty } = step.inode;
  const isData = type === MapType.MAPPED || type === MapType.INLINE || type === MapType.DELALLOC;
  if (whence === Seek.data) return isData ? at : dirty?.firstDirty(at, step.to);
  if (isData) return undefined;
  const clean = dirty?.firstClean(at) ?? at;
  return clean < step.to ? clean : undefined;
}
