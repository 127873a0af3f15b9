import { NotifyCode, notifyInvalInodeOut, SetattrFlag } from '@mapscope/shared/wire';
import type { Caller, Changes } from '../filesystem.ts';
import type { Inode } from '../inode.ts';
import { type Routine, settle } from '../routine.ts';
import type { Session } from '../session.ts';

/*
 * HANDLE_KILLPRIV_V2 makes it ours to take suid and sgid from a file that is changed or given away. In return the kernel remembers that a file
 * has no security.capability; without it each write, a cached one too, is preceded by a GETXATTR. Fact: FUSE_HANDLE_KILLPRIV_V2, uapi
 * `linux/fuse.h`. File capabilities stay the kernel's: it sends REMOVEXATTR.
 */
const S_ISUID = 0o4000;
const S_ISGID = 0o2000;
const S_IXGRP = 0o0010;

/** What a mode keeps: sgid without group execute is no privilege, it marks mandatory locking. */
export const withoutPrivileges = (mode: number): number => mode & ~(mode & S_IXGRP ? S_ISUID | S_ISGID : S_ISUID);

/** Takes them from a file that is about to change; 0 or a negative errno. The reply has no room for the mode, so the kernel is told to ask. */
export function* dropPrivileges(s: Session, inode: Inode, caller: Caller): Routine<number> {
  const mode = withoutPrivileges(inode.mode);
  if (mode === inode.mode) return 0;
  const attributes = yield* settle(s.fs.setattr(inode.node, { mode }, caller));
  if (typeof attributes === 'number') return attributes;
  s.inodes.update(inode, attributes);
  s.replies.send(0n, NotifyCode.INVAL_INODE, notifyInvalInodeOut.encode({ ino: inode.node, off: -1n }));
  return 0;
}

/** What SETATTR changes beside what it names: who gives a file away is not asked to say so, who truncates it is. */
export function withPrivilegesDropped(inode: Inode, valid: number, changes: Changes): Changes {
  const isGiven = (valid & (SetattrFlag.UID | SetattrFlag.GID)) !== 0 && !inode.isDirectory,
    mode = changes.mode ?? inode.mode,
    kept = isGiven || valid & SetattrFlag.KILL_SUIDGID ? withoutPrivileges(mode) : mode;
  return kept === mode ? changes : { ...changes, mode: kept };
}
