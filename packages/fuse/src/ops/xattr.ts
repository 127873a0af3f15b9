import { Errno, getxattrIn, getxattrOut } from '@mapscope/shared/wire';
import type { Answer } from '../op.ts';
import type { Request } from '../request.ts';
import { type Routine, settle } from '../routine.ts';
import type { Session } from '../session.ts';

const SHORT_SETXATTR_IN = 8;

/** Size 0 asks how long the value is; one that does not fit is ERANGE. */
function sized(value: Uint8Array, room: number): Answer {
  if (room === 0) return getxattrOut.encode({ size: value.length });
  return value.length > room ? -Errno.ERANGE : value;
}

export function* getxattr(s: Session, q: Request): Routine<Answer> {
  if (!s.fs.getxattr) return -Errno.ENOSYS;
  const value = yield* settle(s.fs.getxattr(q.node, q.names[0]!.slice()));
  return typeof value === 'number' ? value : sized(value, q.args(getxattrIn).size);
}

export function* listxattr(s: Session, q: Request): Routine<Answer> {
  if (!s.fs.listxattr) return -Errno.ENOSYS;
  const names = yield* settle(s.fs.listxattr(q.node));
  if (typeof names === 'number') return names;
  return sized(Buffer.concat(names.flatMap((name) => [name, Uint8Array.of(0)])), q.args(getxattrIn).size);
}

export function* setxattr(s: Session, q: Request): Routine<Answer> {
  if (!s.fs.setxattr) return -Errno.ENOSYS;
  const size = q.u32(0),
    flags = q.u32(4),
    tail = q.tail(SHORT_SETXATTR_IN),
    end = tail.indexOf(0);
  if (end < 0 || end + 1 + size > tail.length) return -Errno.EIO;
  return yield* settle(s.fs.setxattr(q.node, tail.slice(0, end), tail.slice(end + 1, end + 1 + size), flags));
}

export function* removexattr(s: Session, q: Request): Routine<Answer> {
  if (!s.fs.removexattr) return -Errno.ENOSYS;
  return yield* settle(s.fs.removexattr(q.node, q.names[0]!.slice()));
}
