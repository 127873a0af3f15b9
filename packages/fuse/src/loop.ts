import { Errno } from '@mapscope/shared/wire';
import { PollBit, poll } from '@mapscope/native';
import type { Session } from './session.ts';

export interface ServeOptions {
  /** Of the channel. */
  readonly fd: number;
  /** Descriptors whose readiness Node must see soon: control pipes, the leash. The loop returns to Node when one is readable. */
  readonly wakeFds?: readonly number[];
  /** Ends serving; what was written is flushed first. */
  readonly signal?: AbortSignal;
}

/** Readers of the stream learn at least so often how far the clock is. */
const HEARTBEAT_MS = 50;
/** Rows wait no longer than this for company. */
const FLUSH_MS = 10;
/** Node's own loop runs at least so often under load: frames leave, signals are handled. */
const TURN_NS = 5_000_000n;
/** While handlers wait for promises the device is asked again after so many turns without pause, then every millisecond. */
const EAGER_TURNS = 200;

/**
 * Serve until the kernel unmounts (true) or the signal ends it (false). `/dev/fuse` is drained without blocking. Only while no handler
 * is pending does it block, in poll(2); otherwise Node's loop has to run for the handlers to go on.
 */
export async function serve(session: Session, options: ServeOptions): Promise<boolean> {
  const fds = Int32Array.of(options.fd, ...(options.wakeFds ?? [])),
    events = new Int16Array(fds.length).fill(PollBit.in),
    revents = new Int16Array(fds.length);
  const isOver = (): boolean => session.isEnded || options.signal?.aborted === true;
  let lastBeat = process.hrtime.bigint(),
    eager = 0;
  await session.start();
  while (!isOver()) {
    const turnEnds = process.hrtime.bigint() + TURN_NS;
    let isQuiet = true;
    do {
      const got = drain(session, turnEnds);
      if (got > 0) isQuiet = false;
      if (isOver() || session.pending.size > 0) break;
      const ready = poll(fds, events, revents, session.report.isWaiting ? FLUSH_MS : HEARTBEAT_MS);
      // A signal: Node's own handlers run when we return to its loop.
      if (ready < 0 || isWoken(revents)) break;
      if (ready === 0) {
        session.tick(false);
        break;
      }
    } while (process.hrtime.bigint() < turnEnds);
    const now = process.hrtime.bigint(),
      isBeat = now - lastBeat >= BigInt(HEARTBEAT_MS) * 1_000_000n;
    session.tick(isBeat);
    if (isBeat) lastBeat = now;
    eager = session.pending.size > 0 && isQuiet ? eager + 1 : 0;
    await (eager > EAGER_TURNS ? pause() : turn());
  }
  await session.end();
  return session.isEnded;
}

function drain(session: Session, until: bigint): number {
  let got = 0;
  for (;;) {
    const n = session.receive();
    if (n > 0) got++;
    // Interrupted, or the request was withdrawn between poll and read: the next one may be there.
    else if (n !== -Errno.EINTR && n !== -Errno.ENOENT) return got;
    if (session.isEnded || (got & 15) === 15) if (session.isEnded || process.hrtime.bigint() >= until) return got;
  }
}

const isWoken = (revents: Int16Array): boolean => {
  for (let i = 1; i < revents.length; i++) if (revents[i] !== 0) return true;
  return false;
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
