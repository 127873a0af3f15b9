import { FolioState, How } from '@mapscope/shared/trace';
import { ceilTo, floorTo, maxBig, minBig } from '@mapscope/shared/units';
import { Errno, FallocFlag, fallocateIn, lseekIn, lseekOut, OpFlag, readIn, WriteFlag, writeIn, writeOut } from '@mapscope/shared/wire';
import { Seek } from '../engine/walk.ts';
import { opflagsOf } from '../engine/opflags.ts';
import type { Inode } from '../inode.ts';
import type { Answer } from '../op.ts';
import { type Request, slotOf } from '../request.ts';
import { type Routine, settle } from '../routine.ts';
import type { Session } from '../session.ts';
import { inTurn } from './in-turn.ts';
import { dropPrivileges } from './privileges.ts';

const readAt = { offset: slotOf(readIn, 'offset'), size: slotOf(readIn, 'size'), flags: slotOf(readIn, 'flags') };
const writeAt = {
  offset: slotOf(writeIn, 'offset'),
  size: slotOf(writeIn, 'size'),
  writeFlags: slotOf(writeIn, 'write_flags'),
  flags: slotOf(writeIn, 'flags'),
};

export function read(s: Session, q: Request): Routine<Answer> | Answer {
  const { inode } = q;
  return inode ? inTurn(s, q, inode, () => readFrom(s, q, inode)) : -Errno.ESTALE;
}

/** Up to the end of the file; past it nothing. */
function* readFrom(s: Session, q: Request, inode: Inode): Routine<Answer> {
  const pos = q.u64(readAt.offset),
    opflags = opflagsOf.READ(q.u32(readAt.flags)),
    size = Math.min(q.u32(readAt.size), s.maxWrite);
  const left = inode.size > pos ? inode.size - pos : 0n,
    want = left < BigInt(size) ? Number(left) : size;
  const into = q.borrow(s.buffers).subarray(0, want);
  const n = yield* s.engine.read(inode, s.askOf(q), opflags, pos, into);
  if (n >= 0 && !(opflags & OpFlag.DIRECT)) readIntoCache(s, q, inode, pos, size);
  return n < 0 ? n : n === want ? into : into.subarray(0, n);
}

/** A cached READ is for whole pages that are in the cache and not uptodate; the kernel fills what lies past the end with zeroes. */
function readIntoCache(s: Session, q: Request, inode: Inode, pos: bigint, size: number): void {
  const from = floorTo(pos, s.pageSize);
  s.report.tick();
  s.report.folio(q.op, inode.number, FolioState.uptodate, from, ceilTo(pos + BigInt(size), s.pageSize) - from, How.observed);
}

export function write(s: Session, q: Request): Routine<Answer> | Answer {
  const { inode } = q,
    pos = q.u64(writeAt.offset),
    data = q.tail(writeIn.size);
  if (!inode) return -Errno.ESTALE;
  if (data.length !== q.u32(writeAt.size)) return -Errno.EIO;
  if (pos + BigInt(data.length) > s.fs.maxBytes) return -Errno.EFBIG;
  return inTurn(s, q, inode, () => writeTo(s, q, inode, pos, data));
}

function* writeTo(s: Session, q: Request, inode: Inode, pos: bigint, data: Uint8Array): Routine<Answer> {
  const writeFlags = q.u32(writeAt.writeFlags),
    opflags = opflagsOf.WRITE(q.u32(writeAt.flags), writeFlags);
  if (opflags & OpFlag.WRITEBACK) return yield* writeBack(s, q, inode, opflags, pos, data);
  const errno = writeFlags & WriteFlag.KILL_SUIDGID ? yield* dropPrivileges(s, inode, q.caller) : 0;
  if (errno < 0) return errno;
  if (opflags & OpFlag.DIRECT && inode.dirty) yield* s.engine.flush(inode, q.op);
  const n = yield* s.engine.write(inode, s.askOf(q), opflags, pos, data);
  if (n >= 0) yield* s.upkeep.afterWrite(inode, q.op);
  return n < 0 ? n : writeOut.encode({ size: n });
}

/** Dirty pages of the kernel's cache on their way out: all of them or an errno, and the folios' state is known from the message. */
function* writeBack(s: Session, q: Request, inode: Inode, opflags: number, pos: bigint, data: Uint8Array): Routine<Answer> {
  const from = floorTo(pos, s.pageSize),
    length = ceilTo(pos + BigInt(data.length), s.pageSize) - from;
  s.report.folio(q.op, inode.number, FolioState.writeback, from, length, How.observed);
  const n = yield* s.engine.write(inode, s.askOf(q), opflags, pos, data);
  s.report.tick();
  s.report.folio(q.op, inode.number, n < 0 ? FolioState.failed : FolioState.clean, from, length, How.observed, n < 0 ? -n : 0);
  if (n >= 0) yield* s.upkeep.afterWrite(inode, q.op);
  return n < 0 ? n : writeOut.encode({ size: n });
}

const known = FallocFlag.KEEP_SIZE | FallocFlag.PUNCH_HOLE | FallocFlag.ZERO_RANGE;

/** The blocks that the range cuts are zeroed here, whole blocks are the filesystem's; then it is asked where the range is now. */
export function* fallocate(s: Session, q: Request): Routine<Answer> {
  const inode = s.inodes.get(q.node),
    { offset, length, mode } = q.args(fallocateIn),
    { fs, engine } = s;
  if (!inode) return -Errno.ESTALE;
  if (!fs.fallocate) return -Errno.ENOSYS;
  if (mode & ~known) return -Errno.EOPNOTSUPP;
  if (length === 0n) return -Errno.EINVAL;
  if (offset + length > fs.maxBytes) return -Errno.EFBIG;
  return yield* inTurn(s, q, inode, function* () {
    const block = BigInt(fs.blockSize),
      end = offset + length,
      before = inode.size;
    // Nothing here says whether the caller might keep them.
    const dropped = yield* dropPrivileges(s, inode, q.caller);
    if (dropped < 0) return dropped;
    yield* engine.flush(inode, q.op);
    if (mode & (FallocFlag.PUNCH_HOLE | FallocFlag.ZERO_RANGE)) {
      const head = minBig(ceilTo(offset, block), end),
        tail = maxBig(floorTo(end, block), head);
      for (const [from, to] of [
        [offset, head],
        [tail, end],
      ] as const) {
        const errno = yield* engine.zero(inode, s.askOf(q), from, minBig(to, ceilTo(before, block)));
        if (errno < 0) return errno;
      }
    }
    const errno = yield* settle(fs.fallocate!(inode.node, mode, offset, length));
    if (errno < 0) return errno;
    const attributes = yield* settle(fs.getattr(inode.node));
    if (typeof attributes !== 'number') s.inodes.update(inode, attributes);
    yield* engine.walk(inode, q.op, floorTo(minBig(offset, before), block), ceilTo(end, block));
    return 0;
  });
}

/** Only SEEK_DATA and SEEK_HOLE get here; what is dirty in the kernel's cache is not seen (spec/live-facts.md 7). */
export function* lseek(s: Session, q: Request): Routine<Answer> {
  const inode = s.inodes.get(q.node),
    { offset, whence } = q.args(lseekIn);
  if (!inode) return -Errno.ESTALE;
  if (whence !== Seek.data && whence !== Seek.hole) return -Errno.EINVAL;
  return yield* inTurn(s, q, inode, function* () {
    const found = yield* s.engine.seek(inode, s.askOf(q), offset, whence);
    return found < 0n ? Number(found) : lseekOut.encode({ offset: found });
  });
}
