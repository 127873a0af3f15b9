import { Asker } from '@mapscope/shared/trace';
import { Errno, errnoName, inHeader, outHeader } from '@mapscope/shared/wire';
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
import type { Answer, ReadyOp } from './op.ts';
import { opTable } from './op-table.ts';
import { publish } from './publish.ts';
import { Layouts } from './report/layouts.ts';
import { Report, type ReportOptions } from './report/report.ts';
import { RequestRows } from './report/request-rows.ts';
import { type Inbox, inboxOf, Request, slotOf } from './request.ts';
import { goOn, type Routine, run } from './routine.ts';
import { fits, isWellFormed } from './well-formed.ts';

export type Log = (level: 'debug' | 'warn' | 'error', message: string, error?: unknown) => void;

export interface SessionOptions extends ReportOptions {
  readonly filesystem: Filesystem;
  readonly channel: Channel;
  /** `writeback`: the kernel holds dirty pages and asks at writeback. `through`: the server sees every write with its pid. */
  readonly cache: 'writeback' | 'through';
  /** Processes of mapscope: their requests are answered and left out of the stream. May change while the session runs. */
  readonly ownPids?: ReadonlySet<number>;
  readonly log?: Log;
  readonly io?: FileIo;
}

/** The most that fits MAX_PAGES 256. */
const MAX_WRITE = 1 << 20;
/** Fact: spec/protocol.md 1.1, room for header and arguments beside the data. */
const HEAD_ROOM = 4096;
/** Blocks without a place get one when there are so many bytes of them in a file, or when they are this old. */
const DIRTY_BYTES = 8 << 20;
const DIRTY_NS = 5_000_000_000n;

/** Answers of a channel after which it may be asked again. */
const passing = new Set<number>([Errno.EAGAIN, Errno.EINTR, Errno.ENOENT]);

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
  private readonly rows: RequestRows;
  private readonly log: Log;
  private readonly inboxes: Inbox[] = [];
  private inbox: Inbox;
  private readonly head = inboxOf(new Uint8Array(outHeader.size));
  private isStarted = false;
  private isClosed = false;
  private background = 0;

  constructor(options: SessionOptions) {
    this.fs = options.filesystem;
    this.channel = options.channel;
    this.cache = options.cache;
    this.log = options.log ?? (() => {});
    this.report = new Report(options);
    this.inodes = new Inodes(this.report, this.fs.blockSize);
    this.layouts = new Layouts(this.fs, this.report);
    this.rows = new RequestRows(this.report, this.inodes, this.handles, options.ownPids ?? new Set());
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

  /** Say what is there already: devices, files, maps. Before the first request; twice is once. */
  start(): void | Promise<void> {
    if (this.isStarted) return;
    this.isStarted = true;
    return run(publish(this));
  }

  /** Take and answer one request, or begin to. What the channel said: bytes, `-EAGAIN` when none waits, else it is over. */
  receive(): number {
    const n = this.channel.receive(this.inbox.bytes);
    if (n > 0) this.take(n);
    else if (n === 0 || !passing.has(-n)) this.over(n);
    return n;
  }

  private over(n: number): void {
    this.isEnded = true;
    if (n < 0 && n !== -Errno.ENODEV) this.log('error', `the channel answers ${errnoName(n)}`);
  }

  /** Every 50 ms or so: frames that have waited, dirty blocks that are old. `isIdle`: also when there is nothing, so that readers' clocks move. */
  tick(isIdle: boolean): void {
    const now = this.report.tick();
    for (const inode of this.engine.dirtyInodes)
      if (!inode.isBusy && now - inode.dirty!.since > DIRTY_NS) this.inBackground('writeback', this.flushInTurn(inode));
    this.report.flush(isIdle);
  }

  /** Something waits for a promise: Node's loop has to run. */
  get isWaiting(): boolean {
    return this.pending.size > 0 || this.background > 0;
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
      if (!(done instanceof Promise)) return;
      this.background++;
      void done.catch((error: unknown) => this.log('error', `${what} failed`, error)).finally(() => this.background--);
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
    this.rows.asked(q, op);
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
    this.rows.answered(q, op, value, this.head.bytes);
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
    else this.log('error', `a reply was refused: ${errnoName(n)}`);
  }
}
