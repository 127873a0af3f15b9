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

/** Node's own loop runs at least so often under load: frames leave, signals are handled. */
const TURN_NS = 5_000_000n;
/** While handlers wait for promises the device is asked again after so many turns without pause, then every millisecond. */
const EAGER_TURNS = 200;

/**
 * Serve until the kernel unmounts (true) or the signal ends it (false). `/dev/fuse` is drained without blocking. Only while no handler
 * is pending does it block, in poll(2); otherwise Node's loop has to run for the handlers to go on.
 */
export async function serve(session: Session, options: ServeOptions): Promise<boolean> {
  const wait = waiting(options),
    isOver = (): boolean => session.isEnded || options.signal?.aborted === true;
  let idleTurns = 0;
  await session.start();
  while (!isOver()) {
    const turnEnds = process.hrtime.bigint() + TURN_NS;
    let got = 0,
      isQuiet = false;
    while (!isQuiet && process.hrtime.bigint() < turnEnds) {
      got += drain(session, turnEnds);
      isQuiet = isOver() || session.isWaiting || !wait(session.report.dueMs);
    }
    session.tick();
    idleTurns = got === 0 && session.isWaiting ? idleTurns + 1 : 0;
    await (idleTurns > EAGER_TURNS ? pause() : turn());
  }
  await session.end();
  return session.isEnded;
}

/** Requests that are there, until none is or it is time for something else. */
function drain(session: Session, until: bigint): number {
  for (let got = 0; ;) {
    const n = session.receive();
    if (session.isEnded || n === -Errno.EAGAIN) return got;
    if (n > 0) got++;
    if ((got & 15) === 15 && process.hrtime.bigint() >= until) return got;
  }
}

/** Waits for a request: true. False after `ms`, for a signal, whose handler runs in Node's loop, and for the other descriptors. */
function waiting({ fd, wakeFds = [] }: ServeOptions): (ms: number) => boolean {
  const fds = Int32Array.of(fd, ...wakeFds),
    events = new Int16Array(fds.length).fill(PollBit.in),
    revents = new Int16Array(fds.length);
  return (ms) => {
    if (poll(fds, events, revents, ms) <= 0) return false;
    let isWoken = false;
    for (let i = 1; i < fds.length; i++) {
      if (revents[i] === 0) continue;
      isWoken = true;
      // Closed for good: it would wake us for ever, and Node knows.
      if (revents[i]! & (PollBit.hangup | PollBit.error | PollBit.invalid)) fds[i] = -1;
    }
    return !isWoken;
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
