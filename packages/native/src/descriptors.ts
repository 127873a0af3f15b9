import type { Pair, Result } from './addon.ts';
import { checkBytes, checkFd, checkInteger, checkName, checkS32, checkU64 } from './check.ts';
import { native } from './load.ts';

/** `[reader, writer]`, both close-on-exec and blocking, or a negative errno. `bytes`: F_SETPIPE_SZ, rounded up by the kernel to pages (`-EPERM` above pipe-max-size without privilege). */
export function pipe(bytes = 0): Pair | Result {
  checkInteger('bytes', bytes, 0, 0x7fff_ffff);
  return native().pipe(bytes);
}

/** A counter to wake a poll with, non-blocking and close-on-exec: write 8 bytes (u64 1), read 8 to reset. Answers the descriptor or a negative errno. */
export const eventfd = (): Result => native().eventfd();

export function setNonblock(fd: number, on: boolean): Result {
  checkFd('fd', fd);
  return native().setNonblock(fd, on);
}

export function setCloexec(fd: number, on: boolean): Result {
  checkFd('fd', fd);
  return native().setCloexec(fd, on);
}

/** Source: flock(2). */
const lockOperations = { exclusive: 2, unlock: 8 } as const;
const LOCK_NB = 4;

/** Locks the open file, so the lock ends with its last descriptor: also when the process is killed. Answers 0 or a negative errno; `-EAGAIN`: held by another, asked without waiting. */
export function flock(fd: number, operation: keyof typeof lockOperations, nonblocking = true): Result {
  checkFd('fd', fd);
  checkName('operation', operation, lockOperations);
  return native().flock(fd, lockOperations[operation] | (nonblocking ? LOCK_NB : 0));
}

/** Blocks until the file's data is on its device. Answers 0 or a negative errno. */
export function fdatasync(fd: number): Result {
  checkFd('fd', fd);
  return native().fdatasync(fd);
}

/** fallocate(2): `mode` is FALLOC_FL bits (0, KEEP_SIZE 1, PUNCH_HOLE 2, ZERO_RANGE 0x10), bytes at file offset. Answers 0 or a negative errno. */
export function fallocate(fd: number, mode: number, offset: bigint, length: bigint): Result {
  checkFd('fd', fd);
  checkS32('mode', mode);
  checkU64('offset', offset);
  checkU64('length', length);
  return native().fallocate(fd, mode, offset, length);
}

/**
 * getdents64(2), raw and beside the event loop: the next entries of an open folder, each a `linux_dirent64`. Unlike Node's reading of folders it tells inode
 * numbers. Resolves the bytes filled, 0 at the end, or a negative errno.
 */
export async function readFolder(fd: number, room: Uint8Array): Promise<Result> {
  checkFd('fd', fd);
  checkBytes('room', room);
  return native().readFolder(fd, room);
}
