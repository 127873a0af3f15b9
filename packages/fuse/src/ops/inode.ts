import { ceilTo, floorTo, maxBig, minBig } from '@mapscope/shared/units';
import { FolioState, How } from '@mapscope/shared/trace';
import { batchForgetIn, Errno, forgetIn, forgetOne, interruptIn, kstatfs, SetattrFlag, setattrIn } from '@mapscope/shared/wire';
import { encodeAttributes } from '../attributes.ts';
import type { Changes } from '../filesystem.ts';
import type { Inode } from '../inode.ts';
import { answerInit } from '../init.ts';
import type { Answer } from '../op.ts';
import { type Request, slotOf } from '../request.ts';
import { type Routine, settle } from '../routine.ts';
import type { Session } from '../session.ts';
import { inTurn } from './in-turn.ts';
import { withPrivilegesDropped } from './privileges.ts';

const SECOND = 1_000_000_000n;
const validAt = slotOf(setattrIn, 'valid');

export function init(s: Session, q: Request): Answer {
  const agreed = answerInit(q.tail(0), {
    isWriteback: s.cache === 'writeback',
    maxWrite: s.maxWrite,
    pageSize: Number(s.pageSize),
    hasFmap: s.fs.getFmap !== undefined,
  });
  if (typeof agreed === 'number') return agreed;
  s.agreed = agreed;
  return agreed.reply;
}

export function* destroy(s: Session, _q: Request): Routine<Answer> {
  yield* s.close();
  return 0;
}

export function forget(s: Session, q: Request): Answer {
  s.forget(q.node, q.args(forgetIn).nlookup);
  return undefined;
}

export function batchForget(s: Session, q: Request): Answer {
  const { count } = q.args(batchForgetIn),
    list = q.tail(batchForgetIn.size);
  for (let i = 0; i < Math.min(count, Math.floor(list.length / forgetOne.size)); i++) {
    const one = forgetOne.read(list, i * forgetOne.size);
    if ('nodeid' in one) s.forget(one.nodeid, one.nlookup);
  }
  return undefined;
}

/** A request that waits in line gives up; one under way runs to its end; "not seen yet" is said of any other. */
export function interrupt(s: Session, q: Request): Answer {
  const { unique } = q.args(interruptIn),
    target = s.pending.get(unique);
  if (!target) s.replies.send(q.unique, -Errno.EAGAIN);
  else target.interrupt?.();
  return undefined;
}

export function* getattr(s: Session, q: Request): Routine<Answer> {
  const attributes = yield* settle(s.fs.getattr(q.node));
  if (typeof attributes === 'number') return attributes;
  const inode = s.inodes.get(q.node);
  if (inode) s.inodes.update(inode, attributes);
  return encodeAttributes(attributes);
}

/** default_permissions lets the kernel decide: ENOSYS, and it never asks again. */
export const access = (): Answer => -Errno.ENOSYS;

export function* statfs(s: Session): Routine<Answer> {
  const st = yield* settle(s.fs.statfs());
  if (typeof st === 'number') return st;
  return kstatfs.encode({
    blocks: st.blocks,
    bfree: st.free,
    bavail: st.available,
    files: st.files,
    ffree: st.filesFree,
    bsize: st.blockSize,
    namelen: st.nameLength,
    frsize: st.blockSize,
  });
}

export function* setattr(s: Session, q: Request): Routine<Answer> {
  const inode = s.inodes.get(q.node);
  if (!inode) return -Errno.ESTALE;
  const changes = withPrivilegesDropped(inode, q.u32(validAt), changesOf(q));
  if (changes.size !== undefined) return yield* inTurn(s, q, inode, () => truncate(s, q, inode, changes, changes.size!));
  const attributes = yield* settle(s.fs.setattr(inode.node, changes, q.caller));
  if (typeof attributes === 'number') return attributes;
  s.inodes.update(inode, attributes);
  return encodeAttributes(attributes);
}

/** The edge block is zeroed first; then the filesystem changes the size, and is asked where the range between the two sizes is now. */
function* truncate(s: Session, q: Request, inode: Inode, changes: Changes, size: bigint): Routine<Answer> {
  const { engine, fs } = s,
    block = BigInt(fs.blockSize),
    before = inode.size,
    low = minBig(before, size);
  if (size > fs.maxBytes) return -Errno.EFBIG;
  const edge = yield* engine.zero(inode, s.askOf(q), low, ceilTo(low, block));
  if (edge < 0) return edge;
  const attributes = yield* settle(fs.setattr(inode.node, changes, q.caller));
  if (typeof attributes === 'number') return attributes;
  s.inodes.update(inode, attributes);
  if (size < before) {
    engine.discard(inode, ceilTo(size, block), ceilTo(before, block));
    const from = ceilTo(size, s.pageSize),
      to = ceilTo(before, s.pageSize);
    if (from < to) s.report.folio(q.op, inode.number, FolioState.removed, from, to - from, How.derived);
  }
  if (size !== before) yield* engine.walk(inode, q.op, floorTo(low, block), ceilTo(maxBig(before, size), block));
  return encodeAttributes(attributes);
}

function changesOf(q: Request): Changes {
  const a = q.args(setattrIn),
    has = (bit: number): boolean => (a.valid & bit) !== 0,
    F = SetattrFlag;
  const ns = (seconds: bigint, nanoseconds: number): bigint => BigInt.asIntN(64, seconds) * SECOND + BigInt(nanoseconds);
  return {
    ...(has(F.MODE) && { mode: a.mode }),
    ...(has(F.UID) && { uid: a.uid }),
    ...(has(F.GID) && { gid: a.gid }),
    ...(has(F.SIZE) && { size: a.size }),
    ...(has(F.ATIME) && { atimeNs: has(F.ATIME_NOW) ? ('now' as const) : ns(a.atime, a.atimensec) }),
    ...(has(F.MTIME) && { mtimeNs: has(F.MTIME_NOW) ? ('now' as const) : ns(a.mtime, a.mtimensec) }),
    ...(has(F.CTIME) && { ctimeNs: ns(a.ctime, a.ctimensec) }),
  };
}
