import type { Result } from './addon.ts';
import { checkBytes, checkFd, checkS32, checkU32 } from './check.ts';
import { native } from './load.ts';

/** Bits of a watch and of its notices, as far as ours use them. Source: inotify(7). */
export const InotifyBit = {
  modify: 0x2,
  attrib: 0x4,
  movedFrom: 0x40,
  movedTo: 0x80,
  create: 0x100,
  delete: 0x200,
  /** The queue was full: notices are missing from here on. */
  overflow: 0x4000,
  /** The watch is no more. */
  ignored: 0x8000,
  onlyFolder: 0x0100_0000,
  dontFollow: 0x0200_0000,
  /** One notice, then the watch is no more. */
  once: 0x8000_0000,
} as const;

/** inotify_init1(2), non-blocking and close-on-exec. Its notices are read with `read`. Answers the descriptor or a negative errno. */
export const openInotify = (): Result => native().openInotify();

/**
 * inotify_add_watch(2). `path` is bytes without a NUL. Of a file that is watched already the bits are changed. Answers the number of the watch or a negative errno (`-ENOSPC`: the
 * user has as many as allowed).
 */
export function addWatch(fd: number, path: Uint8Array, bits: number): Result {
  checkFd('fd', fd);
  checkBytes('path', path);
  if (path.includes(0)) throw new RangeError('path must not contain a NUL');
  checkU32('bits', bits);
  return native().addWatch(fd, path, bits);
}

/** inotify_rm_watch(2). Answers 0 or a negative errno. */
export function removeWatch(fd: number, watch: number): Result {
  checkFd('fd', fd);
  checkS32('watch', watch);
  return native().removeWatch(fd, watch);
}
