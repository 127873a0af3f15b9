import { Errno, FsyncFlag, fsyncIn, OpenFlag, releaseIn } from '@mapscope/shared/wire';
import { encodeOpen } from '../attributes.ts';
import type { Inode } from '../inode.ts';
import type { Answer } from '../op.ts';
import { type Request, slotOf } from '../request.ts';
import { type Routine, settle } from '../routine.ts';
import type { Session } from '../session.ts';
import { inTurn } from './in-turn.ts';

const fhAt = slotOf(releaseIn, 'fh');

/** KEEP_CACHE: nobody else changes the file, so what is cached stays true from one open to the next. */
export function* open(s: Session, q: Request): Routine<Answer> {
  const inode = s.inodes.get(q.node);
  if (!inode) return -Errno.ESTALE;
  yield* s.layouts.look(inode);
  return encodeOpen(s.handles.open(inode, q.op === 0), OpenFlag.KEEP_CACHE);
}

/** Every close(2): what the engine keeps gets its place, so that close can tell of a full disk. */
export function* flush(s: Session, q: Request): Routine<Answer> {
  const inode = s.inodes.get(q.node);
  return inode ? yield* inTurn(s, q, inode, () => flushed(s, q, inode)) : -Errno.ESTALE;
}

export function* fsync(s: Session, q: Request): Routine<Answer> {
  const inode = s.inodes.get(q.node),
    { fsync_flags } = q.args(fsyncIn);
  if (!inode) return -Errno.ESTALE;
  return yield* inTurn(s, q, inode, function* () {
    const errno = yield* flushed(s, q, inode);
    const done = yield* settle(s.fs.fsync(inode.node, (fsync_flags & FsyncFlag.FDATASYNC) !== 0));
    return errno < 0 ? errno : done;
  });
}

export function* release(s: Session, q: Request): Routine<Answer> {
  const inode = s.handles.close(q.u64(fhAt));
  if (!inode) return 0;
  return yield* inTurn(s, q, inode, function* () {
    yield* s.engine.flush(inode, q.op);
    yield* s.layouts.look(inode);
    if (inode.opens === 0) s.fs.released?.(inode.node);
    return 0;
  });
}

/** 0, or the errno of bytes that were lost since the last time somebody asked: told once. */
function* flushed(s: Session, q: Request, inode: Inode): Routine<number> {
  yield* s.engine.flush(inode, q.op);
  // A file that stays open for hours is laid out long before its release.
  yield* s.layouts.look(inode);
  const errno = inode.lostErrno;
  inode.lostErrno = 0;
  return -errno;
}
