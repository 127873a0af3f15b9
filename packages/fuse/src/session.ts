import { Asker } from '@mapscope/shared/trace';
import { Errno, errnoName, inHeader } from '@mapscope/shared/wire';
import * as native from '@mapscope/native';
import { Buffers } from './buffers.ts';
import type { Channel } from './channel.ts';
import type { Ask } from './engine/ask.ts';
import { Engine } from './engine/engine.ts';
import type { FileIo } from './engine/storage.ts';
import type { Filesystem } from './filesystem.ts';
import { Handles } from './handles.ts';
import type { Agreed } from './init.ts';
import { Inodes } from './inodes.ts';
import type { Answer, ReadyOp } from './op.ts';
import { opTable } from './op-table.ts';
import { publish } from './publish.ts';
import { Layouts } from './report/layouts.ts';
import { Report, type ReportOptions } from './report/report.ts';
import { RequestRows } from './report/request-rows.ts';
import { Replies } from './reply.ts';
import { type Inbox, inboxOf, Request, slotOf } from './request.ts';
import { Retelling } from './retelling.ts';
import { goOn, type Routine, run } from './routine.ts';
import { Upkeep } from './upkeep.ts';
import { fits, isWellFormed } from './well-formed.ts';

export type Log = (level: 'debug' | 'warn' | 'error', message: string, error?: unknown) => void;

export interface SessionOptions extends ReportOptions {
  readonly filesystem: Filesystem;
  readonly channel: Channel;
  /** `writeback`: the kernel holds dirty pages and asks at writeback. `through`: the server sees every write with its pid. */
  readonly cache: 'writeback' | 'through';
  /** Bytes of a page of this machine's kernel; 4096 unless said. */
  readonly pageSize?: number;
  /** False while who reads the frames is behind: then what is told anew waits. */
  readonly hasRoom?: () => boolean;
  /** Processes of mapscope: their requests are answered and left out of the stream. May change while the session runs. */
  readonly ownPids?: ReadonlySet<number>;
  readonly log?: Log;
  readonly io?: FileIo;
}

/** The most that MAX_PAGES allows where a page has 4096 bytes: 256 of them. */
const MAX_WRITE = 1 << 20;
/** Fact: spec/protocol.md 1.1, room for header and arguments beside the data. */
const HEAD_ROOM = 4096;
/** Answers of a channel after which it may be asked again. */
const passing = new Set<number>([Errno.EAGAIN, Errno.EINTR, Errno.ENOENT]);

const uniqueAt = slotOf(inHeader, 'unique');

/**
 * FUSE, bytes in and bytes out: takes requests from a channel, answers them from a filesystem, and tells what happened in rows. It
 * never mounts, polls or waits. Bytes that are no request get EIO, a handler that throws gets EIO and is logged.
 */
export class Session {
  readonly fs: Filesystem;
  readonly cache: 'writeback' | 'through';
  readonly maxWrite = MAX_WRITE;
  readonly pageSize: bigint;
  readonly report: Report;
  readonly inodes: Inodes;
  readonly handles = new Handles();
  readonly engine: Engine;
  readonly layouts: Layouts;
  readonly upkeep: Upkeep;
  readonly replies: Replies;
  readonly buffers = new Buffers(MAX_WRITE + HEAD_ROOM);
  /** Requests that wait for a promise, by unique. */
  readonly pending = new Map<bigint, Request>();
  /** Opcodes answered ENOSYS because no row is theirs, and how often. */
  readonly unknown = new Map<number, number>();
  agreed: Agreed | undefined;
  private readonly channel: Channel;
  private readonly rows: RequestRows;
  private readonly retelling = new Retelling(this);
  private readonly hasRoom: () => boolean;
  private readonly log: Log;
  private readonly inboxes: Inbox[] = [];
  private inbox: Inbox;
  private isStarted = false;
  private isClosed = false;

  constructor(options: SessionOptions) {
    this.fs = options.filesystem;
    this.channel = options.channel;
    this.cache = options.cache;
    this.pageSize = BigInt(options.pageSize ?? 4096);
    this.hasRoom = options.hasRoom ?? (() => true);
    this.log = options.log ?? (() => {});
    this.report = new Report(options);
    this.inodes = new Inodes(this.report, this.fs.blockSize);
    this.layouts = new Layouts(this.fs, this.report);
    this.rows = new RequestRows(this.report, this.handles, options.ownPids ?? new Set());
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
    this.upkeep = new Upkeep(this.fs, this.engine, this.layouts, this.log);
    this.inodes.onNew = (inode) => this.upkeep.introduce(inode);
    this.replies = new Replies(this.channel, this.log);
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

  /** The connection is gone: nothing will be received any more. */
  get isEnded(): boolean {
    return this.replies.isOver;
  }

  private over(n: number): void {
    this.replies.isOver = true;
    if (n < 0 && n !== -Errno.ENODEV) this.log('error', `the channel answers ${errnoName(n)}`);
  }

  /** Rows were lost behind the sink: by and by everything that is there is told anew. */
  tellAgain(): void {
    this.retelling.begin();
  }

  /** From time to time: dirty blocks that are old, what is told anew, and a frame if one is due (`report.dueMs`). */
  tick(): void {
    const now = this.report.tick();
    this.upkeep.age(now);
    if (this.retelling.isDue(now) && this.hasRoom()) this.upkeep.inBackground('telling again', this.retelling.slice());
    this.report.flush();
  }

  /** Something waits for a promise: Node's loop has to run. */
  get isWaiting(): boolean {
    return this.pending.size > 0 || this.upkeep.isWaiting;
  }

  /** On whose behalf the engine works for this request. */
  askOf(q: Request): Ask {
    return { caller: q.caller, parent: q.op, role: Asker.engine, isHidden: q.op === 0 };
  }

  forget(node: bigint, lookups: bigint): void {
    const gone = this.inodes.forget(node, lookups);
    if (gone?.isLast) this.fs.forget(node, lookups);
  }

  /** The last thing, at DESTROY or when the connection broke: nothing that was written may be lost. Twice is once. */
  *close(): Routine<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    yield* this.upkeep.flushAll();
    this.fs.destroy();
    this.report.flush(true);
  }

  /** `close` for those who are not in a routine. */
  end(): void | Promise<void> {
    return run(this.close());
  }

  private newInbox(): Inbox {
    return this.inboxes.pop() ?? inboxOf(new Uint8Array(MAX_WRITE + HEAD_ROOM));
  }

  private take(length: number): void {
    const { inbox } = this;
    if (!Request.isWhole(inbox, length)) {
      this.log('warn', `${length} bytes that are no request`);
      if (length >= inHeader.size) this.replies.send(inbox.view.getBigUint64(uniqueAt, true), -Errno.EIO);
      return;
    }
    const q = new Request(inbox, length),
      op = opTable.get(q.opcode);
    q.inode = this.inodes.get(q.node);
    this.rows.asked(q, op);
    if (!op) {
      this.unknown.set(q.opcode, (this.unknown.get(q.opcode) ?? 0) + 1);
      return this.answer(q, undefined, -Errno.ENOSYS);
    }
    if (!isWellFormed(q, op)) {
      this.log('warn', `malformed ${op.name} of ${length} bytes`);
      return this.answer(q, op, op.isSilent ? undefined : -Errno.EIO);
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
      .then((value) => this.answer(q, op, value))
      .catch((error: unknown) => this.fail(q, op, error))
      .finally(() => {
        this.pending.delete(q.unique);
        this.inboxes.push(q.inbox);
      });
  }

  private fail(q: Request, op: ReadyOp, error: unknown): void {
    this.log('error', `${op.name} failed`, error);
    this.answer(q, op, op.isSilent ? undefined : -Errno.EIO);
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
    if (typeof value === 'number') this.replies.send(q.unique, value);
    else if (value) this.replies.send(q.unique, 0, value);
    this.rows.answered(q, op, value, this.replies.head);
    q.giveBack(this.buffers);
    this.report.flush();
  }
}
