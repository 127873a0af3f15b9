import { inHeader } from '../wire/index.ts';
import { type Asked, isCrowded, isNobodyElse, type RequestLine, RequestLines } from './request-lines.ts';

/** When a server took a request, and when it began the call that answers it; nanoseconds, 0n: not known. */
export interface Served {
  readonly taken: bigint;
  readonly answering: bigint;
}

/** A read that may have taken a message. */
interface Take {
  readonly thread: Thread;
  readonly fd: number;
  readonly bytes: number;
  /** When the call began, and when it returned. */
  readonly entered: bigint;
  readonly at: bigint;
  /** The thread had taken something before that it has not answered. */
  readonly isSecond: boolean;
  /** Nothing that its thread did since says that it is done with it. */
  isHeld: boolean;
  /** Its thread answered something before it took another. */
  isAnswered: boolean;
  /** Which request it took is known. */
  isClaimed: boolean;
}

/** The call that a thread is in; -1: no such descriptor, or not seen. */
interface Call {
  readonly from: number;
  readonly to: number;
  readonly entered: bigint;
}

interface Thread {
  call: Call | undefined;
  /** Its newest take of each descriptor. */
  readonly takes: Map<number, Take>;
  /** Through which it has answered; -1: it has not. */
  fd: number;
}

const HEAD = BigInt(inHeader.size);
const NOTHING: Served = { taken: 0n, answering: 0n };
/** What is remembered at most: of more nothing is told. */
const MOST_THREADS = 4096;
const MOST_TAKES = 512;
const MOST_DESCRIPTORS = 64;
/** So many requests in step, and none that was not, show how a server works. */
const PROVEN = 64;
/** Descriptor of a read whose begin was before the trace. */
const UNSEEN = -2;

/**
 * Whether a message so long may be one that no request is told of: FORGET and INTERRUPT have a header and 8 bytes, BATCH_FORGET a header, 8 bytes
 * and 16 for each inode (include/uapi/linux/fuse.h).
 */
const mayBeUntold = (bytes: number): boolean => bytes >= inHeader.size + 8 && (bytes - inHeader.size - 8) % 16 === 0;

/**
 * When servers take requests from /dev/fuse, from their system calls. No event says which request a read took. It is told where only one can be meant:
 *
 * * *alone*: while the request was unanswered one read returned its length, and no other request of this length was there that the read could have taken;
 * * *in step*: the thread that answered took it, since it took something of this length, and nothing after it. So work servers whose threads each read, do, and answer. Not told any more once a
 *   thread of this server was seen to do otherwise, nor against the order of the queue: what others took before, and still have, are older requests.
 *
 * When it began to answer is seen: the kernel ends a request inside the call that brings the answer.
 */
export class ServerThreads {
  private readonly threads = new Map<number, Thread>();
  private takes: Take[] = [];
  /** No take since the beginning was let go. */
  private isWhole = true;
  private readonly lines = new RequestLines();
  /** By connection: how many requests were answered by the thread that took something of their length, and nothing since; -1: not all. */
  private readonly inStep = new Map<number, number>();

  /** Of requests queued earlier some thread may have taken one unseen; nanoseconds. */
  since = 0n;

  /** A thread begins a call that reads `from` a descriptor, or writes `to` one; -1: it does not. */
  enter(pid: number, entered: bigint, from: number, to: number): void {
    this.threadOf(pid).call = { from, to, entered };
  }

  /** Its call returns. `result`: what was read, bytes; 0n: it was none that reads. */
  exit(pid: number, at: bigint, result: bigint): void {
    const thread = this.threadOf(pid),
      { call } = thread;
    thread.call = undefined;
    if (result < HEAD || call?.from === -1) return;
    // Where its begin was not seen it is not known from where it read: only that somebody did.
    this.take(thread, call?.from ?? UNSEEN, Number(result), call?.entered ?? 0n, at);
  }

  /** A request is queued. */
  queued(asked: Asked): void {
    this.lines.queued(asked);
  }

  /** The kernel ends a request while this thread runs. */
  ended(pid: number, at: bigint, asked: Asked): Served {
    const line = this.lines.leave(asked),
      thread = this.threads.get(pid),
      call = thread?.call;
    if (!line) return NOTHING;
    let take: Take | undefined,
      answering = 0n;
    if (thread && call && call.to !== -1) {
      answering = call.entered;
      take = asked.sent < this.since ? undefined : this.takeOf(thread, call, asked, line);
      this.judge(thread, call.to, asked);
      // A call brings one answer.
      thread.call = { from: -1, to: -1, entered: call.entered };
    }
    if (take) take.isClaimed = true;
    else line.unclaimed.push({ sent: asked.sent, until: at });
    this.lines.forgetEmpty(asked);
    return { taken: take?.at ?? 0n, answering };
  }

  /** Something was not seen: of what is in the queue nothing is told. */
  forget(): void {
    this.threads.clear();
    this.takes = [];
    this.isWhole = true;
    this.lines.forget();
  }

  private take(thread: Thread, fd: number, bytes: number, entered: bigint, at: bigint): void {
    // Of what it reads elsewhere nothing is remembered once it is known through which descriptor it serves.
    if (thread.fd !== -1 && fd !== thread.fd && fd !== UNSEEN) return;
    const before = thread.takes.get(fd),
      isSecond = before !== undefined && before.isHeld && (before.isSecond || !mayBeUntold(before.bytes)),
      take: Take = { thread, fd, bytes, entered, at, isSecond, isHeld: true, isAnswered: false, isClaimed: false };
    if (before) before.isHeld = false;
    if (thread.takes.size >= MOST_DESCRIPTORS) thread.takes.clear();
    thread.takes.set(fd, take);
    if (this.takes.length >= MOST_TAKES) {
      this.takes = this.takes.slice(MOST_TAKES / 2);
      this.isWhole = false;
    }
    this.takes.push(take);
  }

  /** The read that took this request, which the thread answers by its call. */
  private takeOf(thread: Thread, call: Call, asked: Asked, line: RequestLine): Take | undefined {
    if (isCrowded(line)) return undefined;
    const found = this.candidates(asked, call);
    if (!found) return undefined;
    const [one] = found,
      own = found.filter((take) => take.thread === thread && take.fd === call.to && !take.isAnswered);
    if (one && found.length === 1 && one.fd === call.to && isNobodyElse(line, one.at)) return one;
    return own.length === 1 && this.isInStep(own[0]!, found, asked, line) ? own[0] : undefined;
  }

  /** Reads that may have taken it; undefined: some are not remembered. */
  private candidates({ sent, bytes }: Asked, { entered }: Call): Take[] | undefined {
    const found: Take[] = [];
    for (let i = this.takes.length - 1; i >= 0; i--) {
      const take = this.takes[i]!,
        { fd } = take.thread,
        // Whoever is known to answer through another descriptor took nothing from this one.
        isServers = fd === -1 || take.fd === UNSEEN || fd === take.fd;
      if (take.at < sent) return found;
      if (take.bytes === bytes && take.at <= entered && !take.isClaimed && isServers) found.push(take);
    }
    return this.isWhole ? found : undefined;
  }

  private isInStep(newest: Take, found: readonly Take[], { connection, unique }: Asked, { open }: RequestLine): boolean {
    if ((this.inStep.get(connection) ?? 0) < PROVEN || newest.isSecond || !newest.isHeld) return false;
    let older = 0,
      before = 0;
    for (const other of open.keys()) if (other < unique) older++;
    for (const take of found) if (take.isHeld && take !== newest && take.at < newest.entered) before++;
    return before <= older;
  }

  /** What an answer says of how its server works. */
  private judge(thread: Thread, fd: number, { connection, bytes, sent }: Asked): void {
    const take = thread.takes.get(fd) ?? thread.takes.get(UNSEEN),
      isInStep = take !== undefined && take.isHeld && !take.isSecond && take.bytes === bytes && take.at >= sent,
      before = this.inStep.get(connection) ?? 0,
      // Of its first request, and of those queued before all calls were heard of, the read may have been before.
      isFirst = thread.fd === -1 && !take;
    if (!isFirst && sent >= this.since) this.inStep.set(connection, isInStep && before >= 0 ? Math.min(before + 1, PROVEN) : -1);
    if (take?.isHeld) take.isAnswered = true;
    if (take) take.isHeld = false;
    thread.takes.delete(UNSEEN);
    thread.fd = fd;
  }

  private threadOf(pid: number): Thread {
    let thread = this.threads.get(pid);
    if (!thread) {
      if (this.threads.size >= MOST_THREADS) this.threads.clear();
      this.threads.set(pid, (thread = { call: undefined, takes: new Map(), fd: -1 }));
    }
    return thread;
  }
}
