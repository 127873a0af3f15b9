import { createIn, Errno, linkIn, mkdirIn, mknodIn, OpenFlag, Rename2Flag, rename2In, renameIn } from '@mapscope/shared/wire';
import { encodeEntry, encodeNoEntry, encodeOpen } from '../attributes.ts';
import type { Answer as FsAnswer, Done, Entry } from '../filesystem.ts';
import type { Inode } from '../inode.ts';
import type { Answer } from '../op.ts';
import type { Request } from '../request.ts';
import { type Routine, settle } from '../routine.ts';
import type { Session } from '../session.ts';

/** A name as the filesystem may keep it: the bytes of the request are used again. */
const own = (name: Uint8Array): Uint8Array => name.slice();

/** Answer an entry under the request's directory, and count it as one lookup. */
function* entryOf(
  s: Session,
  parent: bigint,
  name: Uint8Array,
  answer: FsAnswer<Entry>,
): Routine<{ inode: Inode; body: Uint8Array } | number> {
  const directory = s.inodes.get(parent),
    entry = yield* settle(answer);
  if (typeof entry === 'number') return entry;
  if (!directory) return -Errno.ESTALE;
  return { inode: s.inodes.seen(entry, directory, name, true), body: encodeEntry(entry) };
}

function* made(s: Session, parent: bigint, name: Uint8Array, answer: FsAnswer<Entry>): Routine<Answer> {
  const entry = yield* entryOf(s, parent, name, answer);
  return typeof entry === 'number' ? entry : entry.body;
}

export function* lookup(s: Session, q: Request): Routine<Answer> {
  const name = own(q.names[0]!),
    answer = yield* made(s, q.node, name, s.fs.lookup(q.node, name, q.caller));
  return answer === -Errno.ENOENT ? encodeNoEntry() : answer;
}

export function* mknod(s: Session, q: Request): Routine<Answer> {
  const { mode, rdev } = q.args(mknodIn),
    name = own(q.names[0]!);
  return yield* made(s, q.node, name, s.fs.mknod(q.node, name, mode, rdev, q.caller));
}

export function* mkdir(s: Session, q: Request): Routine<Answer> {
  const { mode } = q.args(mkdirIn),
    name = own(q.names[0]!);
  return yield* made(s, q.node, name, s.fs.mkdir(q.node, name, mode, q.caller));
}

export function* symlink(s: Session, q: Request): Routine<Answer> {
  const name = own(q.names[0]!);
  return yield* made(s, q.node, name, s.fs.symlink(q.node, name, own(q.names[1]!), q.caller));
}

export function* link(s: Session, q: Request): Routine<Answer> {
  const { oldnodeid } = q.args(linkIn),
    name = own(q.names[0]!);
  return yield* made(s, q.node, name, s.fs.link(oldnodeid, q.node, name));
}

export function* create(s: Session, q: Request): Routine<Answer> {
  const { mode } = q.args(createIn),
    name = own(q.names[0]!);
  const entry = yield* entryOf(s, q.node, name, s.fs.create(q.node, name, mode, q.caller));
  if (typeof entry === 'number') return entry;
  const open = encodeOpen(s.handles.open(entry.inode, q.op === 0), OpenFlag.KEEP_CACHE),
    body = new Uint8Array(entry.body.length + open.length);
  body.set(entry.body);
  body.set(open, entry.body.length);
  return body;
}

export function* readlink(s: Session, q: Request): Routine<Answer> {
  return yield* settle(s.fs.readlink(q.node));
}

export const unlink = (s: Session, q: Request): Routine<Answer> => remove(s, q, s.fs.unlink(q.node, own(q.names[0]!)));
export const rmdir = (s: Session, q: Request): Routine<Answer> => remove(s, q, s.fs.rmdir(q.node, own(q.names[0]!)));

function* remove(s: Session, q: Request, done: Done): Routine<Answer> {
  const errno = yield* settle(done),
    parent = s.inodes.get(q.node);
  if (errno < 0 || !parent) return errno;
  const inode = s.inodes.unnamed(parent, q.names[0]!);
  if (inode) yield* lookForEnd(s, inode);
  return 0;
}

/** A name went: was it the last? The filesystem knows about links that nobody looked up. */
function* lookForEnd(s: Session, inode: Inode): Routine<void> {
  const attributes = yield* settle(s.fs.getattr(inode.node));
  if (typeof attributes === 'number' || attributes.nlink === 0 || inode.isDirectory) s.inodes.unlinked(inode);
}

export const rename = (s: Session, q: Request): Routine<Answer> => renameTo(s, q, q.args(renameIn).newdir, 0);

export function rename2(s: Session, q: Request): Routine<Answer> {
  const { newdir, flags } = q.args(rename2In);
  return renameTo(s, q, newdir, flags);
}

function* renameTo(s: Session, q: Request, newParent: bigint, flags: number): Routine<Answer> {
  const name = own(q.names[0]!),
    newName = own(q.names[1]!);
  const errno = yield* settle(s.fs.rename(q.node, name, newParent, newName, flags));
  const from = s.inodes.get(q.node),
    to = s.inodes.get(newParent);
  if (errno < 0 || !from || !to) return errno;
  const { replaced } = s.inodes.renamed(from, name, to, newName, (flags & Rename2Flag.EXCHANGE) !== 0);
  if (replaced) yield* lookForEnd(s, replaced);
  return 0;
}
