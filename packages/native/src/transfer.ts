import type { Result } from './addon.ts';
import { checkBytes, checkFd, checkInside, checkInteger, checkS32, checkU64 } from './check.ts';
import { native } from './load.ts';

/**
 * One read(2) into the whole of `into`, again after EINTR. On `/dev/fuse` this is one request.
 * Answers the bytes read, 0 at the end of file, or a negative errno.
 */
export function receive(fd: number, into: Uint8Array): Result {
  checkFd('fd', fd);
  checkBytes('into', into);
  return native().receive(fd, into);
}

/** One writev(2) of head and body, so that a reply's two parts arrive as one message. Answers the bytes written or a negative errno. */
export function reply(fd: number, head: Uint8Array, body?: Uint8Array): Result {
  checkFd('fd', fd);
  checkBytes('head', head);
  if (body === undefined) return native().reply(fd, head);
  checkBytes('body', body);
  return native().reply(fd, head, body);
}

/** One read(2) into `into[from..to)`, again after EINTR. Answers the bytes read, 0 at the end of file, or a negative errno (`-EAGAIN`: nothing there). */
export function read(fd: number, into: Uint8Array, from = 0, to = into.length): Result {
  checkFd('fd', fd);
  checkInside('into', into, from, to);
  return native().read(fd, into, from, to);
}

/** One write(2) of `bytes[from..]`, again after EINTR. Answers the bytes taken, perhaps fewer, or a negative errno (`-EAGAIN`: full, `-EPIPE`: no reader). */
export function write(fd: number, bytes: Uint8Array, from = 0): Result {
  checkFd('fd', fd);
  checkInside('bytes', bytes, from, bytes.length);
  return native().write(fd, bytes, from);
}

/**
 * Reads `length` bytes at file offset `at` into `into[intoFrom..]`, over EINTR and short counts. Answers the bytes read, fewer only at the
 * end of file or before an error, or a negative errno when there were none.
 */
export function pread(fd: number, into: Uint8Array, intoFrom: number, length: number, at: bigint): Result {
  checkFd('fd', fd);
  checkInside('into', into, intoFrom, intoFrom + length);
  checkU64('at', at);
  return native().pread(fd, into, intoFrom, length, at);
}

/** Writes `length` bytes of `bytes[bytesFrom..]` at file offset `at`, over EINTR and short counts. Fewer only before an error, which the next call answers. */
export function pwrite(fd: number, bytes: Uint8Array, bytesFrom: number, length: number, at: bigint): Result {
  checkFd('fd', fd);
  checkInside('bytes', bytes, bytesFrom, bytesFrom + length);
  checkU64('at', at);
  return native().pwrite(fd, bytes, bytesFrom, length, at);
}

/** Bits of `events` and `revents`; the last three are answered without being asked for. Source: poll(2). */
export const PollBit = { in: 1, out: 4, error: 8, hangup: 16, invalid: 32 } as const;

/**
 * poll(2) on `fds` (a negative one is left out), filling `revents`. Blocks this thread, -1 ms without end. Answers how many are ready or a
 * negative errno: `-EINTR` is passed on, because Node's signal handlers run only when the caller returns to its loop.
 */
export function poll(fds: Int32Array, events: Int16Array, revents: Int16Array, timeoutMs: number): Result {
  if (!(fds instanceof Int32Array)) throw new TypeError('fds must be an Int32Array');
  if (!(events instanceof Int16Array && revents instanceof Int16Array)) throw new TypeError('events and revents must be Int16Arrays');
  if (events.length < fds.length || revents.length < fds.length)
    throw new RangeError(`events and revents must be as long as fds (${fds.length}), not ${events.length} and ${revents.length}`);
  checkS32('timeoutMs', timeoutMs);
  return native().poll(fds, events, revents, timeoutMs);
}

/** CLOCK_MONOTONIC in nanoseconds: the clock of every row, and of a trace instance set to `mono`. */
export const monotonic = (): bigint => native().monotonic();

/**
 * `length` zero bytes that begin at a multiple of `step` (a power of two) in memory, as O_DIRECT wants its buffers. The rest of the
 * allocation is kept alive by the view.
 */
export function alignedBuffer(length: number, step = 4096): Uint8Array<ArrayBuffer> {
  checkInteger('length', length, 0, 0x7fff_ffff);
  checkInteger('step', step, 1, 1 << 20);
  const room = new Uint8Array(length + step),
    past = native().addressRemainder(room, step),
    from = past === 0 ? 0 : step - past;
  return room.subarray(from, from + length);
}
