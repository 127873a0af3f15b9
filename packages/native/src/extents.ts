import type { Result } from './addon.ts';
import { checkFd, checkInteger, checkRoom, checkU64 } from './check.ts';
import { native } from './load.ts';

/** Sizes of `struct fiemap` (uapi linux/fiemap.h) and `struct fsmap_head` (linux/fsmap.h), bytes: what stands before the records. */
const FIEMAP_HEAD = 32;
const FSMAP_HEAD = 192;

/**
 * FS_IOC_FIEMAP, raw, once a descriptor and beside the event loop: it waits for locks that a writer may hold for long. `room` is cut into slots of
 * `slot` bytes, one a descriptor; each begins with a `struct fiemap` that the caller has filled and is answered by as many extents of 56 bytes as fit
 * behind it, none asking only for their number (`fm_extent_count` is made to say so). `answers` gets the number of extents or a negative errno; after
 * `-EBADR` the head's `fm_flags` are those that the filesystem does not know.
 *
 * Trace events of these calls are of a thread of libuv's pool: see `/proc/self/task`.
 */
export async function fiemap(fds: Int32Array, room: Uint8Array, slot: number, answers: Int32Array): Promise<void> {
  for (const fd of fds) checkFd('fds', fd);
  checkRoom('room', room, FIEMAP_HEAD, 'struct fiemap');
  checkInteger('slot', slot, FIEMAP_HEAD, room.length);
  if (slot % 8 !== 0) throw new RangeError(`slot must be a multiple of 8 bytes, not ${slot}`);
  if (slot * fds.length > room.length) throw new RangeError(`room has ${room.length} bytes, ${fds.length} slots of ${slot} need more`);
  if (answers.length < fds.length) throw new RangeError(`answers has ${answers.length} places for ${fds.length} descriptors`);
  await native().fiemap(fds, room, slot, answers);
}

/**
 * FS_IOC_GETFSMAP, raw and beside the event loop: `room` begins with a `struct fsmap_head` of 192 bytes whose keys are the caller's; the kernel's head
 * and as many records of 64 bytes as fit behind it are the answer (`fmh_count` is made to say so). Resolves their number, or a negative errno.
 */
export async function fsmap(fd: number, room: Uint8Array): Promise<Result> {
  checkFd('fd', fd);
  checkRoom('room', room, FSMAP_HEAD, 'struct fsmap_head');
  return native().fsmap(fd, room);
}

/** `i_generation`: tells two inodes apart that have one number after another. A u32, or a negative errno (`-ENOTTY`: the filesystem does not say). */
export function generation(fd: number): Result {
  checkFd('fd', fd);
  return native().generation(fd);
}

/** Fact: uapi linux/fs.h. */
const SEEK_DATA = 3;
const SEEK_HOLE = 4;

/** The first byte at or behind `offset` of an open file that is data (lseek(2), SEEK_DATA); or a negative errno: `-ENXIO`, there is none. Moves the file offset. */
export const seekData = (fd: number, offset: bigint): bigint | Result => seek(fd, offset, SEEK_DATA);

/** The first byte at or behind `offset` that is in a hole (SEEK_HOLE): the end of the file is one. As `seekData`. */
export const seekHole = (fd: number, offset: bigint): bigint | Result => seek(fd, offset, SEEK_HOLE);

function seek(fd: number, offset: bigint, whence: number): bigint | Result {
  checkFd('fd', fd);
  checkU64('offset', offset);
  const found = new BigInt64Array(1),
    result = native().seek(fd, offset, whence, found);
  return result < 0 ? result : found[0]!;
}

/** Counts of pages. Source: `struct cachestat`, uapi linux/mman.h. */
export interface CacheStat {
  readonly cache: bigint;
  readonly dirty: bigint;
  readonly writeback: bigint;
  readonly evicted: bigint;
  readonly recentlyEvicted: bigint;
}

/** What the page cache holds of a file's bytes `offset..offset+length` (length 0: to the end), without touching it. Linux 6.5; `-ENOSYS` before. */
export function cachestat(fd: number, offset: bigint, length: bigint): CacheStat | Result {
  checkFd('fd', fd);
  checkU64('offset', offset);
  checkU64('length', length);
  const counts = new BigUint64Array(5);
  const result = native().cachestat(fd, offset, length, counts);
  if (result < 0) return result;
  const [cache, dirty, writeback, evicted, recentlyEvicted] = counts as unknown as readonly [bigint, bigint, bigint, bigint, bigint];
  return { cache, dirty, writeback, evicted, recentlyEvicted };
}
