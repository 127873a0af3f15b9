import type { Result } from './addon.ts';
import { checkBytes, checkFd, checkInteger, checkU32, checkU64 } from './check.ts';
import { native } from './load.ts';

/** Sizes of `struct fiemap` and `fiemap_extent` (uapi linux/fiemap.h), `fsmap_head` and `fsmap` (linux/fsmap.h), bytes. */
const FIEMAP_HEAD = 32;
const FIEMAP_EXTENT = 56;
const FSMAP_HEAD = 192;
const FSMAP_RECORD = 64;
const MOST_RECORDS = 1 << 20;

/**
 * FS_IOC_FIEMAP, raw: `struct fiemap` followed by the extents that were mapped, at most `max` (0 asks only for their number, in the head).
 * `flags` are FIEMAP_FLAG bits (SYNC 1, XATTR 2). Answers the bytes or a negative errno.
 */
export function fiemap(fd: number, start: bigint, length: bigint, flags: number, max: number): Uint8Array | Result {
  checkFd('fd', fd);
  checkU64('start', start);
  checkU64('length', length);
  checkU32('flags', flags);
  checkInteger('max', max, 0, MOST_RECORDS);
  const room = new Uint8Array(FIEMAP_HEAD + max * FIEMAP_EXTENT);
  const mapped = native().fiemap(fd, room, start, length, flags);
  return mapped < 0 ? mapped : room.subarray(0, FIEMAP_HEAD + Math.min(mapped, max) * FIEMAP_EXTENT);
}

/**
 * FS_IOC_GETFSMAP, raw: `head` is a `struct fsmap_head` of 192 bytes with both keys; the answer is the kernel's head followed by at most `max`
 * records of 64 bytes, or a negative errno. `max` replaces fmh_count.
 */
export function fsmap(fd: number, head: Uint8Array, max: number): Uint8Array | Result {
  checkFd('fd', fd);
  checkBytes('head', head);
  if (head.length !== FSMAP_HEAD) throw new RangeError(`head must be a struct fsmap_head of ${FSMAP_HEAD} bytes, not ${head.length}`);
  checkInteger('max', max, 0, MOST_RECORDS);
  const room = new Uint8Array(FSMAP_HEAD + max * FSMAP_RECORD);
  room.set(head);
  const found = native().fsmap(fd, room);
  return found < 0 ? found : room.subarray(0, FSMAP_HEAD + Math.min(found, max) * FSMAP_RECORD);
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
