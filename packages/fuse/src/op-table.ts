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
import { type Op, type ReadyOp, ready } from './op.ts';

/** Without FUSE_SETXATTR_EXT, which we never negotiate, only the first two fields are sent. Fact: spec/protocol.md 1.3. */
const shortSetxattrIn = struct('fuse_setxattr_in without extension', [
  ['size', 'u32'],
  ['flags', 'u32'],
]);

const no = undefined;

/**
 * Every request that is answered, one row each; the numbers are those of spec/protocol.md 1.4. What is not here is answered ENOSYS and
 * counted: that is right for locks, BMAP, IOCTL, POLL, TMPFILE, STATX and COPY_FILE_RANGE, for which the kernel then has its own way.
 */
const rows: readonly Op[] = [
  { opcode: Opcode.INIT, args: no, tail: 'bytes', reply: [initOut], range: no, data: no, handle: inode.init },
  { opcode: Opcode.DESTROY, args: no, tail: 'none', reply: 'empty', range: no, data: no, handle: inode.destroy },
  { opcode: Opcode.LOOKUP, args: no, tail: 'name', reply: [entryOut], range: no, data: no, handle: names.lookup },
  { opcode: Opcode.FORGET, args: forgetIn, tail: 'none', reply: 'no reply', range: no, data: no, handle: inode.forget },
  { opcode: Opcode.BATCH_FORGET, args: batchForgetIn, tail: 'bytes', reply: 'no reply', range: no, data: no, handle: inode.batchForget },
  { opcode: Opcode.GETATTR, args: getattrIn, tail: 'none', reply: [attrOut], range: no, data: no, handle: inode.getattr },
  { opcode: Opcode.SETATTR, args: setattrIn, tail: 'none', reply: [attrOut], range: no, data: no, handle: inode.setattr },
  { opcode: Opcode.ACCESS, args: accessIn, tail: 'none', reply: 'empty', range: no, data: no, handle: inode.access },
  { opcode: Opcode.STATFS, args: no, tail: 'none', reply: [kstatfs], range: no, data: no, handle: inode.statfs },
  { opcode: Opcode.READLINK, args: no, tail: 'none', reply: 'bytes', range: no, data: no, handle: names.readlink },
  { opcode: Opcode.SYMLINK, args: no, tail: 'two names', reply: [entryOut], range: no, data: no, handle: names.symlink },
  { opcode: Opcode.MKNOD, args: mknodIn, tail: 'name', reply: [entryOut], range: no, data: no, handle: names.mknod },
  { opcode: Opcode.MKDIR, args: mkdirIn, tail: 'name', reply: [entryOut], range: no, data: no, handle: names.mkdir },
  { opcode: Opcode.UNLINK, args: no, tail: 'name', reply: 'empty', range: no, data: no, handle: names.unlink },
  { opcode: Opcode.RMDIR, args: no, tail: 'name', reply: 'empty', range: no, data: no, handle: names.rmdir },
  { opcode: Opcode.RENAME, args: renameIn, tail: 'two names', reply: 'empty', range: no, data: no, handle: names.rename },
  { opcode: Opcode.RENAME2, args: rename2In, tail: 'two names', reply: 'empty', range: no, data: no, handle: names.rename2 },
  { opcode: Opcode.LINK, args: linkIn, tail: 'name', reply: [entryOut], range: no, data: no, handle: names.link },
  { opcode: Opcode.CREATE, args: createIn, tail: 'name', reply: [entryOut, openOut], range: no, data: no, handle: names.create },
  { opcode: Opcode.OPEN, args: openIn, tail: 'none', reply: [openOut], range: no, data: no, handle: file.open },
  { opcode: Opcode.RELEASE, args: releaseIn, tail: 'none', reply: 'empty', range: no, data: no, handle: file.release },
  { opcode: Opcode.FLUSH, args: flushIn, tail: 'none', reply: 'empty', range: no, data: no, handle: file.flush },
  { opcode: Opcode.FSYNC, args: fsyncIn, tail: 'none', reply: 'empty', range: no, data: no, handle: file.fsync },
  { opcode: Opcode.READ, args: readIn, tail: 'none', reply: 'bytes', range: ['offset', 'size'], data: 'in reply', handle: io.read },
  {
    opcode: Opcode.WRITE,
    args: writeIn,
    tail: 'bytes',
    reply: [writeOut],
    range: ['offset', 'size'],
    data: 'in request',
    handle: io.write,
  },
  {
    opcode: Opcode.FALLOCATE,
    args: fallocateIn,
    tail: 'none',
    reply: 'empty',
    range: ['offset', 'length'],
    data: no,
    handle: io.fallocate,
  },
  { opcode: Opcode.LSEEK, args: lseekIn, tail: 'none', reply: [lseekOut], range: no, data: no, handle: io.lseek },
  { opcode: Opcode.OPENDIR, args: openIn, tail: 'none', reply: [openOut], range: no, data: no, handle: directory.opendir },
  { opcode: Opcode.READDIR, args: readIn, tail: 'none', reply: 'bytes', range: no, data: no, handle: directory.readdir },
  { opcode: Opcode.READDIRPLUS, args: readIn, tail: 'none', reply: 'bytes', range: no, data: no, handle: directory.readdirplus },
  { opcode: Opcode.RELEASEDIR, args: releaseIn, tail: 'none', reply: 'empty', range: no, data: no, handle: directory.releasedir },
  { opcode: Opcode.FSYNCDIR, args: fsyncIn, tail: 'none', reply: 'empty', range: no, data: no, handle: directory.fsyncdir },
  { opcode: Opcode.SETXATTR, args: shortSetxattrIn, tail: 'bytes', reply: 'empty', range: no, data: no, handle: xattr.setxattr },
  { opcode: Opcode.GETXATTR, args: getxattrIn, tail: 'name', reply: 'bytes', range: no, data: no, handle: xattr.getxattr },
  { opcode: Opcode.LISTXATTR, args: getxattrIn, tail: 'none', reply: 'bytes', range: no, data: no, handle: xattr.listxattr },
  { opcode: Opcode.REMOVEXATTR, args: no, tail: 'name', reply: 'empty', range: no, data: no, handle: xattr.removexattr },
  { opcode: Opcode.INTERRUPT, args: interruptIn, tail: 'none', reply: 'no reply', range: no, data: no, handle: inode.interrupt },
  {
    opcode: Opcode.IOMAP_BEGIN,
    args: iomapBeginIn,
    tail: 'none',
    reply: [iomapBeginOut],
    range: ['pos', 'count'],
    data: no,
    handle: iomap.begin,
  },
  { opcode: Opcode.IOMAP_END, args: iomapEndIn, tail: 'none', reply: 'empty', range: ['pos', 'count'], data: no, handle: iomap.end },
  { opcode: Opcode.GET_FMAP, args: no, tail: 'bytes', reply: 'bytes', range: no, data: no, handle: iomap.getFmap },
  { opcode: Opcode.GET_DAXDEV, args: no, tail: 'bytes', reply: [daxdevOut], range: no, data: no, handle: iomap.getDaxdev },
];

export const opTable: ReadonlyMap<number, ReadyOp> = new Map(rows.map((op) => [op.opcode, ready(op)]));
