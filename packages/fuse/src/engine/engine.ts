import { OpFlag, Errno } from '@mapscope/shared/wire';
import type { Buffers } from '../buffers.ts';
import type { Filesystem } from '../filesystem.ts';
import type { Inode } from '../inode.ts';
import { Evidence } from '../report/evidence.ts';
import type { Report } from '../report/report.ts';
import { type Routine, settle } from '../routine.ts';
import { type Ask, reportAsk, writebackAsk } from './ask.ts';
import { Data } from './data.ts';
import type { Parts } from './parts.ts';
import { type FileIo, Storage } from './storage.ts';
import { type Step, Upcalls } from './upcalls.ts';
import { seek, walk } from './walk.ts';
import { put, unshare, zero } from './write.ts';

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
  private readonly data: Data;
  private readonly buffers: Buffers;
  private readonly parts: Parts;

  constructor(options: EngineOptions) {
    const { filesystem: fs, report, buffers } = options;
    this.buffers = buffers;
    this.evidence = new Evidence(report);
    this.storage = new Storage(fs.devices(), options.io, report);
    this.upcalls = new Upcalls(fs, this.storage, report, this.evidence, options.onFailure ?? (() => {}));
    this.data = new Data(fs, this.storage, buffers, () => report.at);
    const { upcalls, data, evidence, dirtyInodes } = this;
    this.parts = {
      fs,
      upcalls,
      data,
      evidence,
      buffers,
      block: BigInt(fs.blockSize),
      dirtyInodes,
      onResize: options.onResize ?? (() => {}),
    };
  }

  /** Fill `into` from `pos`; the caller has cut it at the end of the file. */
  *read(inode: Inode, ask: Ask, opflags: number, pos: bigint, into: Uint8Array): Routine<number> {
    let done = 0;
    while (done < into.length) {
      const at = pos + BigInt(done),
        begun = this.upcalls.begin(inode, ask, opflags, at, BigInt(into.length - done)),
        step = begun instanceof Promise ? ((yield begun) as Step | number) : begun;
      if (typeof step === 'number') return done > 0 ? done : step;
      const n = Number(step.to - at),
        part = n === into.length ? into : into.subarray(done, done + n);
      const loaded = this.data.load(step.op, inode, step.read, at, part),
        over = this.upcalls.end(step, BigInt(loaded)),
        ended = over instanceof Promise ? ((yield over) as number) : over;
      const errno = loaded < 0 ? loaded : ended;
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
    const n = yield* put(this.parts, inode, ask, opflags, pos, data, true);
    if (n !== -Errno.ENOTBLK || !(opflags & OpFlag.DIRECT)) return n;
    // "Use buffered I/O": then the bytes must still be on the device when a direct write returns.
    const buffered = yield* put(this.parts, inode, ask, (opflags & ~OpFlag.DIRECT) >>> 0, pos, data, true);
    const flushed = yield* this.flush(inode, ask.parent);
    return flushed < 0 ? flushed : buffered;
  }

  /** Make [from, to) read as zeroes: 0, or a negative errno. */
  zero(inode: Inode, ask: Ask, from: bigint, to: bigint, opflags: number = OpFlag.ZERO): Routine<number> {
    return zero(this.parts, inode, ask, from, to, opflags);
  }

  /** Dirty blocks get their places: WRITEBACK begins without a writer's pid. What fails is dropped, as a kernel does, and owed to fsync. */
  *flush(inode: Inode, parent: number): Routine<number> {
    const { dirty } = inode,
      most = this.buffers.size - (this.buffers.size % Number(this.parts.block));
    let failed = 0;
    for (const run of dirty?.runs(most) ?? []) {
      const whole = this.buffers.take(),
        bytes = whole.subarray(0, Number(run.to - run.from));
      try {
        dirty!.overlay(run.from, bytes);
        const n = yield* put(this.parts, inode, writebackAsk(parent), OpFlag.WRITEBACK, run.from, bytes, false);
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

  /** The file ends before [from, to) now: what waited there for a place never gets one. */
  discard(inode: Inode, from: bigint, to: bigint): void {
    if (!inode.dirty || inode.dirty.isEmpty) return;
    inode.dirty.drop(from, to);
    this.evidence.settled(inode, 0, from, to);
  }

  /** lseek(2) with SEEK_DATA or SEEK_HOLE: an offset, or a negative errno. */
  seek(inode: Inode, ask: Ask, from: bigint, whence: number): Routine<bigint> {
    return seek(this.parts, inode, ask, from, whence);
  }

  /** Ask where [from, to) is now, until it is enough; each answer becomes an extent row. Answers where to go on, undefined at the end. */
  walk(
    inode: Inode,
    parent: number,
    from: bigint,
    to: bigint,
    ask: Ask = reportAsk(parent),
    isEnough?: () => boolean,
  ): Routine<bigint | undefined> {
    return walk(this.parts, inode, from, to, ask, isEnough);
  }

  /** A page fault: the mapping is all that is asked for, the bytes stay where they are. */
  *fault(inode: Inode, ask: Ask, pos: bigint, count: bigint, isWrite: boolean, opflags = 0): Routine<number> {
    const step = yield* settle(this.upcalls.begin(inode, ask, (OpFlag.FAULT | (isWrite ? OpFlag.WRITE : 0) | opflags) >>> 0, pos, count));
    return typeof step === 'number' ? step : yield* settle(this.upcalls.end(step, step.to - pos));
  }

  /** Copy what is shared in [from, to) to a place of its own: 0, or a negative errno. */
  unshare(inode: Inode, ask: Ask, from: bigint, to: bigint): Routine<number> {
    return unshare(this.parts, inode, ask, from, to);
  }
}
