import {
  accessIn,
  attrOut,
  batchForgetIn,
  createIn,
  daxdevOut,
  entryOut,
  fallocateIn,
  flushIn,
  forgetIn,
  fsyncIn,
  getattrIn,
  getxattrIn,
  initOut,
  interruptIn,
  iomapBeginIn,
  iomapBeginOut,
  iomapEndIn,
  kstatfs,
  linkIn,
  lseekIn,
  lseekOut,
  mkdirIn,
  mknodIn,
  Opcode,
  openIn,
  openOut,
  opcodeName,
  readIn,
  releaseIn,
  rename2In,
  renameIn,
  setattrIn,
  struct,
  writeIn,
  writeOut,
} from '@mapscope/shared/wire';
import * as directory from './ops/directory.ts';
import * as file from './ops/file.ts';
import * as inode from './ops/inode.ts';
import * as io from './ops/io.ts';
import * as iomap from './ops/iomap.ts';
import * as names from './ops/names.ts';
import * as xattr from './ops/xattr.ts';
import { type Request, slotOf } from './request.ts';
import type { Routine } from './routine.ts';
import type { Session } from './session.ts';

/** A reply: 0 for success without a body, a negative errno, or the body. */
export type Answered = number | Uint8Array;
/** `undefined`: no reply at all. */
export type Answer = Answered | undefined;

interface Layout {
  readonly name: string;
  readonly size: number;
  readonly slots: readonly { readonly name: string; readonly at: number }[];
}

/** What follows the arguments: nothing, so many names each with its NUL, or bytes. */
export type Tail = 'none' | 'name' | 'two names' | 'bytes';
/** The reply's body: none and no reply either, none, a struct of fixed size (or two), or bytes up to what was asked for. */
export type ReplyShape = 'no reply' | 'empty' | 'bytes' | readonly Layout[];

export interface Op {
  readonly opcode: number;
  /** Arguments that must be there; undefined: none, or the handler looks itself because their size varies. */
  readonly request: Layout | undefined;
  readonly tail: Tail;
  readonly reply: ReplyShape;
  /** Fields that say which part of the file is meant, for the op's row. */
  readonly range: readonly [pos: string, count: string] | undefined;
  /** Large data of the file travels in the request or in the reply. */
  readonly payload: 'none' | 'request' | 'reply';
  /** A routine where it may have to wait. */
  readonly handle: (session: Session, request: Request) => Routine<Answer> | Answer;
}

/** Without FUSE_SETXATTR_EXT, which we never negotiate, only the first two fields are sent. Fact: spec/protocol.md 1.3. */
const shortSetxattrIn = struct('fuse_setxattr_in without extension', [
  ['size', 'u32'],
  ['flags', 'u32'],
]);

/**
 * Every request that is answered, one row each; the numbers are those of spec/protocol.md 1.4. What is not here is answered ENOSYS and
 * counted: that is right for locks, BMAP, IOCTL, POLL, TMPFILE, STATX and COPY_FILE_RANGE, for which the kernel then has its own way.
 */
const rows: readonly Op[] = [
  { opcode: Opcode.INIT, request: undefined, tail: 'bytes', reply: [initOut], range: undefined, payload: 'none', handle: inode.init },
  { opcode: Opcode.DESTROY, request: undefined, tail: 'none', reply: 'empty', range: undefined, payload: 'none', handle: inode.destroy },
  { opcode: Opcode.LOOKUP, request: undefined, tail: 'name', reply: [entryOut], range: undefined, payload: 'none', handle: names.lookup },
  { opcode: Opcode.FORGET, request: forgetIn, tail: 'none', reply: 'no reply', range: undefined, payload: 'none', handle: inode.forget },
  {
    opcode: Opcode.BATCH_FORGET,
    request: batchForgetIn,
    tail: 'bytes',
    reply: 'no reply',
    range: undefined,
    payload: 'none',
    handle: inode.batchForget,
  },
  { opcode: Opcode.GETATTR, request: getattrIn, tail: 'none', reply: [attrOut], range: undefined, payload: 'none', handle: inode.getattr },
  { opcode: Opcode.SETATTR, request: setattrIn, tail: 'none', reply: [attrOut], range: undefined, payload: 'none', handle: inode.setattr },
  { opcode: Opcode.ACCESS, request: accessIn, tail: 'none', reply: 'empty', range: undefined, payload: 'none', handle: inode.access },
  { opcode: Opcode.STATFS, request: undefined, tail: 'none', reply: [kstatfs], range: undefined, payload: 'none', handle: inode.statfs },
  { opcode: Opcode.READLINK, request: undefined, tail: 'none', reply: 'bytes', range: undefined, payload: 'none', handle: names.readlink },
  {
    opcode: Opcode.SYMLINK,
    request: undefined,
    tail: 'two names',
    reply: [entryOut],
    range: undefined,
    payload: 'none',
    handle: names.symlink,
  },
  { opcode: Opcode.MKNOD, request: mknodIn, tail: 'name', reply: [entryOut], range: undefined, payload: 'none', handle: names.mknod },
  { opcode: Opcode.MKDIR, request: mkdirIn, tail: 'name', reply: [entryOut], range: undefined, payload: 'none', handle: names.mkdir },
  { opcode: Opcode.UNLINK, request: undefined, tail: 'name', reply: 'empty', range: undefined, payload: 'none', handle: names.unlink },
  { opcode: Opcode.RMDIR, request: undefined, tail: 'name', reply: 'empty', range: undefined, payload: 'none', handle: names.rmdir },
  { opcode: Opcode.RENAME, request: renameIn, tail: 'two names', reply: 'empty', range: undefined, payload: 'none', handle: names.rename },
  {
    opcode: Opcode.RENAME2,
    request: rename2In,
    tail: 'two names',
    reply: 'empty',
    range: undefined,
    payload: 'none',
    handle: names.rename2,
  },
  { opcode: Opcode.LINK, request: linkIn, tail: 'name', reply: [entryOut], range: undefined, payload: 'none', handle: names.link },
  {
    opcode: Opcode.CREATE,
    request: createIn,
    tail: 'name',
    reply: [entryOut, openOut],
    range: undefined,
    payload: 'none',
    handle: names.create,
  },
  { opcode: Opcode.OPEN, request: openIn, tail: 'none', reply: [openOut], range: undefined, payload: 'none', handle: file.open },
  { opcode: Opcode.RELEASE, request: releaseIn, tail: 'none', reply: 'empty', range: undefined, payload: 'none', handle: file.release },
  { opcode: Opcode.FLUSH, request: flushIn, tail: 'none', reply: 'empty', range: undefined, payload: 'none', handle: file.flush },
  { opcode: Opcode.FSYNC, request: fsyncIn, tail: 'none', reply: 'empty', range: undefined, payload: 'none', handle: file.fsync },
  { opcode: Opcode.READ, request: readIn, tail: 'none', reply: 'bytes', range: ['offset', 'size'], payload: 'reply', handle: io.read },
  {
    opcode: Opcode.WRITE,
    request: writeIn,
    tail: 'bytes',
    reply: [writeOut],
    range: ['offset', 'size'],
    payload: 'request',
    handle: io.write,
  },
  {
    opcode: Opcode.FALLOCATE,
    request: fallocateIn,
    tail: 'none',
    reply: 'empty',
    range: ['offset', 'length'],
    payload: 'none',
    handle: io.fallocate,
  },
  { opcode: Opcode.LSEEK, request: lseekIn, tail: 'none', reply: [lseekOut], range: undefined, payload: 'none', handle: io.lseek },
  { opcode: Opcode.OPENDIR, request: openIn, tail: 'none', reply: [openOut], range: undefined, payload: 'none', handle: directory.opendir },
  { opcode: Opcode.READDIR, request: readIn, tail: 'none', reply: 'bytes', range: undefined, payload: 'none', handle: directory.readdir },
  {
    opcode: Opcode.READDIRPLUS,
    request: readIn,
    tail: 'none',
    reply: 'bytes',
    range: undefined,
    payload: 'none',
    handle: directory.readdirplus,
  },
  {
    opcode: Opcode.RELEASEDIR,
    request: releaseIn,
    tail: 'none',
    reply: 'empty',
    range: undefined,
    payload: 'none',
    handle: directory.releasedir,
  },
  {
    opcode: Opcode.FSYNCDIR,
    request: fsyncIn,
    tail: 'none',
    reply: 'empty',
    range: undefined,
    payload: 'none',
    handle: directory.fsyncdir,
  },
  {
    opcode: Opcode.SETXATTR,
    request: shortSetxattrIn,
    tail: 'bytes',
    reply: 'empty',
    range: undefined,
    payload: 'none',
    handle: xattr.setxattr,
  },
  { opcode: Opcode.GETXATTR, request: getxattrIn, tail: 'name', reply: 'bytes', range: undefined, payload: 'none', handle: xattr.getxattr },
  {
    opcode: Opcode.LISTXATTR,
    request: getxattrIn,
    tail: 'none',
    reply: 'bytes',
    range: undefined,
    payload: 'none',
    handle: xattr.listxattr,
  },
  {
    opcode: Opcode.REMOVEXATTR,
    request: undefined,
    tail: 'name',
    reply: 'empty',
    range: undefined,
    payload: 'none',
    handle: xattr.removexattr,
  },
  {
    opcode: Opcode.INTERRUPT,
    request: interruptIn,
    tail: 'none',
    reply: 'no reply',
    range: undefined,
    payload: 'none',
    handle: inode.interrupt,
  },
  {
    opcode: Opcode.IOMAP_BEGIN,
    request: iomapBeginIn,
    tail: 'none',
    reply: [iomapBeginOut],
    range: ['pos', 'count'],
    payload: 'none',
    handle: iomap.begin,
  },
  {
    opcode: Opcode.IOMAP_END,
    request: iomapEndIn,
    tail: 'none',
    reply: 'empty',
    range: ['pos', 'count'],
    payload: 'none',
    handle: iomap.end,
  },
  { opcode: Opcode.GET_FMAP, request: undefined, tail: 'bytes', reply: 'bytes', range: undefined, payload: 'none', handle: iomap.getFmap },
  {
    opcode: Opcode.GET_DAXDEV,
    request: undefined,
    tail: 'bytes',
    reply: [daxdevOut],
    range: undefined,
    payload: 'none',
    handle: iomap.getDaxdev,
  },
];

/** A row with what follows from its columns, worked out once. */
export interface ReadyOp extends Op {
  readonly name: string;
  readonly requestSize: number;
  /** Size of the body, or -1: not fixed. */
  readonly replySize: number;
  /** Where pos and count stand, from the end of the header; -1: nowhere. */
  readonly posAt: number;
  readonly countAt: number;
  readonly isCount32: boolean;
}

export const opTable: ReadonlyMap<number, ReadyOp> = new Map(
  rows.map((op) => [
    op.opcode,
    {
      ...op,
      name: opcodeName(op.opcode),
      requestSize: op.request?.size ?? 0,
      replySize: Array.isArray(op.reply) ? (op.reply as readonly Layout[]).reduce((n, s) => n + s.size, 0) : op.reply === 'empty' ? 0 : -1,
      posAt: op.range && op.request ? slotOf(op.request, op.range[0]) : -1,
      countAt: op.range && op.request ? slotOf(op.request, op.range[1]) : -1,
      isCount32: op.range?.[1] === 'size',
    },
  ]),
);
