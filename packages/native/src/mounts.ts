import type { Result } from './addon.ts';
import { checkText, checkU32 } from './check.ts';
import { native } from './load.ts';

/** `/dev/fuse` read-write, close-on-exec, non-blocking: a connection as soon as a mount names it. Answers the descriptor or a negative errno. */
export const openFuse = (): Result => native().openFuse();

/** Bits of `flags` that mounts of ours use. Source: mount(2). */
export const MountFlag = { readOnly: 1, noSuid: 2, noDev: 4, noExec: 8 } as const;

/** mount(2). Answers 0 or a negative errno. */
export function mount(source: string, target: string, type: string, flags: number, options: string): Result {
  checkText('source', source);
  checkText('target', target);
  checkText('type', type);
  checkU32('flags', flags);
  checkText('options', options);
  return native().mount(source, target, type, flags, options);
}

export interface UmountHow {
  /** MNT_FORCE: a FUSE connection is aborted first, so that waiting callers get ECONNABORTED. */
  readonly force?: boolean;
  /** MNT_DETACH: gone from the tree at once, finished when nobody uses it any more. */
  readonly detach?: boolean;
}

/** umount2(2); a symbolic link as target is not followed. Answers 0 or a negative errno. */
export function umount(target: string, how: UmountHow = {}): Result {
  checkText('target', target);
  return native().umount(target, how.force === true, how.detach === true);
}
