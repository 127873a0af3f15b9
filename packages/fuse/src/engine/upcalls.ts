import { EndFlag, MappingRole, MapType, OpType } from '@mapscope/shared/trace';
import { ceilTo, floorTo } from '@mapscope/shared/units';
import { Errno, isSamePlace, isWriteLike, MapFlag, OpFlag, sayViolation, wantsEnd } from '@mapscope/shared/wire';
import type { Begin, BeginReply, End, Filesystem, Mapping } from '../filesystem.ts';
import type { Inode } from '../inode.ts';
import type { Evidence } from '../report/evidence.ts';
import type { Report } from '../report/report.ts';
import type { Routine, Soon } from '../routine.ts';
import type { Ask } from './ask.ts';
import { Judge } from './judge.ts';
import type { Storage } from './storage.ts';

/** One answered begin: what may be done from `begin.pos` to `to`, before its end. */
export interface Step {
  readonly op: number;
  readonly inode: Inode;
  readonly begin: Begin;
  /** Where data is. */
  readonly read: Mapping;
  /** Where data goes; the read mapping itself for a pure overwrite. */
  readonly target: Mapping;
  /** Where parts that are not written come from, when that is another place than the target. */
  readonly source: Mapping | undefined;
  readonly to: bigint;
  isEndSent: boolean;
}

/** A kernel that never ends its begins must not fill our memory. */
const MOST_OPEN = 1024;

const end = (m: Mapping): bigint => m.offset + m.length;

/** The two questions, `iomap_begin` and `iomap_end`: asked, timed, checked against the rules, and told. */
export class Upcalls {
  private readonly fs: Filesystem;
  private readonly judge: Judge;
  private readonly report: Report;
  private readonly evidence: Evidence;
  private readonly onFailure: (what: string, error: unknown) => void;
  /** One ENOSYS is remembered for the whole mount (spec/protocol.md 4.2). */
  private isEndKnown: boolean;
  /** Begins of the kernel that may still be ended, oldest first. */
  private readonly open: Step[] = [];

  constructor(fs: Filesystem, storage: Storage, report: Report, evidence: Evidence, onFailure: (what: string, error: unknown) => void) {
    this.fs = fs;
    this.judge = new Judge(fs, storage);
    this.report = report;
    this.evidence = evidence;
    this.onFailure = onFailure;
    this.isEndKnown = fs.iomapEnd !== undefined;
  }

  /** A step that covers at least one byte from `pos` on, or a negative errno. Nothing has to be ended after an errno. */
  begin(inode: Inode, ask: Ask, opflags: number, pos: bigint, count: bigint): Soon<Step | number> {
    const { report } = this,
      begin: Begin = { node: inode.node, ino: inode.ino, pos, count, opflags, caller: ask.caller };
    report.tick();
    const op = ask.isHidden ? 0 : report.iomap(ask.parent, ask.role, inode.number, opflags, pos, count, ask.caller.pid);
    let reply: Soon<BeginReply | number>;
    try {
      reply = this.fs.iomapBegin(begin);
    } catch (error) {
      reply = this.failed('iomapBegin', error);
    }
    if (!(reply instanceof Promise)) return this.begun(op, inode, begin, reply);
    return reply.then(
      (answer) => this.begun(op, inode, begin, answer),
      (error: unknown) => this.begun(op, inode, begin, this.failed('iomapBegin', error)),
    );
  }

  private begun(op: number, inode: Inode, begin: Begin, reply: BeginReply | number): Step | number {
    const { report } = this,
      { opflags, pos, count } = begin;
    report.tick();
    if (typeof reply === 'number') return this.refuse(op, inode, reply < 0 ? -reply : Errno.EIO);

    const { read } = reply,
      write = reply.write?.type === MapType.PURE_OVERWRITE ? undefined : reply.write;
    report.reply(op, OpType.iomap, inode.number, 0);
    const isCopy = write !== undefined && read.type === MapType.MAPPED && !isSamePlace(read, write);
    report.mapping(op, inode.number, opflags & OpFlag.REPORT ? MappingRole.report : isCopy ? MappingRole.source : MappingRole.read, read);
    if (write) report.mapping(op, inode.number, isCopy ? MappingRole.destination : MappingRole.write, write);

    const broken = this.judge.check(begin, reply);
    for (const violation of broken) report.violation(op, inode.number, pos, sayViolation(violation));
    const refusal = broken.find(({ errno }) => errno > 0)?.errno;
    if (refusal !== undefined) {
      report.end(op, OpType.iomap, inode.number, BigInt(-refusal), 0);
      return -refusal;
    }
    this.evidence.reported(inode, op, read);

    const target = write && isWriteLike(opflags) ? write : read;
    const source = target === read || isSamePlace(read, target) ? undefined : read;
    let to = pos + count;
    if (end(target) < to) to = end(target);
    if (source && source.type !== MapType.HOLE && end(source) < to) to = end(source);
    return { op, inode, begin, read, target, source, to, isEndSent: false };
  }

  /** `written`: bytes from begin.pos, or a negative errno. Answers 0, or the errno of the filesystem's end. */
  end(step: Step, written: bigint, kernelFlags = 0): Soon<number> {
    const { begin, target, op, inode } = step,
      count = step.to - begin.pos;
    if (!this.isEndKnown || !wantsEnd(begin.opflags, target.flags | kernelFlags, count, written))
      return this.ended(step, written, 0, false);
    const map = kernelFlags ? { ...target, flags: target.flags | kernelFlags } : target;
    this.report.mapping(op, inode.number, MappingRole.usedByEnd, map);
    let answer: Soon<number>;
    try {
      answer = this.fs.iomapEnd!({ ...begin, count, written, map });
    } catch (error) {
      answer = this.failed('iomapEnd', error);
    }
    if (!(answer instanceof Promise)) return this.endAnswered(step, written, answer);
    return answer.then(
      (errno) => this.endAnswered(step, written, errno),
      (error: unknown) => this.endAnswered(step, written, this.failed('iomapEnd', error)),
    );
  }

  private endAnswered(step: Step, written: bigint, errno: number): number {
    this.report.tick();
    if (errno !== -Errno.ENOSYS) return this.ended(step, written, errno, true);
    this.isEndKnown = false;
    return this.ended(step, written, 0, false);
  }

  private ended(step: Step, written: bigint, errno: number, isSent: boolean): number {
    const result = errno < 0 && written >= 0n ? BigInt(errno) : written;
    step.isEndSent = isSent;
    this.report.end(step.op, OpType.iomap, step.inode.number, result, isSent ? EndFlag.sent : 0);
    return errno;
  }

  /** What threw or rejected is a failed device to who asked. */
  private failed(what: string, error: unknown): number {
    this.onFailure(what, error);
    return -Errno.EIO;
  }

  /** The kernel asked this begin itself: nothing says whether an end will come, so an op that may get one stays open. */
  leaveOpen(step: Step): void {
    const { begin, op, inode } = step,
      mayEnd = isWriteLike(begin.opflags) || (step.target.flags & MapFlag.WANT_IOMAP_END) !== 0;
    if (!mayEnd) return this.report.end(op, OpType.iomap, inode.number, 0n, 0);
    this.open.push(step);
    const oldest = this.open.length > MOST_OPEN ? this.open.shift() : undefined;
    if (oldest) this.report.end(oldest.op, OpType.iomap, oldest.inode.number, 0n, 0);
  }

  /** IOMAP_END of a kernel, paired by (inode, pos, opflags) in order (spec/protocol.md 4.2). */
  *endByKernel(inode: Inode, end: End): Routine<number> {
    const i = this.open.findIndex((s) => s.inode === inode && s.begin.pos === end.pos && s.begin.opflags === end.opflags);
    const step = i < 0 ? undefined : this.open.splice(i, 1)[0],
      op = step?.op ?? 0;
    if (!this.fs.iomapEnd) return -Errno.ENOSYS;
    this.report.mapping(op, inode.number, MappingRole.usedByEnd, end.map);
    const answer = this.fs.iomapEnd(end),
      errno = answer instanceof Promise ? ((yield answer) as number) : answer;
    this.report.tick();
    this.report.end(
      op,
      OpType.iomap,
      inode.number,
      errno < 0 && end.written >= 0n ? BigInt(errno) : end.written,
      EndFlag.sent | (end.map.flags & MapFlag.STALE ? EndFlag.stale : 0),
    );
    const block = BigInt(this.fs.blockSize),
      { target } = step ?? {};
    if (
      step &&
      target &&
      errno >= 0 &&
      end.written > 0n &&
      (target.type === MapType.UNWRITTEN || target.flags & MapFlag.NEW || step.source)
    )
      this.evidence.written(inode, op, target, floorTo(end.pos, block), ceilTo(end.pos + end.written, block));
    return errno;
  }

  private refuse(op: number, inode: Inode, errno: number): number {
    this.report.reply(op, OpType.iomap, inode.number, errno);
    this.report.end(op, OpType.iomap, inode.number, BigInt(-errno), 0);
    return -errno;
  }
}
