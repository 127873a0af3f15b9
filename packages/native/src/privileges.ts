import type { Result } from './addon.ts';
import { checkInteger, checkText } from './check.ts';
import { native } from './load.ts';

/** (uid_t) -1 means "leave as it is" to the kernel, so it is no id. */
const MOST_ID = 0xffff_fffe;

export interface Ids {
  readonly uid: number;
  readonly gid: number;
  /** Folder that becomes the root of everything this process can open from now on (chroot(2)). */
  readonly root?: string;
}

/**
 * For the whole process and for good, every thread included: no supplementary groups, real, effective and saved ids as given, no capabilities,
 * no_new_privs, not dumpable (no other process of this user can look into it). Without `ids` (a plain user) the ids stay.
 * Answers 0, after having asked the kernel about each thread, or a negative errno: then the process must end, since a part may have happened.
 */
export function dropPrivileges(ids?: Ids): Result {
  if (ids === undefined) return native().dropPrivileges(false, 0, 0, '');
  checkInteger('uid', ids.uid, 0, MOST_ID);
  checkInteger('gid', ids.gid, 0, MOST_ID);
  if (ids.root !== undefined) checkText('root', ids.root);
  return native().dropPrivileges(true, ids.uid, ids.gid, ids.root ?? '');
}

/**
 * From now on no thread of this process changes, makes or removes anything outside of `folder`, whatever rights it has there (Landlock; reading is as
 * before, and what is open stays open). After `dropPrivileges`, which sets the no_new_privs that it takes. Answers 0 or a negative errno: ENOSYS or
 * EOPNOTSUPP where this kernel has no Landlock or does not use it, and then nothing has happened.
 */
export function confineWrites(folder: string): Result {
  checkText('folder', folder);
  return native().confineWrites(folder);
}
