import { Asker, OpType, type SourceId } from '@mapscope/shared/trace';
import { Errno, inHeader, outHeader } from '@mapscope/shared/wire';
import * as native from '@mapscope/native';
import { Buffers } from './buffers.ts';
import type { Channel } from './channel.ts';
import type { Ask } from './engine/ask.ts';
import { Engine } from './engine/engine.ts';
import type { FileIo } from './engine/storage.ts';
import type { Filesystem } from './filesystem.ts';
import { Handles } from './handles.ts';
import type { Agreed } from './init.ts';
import type { Inode } from './inode.ts';
import { Inodes } from './inodes.ts';
import { type Answer, opTable, type ReadyOp } from './op-table.ts';
import { publish } from './publish.ts';
import { Layouts } from './report/layouts.ts';
import { Report } from './report/report.ts';
import { type Inbox, inboxOf, Request, slotOf } from './request.ts';
import { goOn, type Routine, run } from './routine.ts';

export type Log = (level: 'debug' | 'warn' | 'error', message: string, error?: unknown) => void;

export interface SessionOptions {
  readonly filesystem: Filesystem;
  readonly channel: Channel;
  /** `writeback`: the kernel holds dirty pages and asks at writeback. `through`: the server sees every write with its pid. */
  readonly cache: 'writeback' | 'through';
  /** Gets every frame of events, in order. */
  readonly sink: (frame: Uint8Array) => void;
  readonly clock?: () => bigint;
  readonly source?: SourceId;
  /** Processes of mapscope: their requests are answered and left out of the stream. May change while the session runs. */
  readonly ownPids?: ReadonlySet<number>;
  readonly log?: Log;
  readonly messageBytes?: number;
  readonly payloadBytes?: number;
  readonly io?: FileIo;
}

/** The most that fits MAX_PAGES 256. */
const MAX_WRITE = 1 << 20;
/** Fact: spec/protocol.md 1.1, room for header and arguments beside the data. */
const HEAD_ROOM = 4096;
/** Blocks without a place are given one when there are so many bytes of them in a file, or when they are this old. */
const DIRTY_BYTES = 8 << 20;
const DIRTY_NS = 5_000_000_000n;
const LEAST_ERROR = -511;

const outAt = { len: slotOf(outHeader, 'len'), error: slotOf(outHeader, 'error'), unique: slotOf(outHeader, 'unique') };
const uniqueAt = slotOf(inHeader, 'unique');

/**
 * FUSE, bytes in and bytes out: takes requests from a channel, answers them from a filesystem, and tells what happened in rows. It
 * never mounts, polls or waits. Bytes that are no request get EIO, a handler that throws gets EIO and is logged.
 */
export class Session {
  readonly fs: Filesystem;
  readonly cache: 'writeback' | 'through';
  readonly maxWrite = MAX_WRITE;
  readonly report: Report;
  readonly inodes: Inodes;
  readonly handles = new Handles();
  readonly engine: Engine;
  readonly layouts: Layouts;
  readonly buffers = new Buffers(MAX_WRITE + HEAD_ROOM);
  /** Requests that wait for a promise, by unique. */
  readonly pending = new Map<bigint, Request>();
  /** Opcodes answered ENOSYS because no row is theirs, and how often. */
  readonly unknown = new Map<number, number>();
  agreed: Agreed | undefined;
  /** The connection is gone: nothing will be received any more. */
  isEnded = false;
  private readonly channel: Channel;
  private readonly ownPids: ReadonlySet<number>;
  private readonly log: Log;
  private readonly inboxes: Inbox[] = [];
  private inbox: Inbox;
  private readonly head = inboxOf(new Uint8Array(outHeader.size));
  private isClosed = false;

  constructor(options: SessionOptions) {
    this.fs = options.filesystem;
    this.channel = options.channel;
    this.cache = options.cache;
    this.ownPids = options.ownPids ?? new Set();
    this.log = options.log ?? (() => {});
    this.report = new Report(options);
    this.inodes = new Inodes(this.report, this.fs.blockSize);
    this.layouts = new Layouts(this.fs, this.report);
    const onFailure = (what: string, error: unknown): void => this.log('error', `${what} of the filesystem failed`, error);
    this.engine = new Engine({
      filesystem: this.fs,
      io: options.io ?? native,
      report: this.report,
      buffers: this.buffers,
      onResize: (inode, size) => {
        this.inodes.resize(inode, size);
        inode.isLayoutStale = true;
      },
      onFailure,
    });
    this.inodes.onNew = (inode) => this.inBackground('getFmap', this.layouts.look(inode));
    this.inbox = this.newInbox();
  }

  /** Say what is there already: devices, files, maps. Before the first request. */
  start(): void | Promise<void> {
    return run(publish(this));
  }

  /** Take and answer one request, or begin to. What the channel said: bytes, `-EAGAIN` when none waits, `-ENODEV` when it is over. */
  receive(): number {
    const n = this.channel.receive(this.inbox.bytes);
    if (n > 0) this.take(n);
    else if (n === -Errno.ENODEV) this.isEnded = true;
    return n;
  }

  /** Every 50 ms or so: frames that have waited, dirty blocks that are old. `isIdle`: also when there is nothing, so that readers' clocks move. */
  tick(isIdle: boolean): void {
    const now = this.report.tick();
    for (const inode of this.engine.dirtyInodes)
      if (!inode.isBusy && now - inode.dirty!.since > DIRTY_NS) this.inBackground('writeback', this.flushInTurn(inode));
    this.report.flush(isIdle);
  }

  /** On whose behalf the engine works for this request. */
  askOf(q: Request): Ask {
    return { caller: q.caller, parent: q.op, role: Asker.engine, isHidden: q.op === 0 };
  }

  *afterWrite(inode: Inode, op: number): Routine<void> {
    if (inode.dirty && inode.dirty.bytes >= DIRTY_BYTES) yield* this.engine.flush(inode, op);
    if (!inode.isLayoutStale) return;
    inode.isLayoutStale = false;
    if (inode.layout) yield* this.layouts.look(inode);
  }

  /** What the filesystem changed on the side is asked for, so that the map stays true. */
  *lookAgain(inode: Inode, op: number): Routine<void> {
    const changed = this.fs.takeChanged?.(inode.node);
    if (changed) yield* this.engine.walk(inode, op, changed.offset, changed.offset + changed.length);
  }

  forget(node: bigint, lookups: bigint): void {
    const gone = this.inodes.forget(node, lookups);
    if (gone?.isLast) this.fs.forget(node, lookups);
  }

  /** The last thing, at DESTROY or when the connection broke: nothing that was written may be lost. Twice is once. */
  *close(): Routine<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const inode of this.engine.dirtyInodes) yield* this.flushInTurn(inode);
    this.fs.destroy();
    this.report.flush(true);
  }

  /** `close` for those who are not in a routine. */
  end(): void | Promise<void> {
    return run(this.close());
  }

  replyInterrupt(unique: bigint, errno: number): void {
    this.send(unique, errno, undefined);
  }

  private *flushInTurn(inode: Inode): Routine<void> {
    yield* inode.takeTurn();
    try {
      yield* this.engine.flush(inode, 0);
      yield* this.lookAgain(inode, 0);
    } finally {
      inode.giveTurn();
    }
  }

  private inBackground(what: string, routine: Routine<unknown>): void {
    try {
      const done = run(routine);
      if (done instanceof Promise) done.catch((error: unknown) => this.log('error', `${what} failed`, error));
    } catch (error) {
      this.log('error', `${what} failed`, error);
    }
  }

  private newInbox(): Inbox {
    return this.inboxes.pop() ?? inboxOf(new Uint8Array(MAX_WRITE + HEAD_ROOM));
  }

  private take(length: number): void {
    const { inbox } = this;
    if (!Request.isWhole(inbox, length)) {
      this.log('warn', `${length} bytes that are no request`);
      if (length >= inHeader.size) this.send(inbox.view.getBigUint64(uniqueAt, true), -Errno.EIO, undefined);
      return;
    }
    const q = new Request(inbox, length),
      op = opTable.get(q.opcode);
    this.tellRequest(q, op);
    if (!op) {
      this.unknown.set(q.opcode, (this.unknown.get(q.opcode) ?? 0) + 1);
      return this.answer(q, undefined, -Errno.ENOSYS);
    }
    if (!isWellFormed(q, op)) {
      this.log('warn', `malformed ${op.name} of ${length} bytes`);
      return this.answer(q, op, op.reply === 'no reply' ? undefined : -Errno.EIO);
    }
    try {
      const routine = op.handle(this, q);
      if (typeof routine !== 'object' || routine instanceof Uint8Array) return this.answer(q, op, routine);
      const step = routine.next();
      if (step.done) this.answer(q, op, step.value);
      else this.wait(q, op, goOn(routine, step.value));
    } catch (error) {
      this.fail(q, op, error);
    }
  }

  /** The request keeps its bytes until it is answered; the next one is received into others. */
  private wait(q: Request, op: ReadyOp, answer: Promise<Answer>): void {
    this.pending.set(q.unique, q);
    this.inbox = this.newInbox();
    void answer
      .then(
        (value) => this.answer(q, op, value),
        (error: unknown) => this.fail(q, op, error),
      )
      .finally(() => {
        this.pending.delete(q.unique);
        this.inboxes.push(q.inbox);
      });
  }

  private fail(q: Request, op: ReadyOp, error: unknown): void {
    this.log('error', `${op.name} failed`, error);
    this.answer(q, op, op.reply === 'no reply' ? undefined : -Errno.EIO);
  }

  private answer(q: Request, op: ReadyOp | undefined, answer: Answer): void {
    let value = answer;
    if (op && value !== undefined && !fits(value, op)) {
      this.log(
        'error',
        `${op.name} was answered ${typeof value === 'number' ? value : `${value.length} bytes`}, not ${op.replySize} bytes`,
      );
      value = -Errno.EIO;
    }
    this.report.tick();
    if (value !== undefined) this.send(q.unique, typeof value === 'number' ? value : 0, typeof value === 'number' ? undefined : value);
    if (q.op !== 0) this.tellAnswer(q, op, value);
    q.giveBack(this.buffers);
    this.report.flush();
  }

  private send(unique: bigint, error: number, body: Uint8Array | undefined): void {
    const { bytes, view } = this.head;
    view.setUint32(outAt.len, bytes.length + (body?.length ?? 0), true);
    view.setInt32(outAt.error, error, true);
    view.setBigUint64(outAt.unique, unique, true);
    const n = this.channel.reply(bytes, body);
    if (n >= 0 || n === -Errno.ENOENT) return;
    if (n === -Errno.ENODEV) this.isEnded = true;
    else this.log('error', `a reply was refused: errno ${-n}`);
  }

  private tellRequest(q: Request, op: ReadyOp | undefined): void {
    const { report } = this;
    report.tick();
    if (this.ownPids.has(q.pid)) return;
    const inode = this.inodes.get(q.node)?.number ?? 0,
      hasRange = op !== undefined && op.posAt >= 0 && q.end >= inHeader.size + op.requestSize;
    const pos = hasRange ? q.u64(op.posAt) : 0n,
      count = hasRange ? (op.isCount32 ? BigInt(q.u32(op.countAt)) : q.u64(op.countAt)) : 0n;
    q.op = report.request(inode, q.opcode, pos, count, q.pid, q.unique);
    const { bytes } = q.inbox,
      headLength = op?.payload === 'request' ? inHeader.size + op.requestSize : q.length;
    const head = bytes.subarray(0, Math.min(headLength, q.length));
    report.message(q.op, inode, 1, q.opcode, head, head.length < q.length ? bytes.subarray(head.length, q.length) : undefined, true);
  }

  private tellAnswer(q: Request, op: ReadyOp | undefined, value: Answer): void {
    const { report } = this,
      inode = this.inodes.get(q.node)?.number ?? 0,
      errno = typeof value === 'number' ? -value : 0;
    if (value !== undefined) {
      report.message(q.op, inode, 2, q.opcode, this.head.bytes, typeof value === 'number' ? undefined : value, op?.payload === 'reply');
      report.reply(q.op, OpType.request, inode, errno);
    }
    report.end(q.op, OpType.request, inode, errno > 0 ? BigInt(-errno) : resultOf(op, value), 0);
  }
}

/** Bytes of the file that moved. */
function resultOf(op: ReadyOp | undefined, value: Answer): bigint {
  if (!(value instanceof Uint8Array) || !op) return 0n;
  if (op.payload === 'reply') return BigInt(value.length);
  return op.payload === 'request' ? BigInt(new DataView(value.buffer, value.byteOffset).getUint32(0, true)) : 0n;
}

/** Arguments are there and names have their NUL: then no handler can read past the request. */
function isWellFormed(q: Request, op: ReadyOp): boolean {
  if (q.end < inHeader.size + op.requestSize) return false;
  if (op.tail === 'none' || op.tail === 'bytes') return true;
  const tail = q.tail(op.requestSize),
    end = tail.indexOf(0);
  if (end < 1) return false;
  if (op.tail === 'name') q.names = [tail.subarray(0, end)];
  else {
    const second = tail.indexOf(0, end + 1);
    if (second < end + 2) return false;
    q.names = [tail.subarray(0, end), tail.subarray(end + 1, second)];
  }
  return true;
}

/** A reply the kernel would refuse is our bug; it must not leave the caller waiting. */
function fits(value: number | Uint8Array, op: ReadyOp): boolean {
  if (typeof value === 'number') return value < 0 ? value >= LEAST_ERROR : value === 0 && op.replySize <= 0;
  return op.replySize < 0 || value.length === op.replySize;
}
