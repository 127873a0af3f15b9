import { dirent, Errno, entryOut, FsyncFlag, fsyncIn, readIn } from '@mapscope/shared/wire';
import { encodeOpen, writeEntry } from '../attributes.ts';
import type { Answer } from '../op.ts';
import { type Request, slotOf } from '../request.ts';
import { type Routine, settle } from '../routine.ts';
import type { Session } from '../session.ts';

const at = { offset: slotOf(readIn, 'offset'), size: slotOf(readIn, 'size') };
const pad8 = (n: number): number => (n + 7) & ~7;

/** Cookies carry all the state, so a directory has no handle. */
export const opendir = (): Answer => encodeOpen(0n, 0);
export const releasedir = (): Answer => 0;

export function* fsyncdir(s: Session, q: Request): Routine<Answer> {
  return yield* settle(s.fs.fsync(q.node, (q.args(fsyncIn).fsync_flags & FsyncFlag.FDATASYNC) !== 0));
}

export const readdir = (s: Session, q: Request): Routine<Answer> => list(s, q, false);
export const readdirplus = (s: Session, q: Request): Routine<Answer> => list(s, q, true);

/** Records until the room asked for is full; none is the end (spec/protocol.md 1.7). Only an entry that is sent counts as a lookup. */
function* list(s: Session, q: Request, plus: boolean): Routine<Answer> {
  const room = Math.min(q.u32(at.size), s.maxWrite),
    directory = s.inodes.get(q.node);
  if (!directory) return -Errno.ESTALE;
  const entries = yield* settle(s.fs.readdir(q.node, q.u64(at.offset), plus));
  if (typeof entries === 'number') return entries;
  const out = q.borrow(s.buffers),
    before = plus ? entryOut.size : 0;
  let end = 0;
  for (const e of entries) {
    const size = pad8(before + dirent.size + e.name.length);
    if (end + size > room) break;
    out.fill(0, end, end + size);
    if (plus && e.entry) {
      writeEntry(e.entry, out, end);
      s.inodes.seen(e.entry, directory, e.name, true);
    }
    dirent.write({ ino: e.ino, off: e.next, namelen: e.name.length, type: e.type }, out, end + before);
    out.set(e.name, end + before + dirent.size);
    end += size;
  }
  return out.subarray(0, end);
}
