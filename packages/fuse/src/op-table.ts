import { Opcode } from '@mapscope/shared/wire';
import * as directory from './ops/directory.ts';
import * as file from './ops/file.ts';
import * as inode from './ops/inode.ts';
import * as io from './ops/io.ts';
import * as iomap from './ops/iomap.ts';
import * as names from './ops/names.ts';
import * as xattr from './ops/xattr.ts';
import { type Op, type ReadyOp, ready } from './op.ts';

const no = undefined;

/**
 * Every request that is answered, one row each: what is behind its header says wire's `messageTable`. What is not here is answered ENOSYS and
 * counted: that is right for locks, BMAP, IOCTL, POLL, TMPFILE, STATX and COPY_FILE_RANGE, for which the kernel then has its own way.
 */
const rows: readonly Op[] = [
  { opcode: Opcode.INIT, range: no, data: no, handle: inode.init },
  { opcode: Opcode.DESTROY, range: no, data: no, handle: inode.destroy },
  { opcode: Opcode.LOOKUP, range: no, data: no, handle: names.lookup },
  { opcode: Opcode.FORGET, range: no, data: no, handle: inode.forget },
  { opcode: Opcode.BATCH_FORGET, range: no, data: no, handle: inode.batchForget },
  { opcode: Opcode.GETATTR, range: no, data: no, handle: inode.getattr },
  { opcode: Opcode.SETATTR, range: no, data: no, handle: inode.setattr },
  { opcode: Opcode.ACCESS, range: no, data: no, handle: inode.access },
  { opcode: Opcode.STATFS, range: no, data: no, handle: inode.statfs },
  { opcode: Opcode.READLINK, range: no, data: no, handle: names.readlink },
  { opcode: Opcode.SYMLINK, range: no, data: no, handle: names.symlink },
  { opcode: Opcode.MKNOD, range: no, data: no, handle: names.mknod },
  { opcode: Opcode.MKDIR, range: no, data: no, handle: names.mkdir },
  { opcode: Opcode.UNLINK, range: no, data: no, handle: names.unlink },
  { opcode: Opcode.RMDIR, range: no, data: no, handle: names.rmdir },
  { opcode: Opcode.RENAME, range: no, data: no, handle: names.rename },
  { opcode: Opcode.RENAME2, range: no, data: no, handle: names.rename2 },
  { opcode: Opcode.LINK, range: no, data: no, handle: names.link },
  { opcode: Opcode.CREATE, range: no, data: no, handle: names.create },
  { opcode: Opcode.OPEN, range: no, data: no, handle: file.open },
  { opcode: Opcode.RELEASE, range: no, data: no, handle: file.release },
  { opcode: Opcode.FLUSH, range: no, data: no, handle: file.flush },
  { opcode: Opcode.FSYNC, range: no, data: no, handle: file.fsync },
  { opcode: Opcode.READ, range: ['offset', 'size'], data: 'in reply', handle: io.read },
  { opcode: Opcode.WRITE, range: ['offset', 'size'], data: 'in request', handle: io.write },
  { opcode: Opcode.FALLOCATE, range: ['offset', 'length'], data: no, handle: io.fallocate },
  { opcode: Opcode.LSEEK, range: no, data: no, handle: io.lseek },
  { opcode: Opcode.OPENDIR, range: no, data: no, handle: directory.opendir },
  { opcode: Opcode.READDIR, range: no, data: no, handle: directory.readdir },
  { opcode: Opcode.READDIRPLUS, range: no, data: no, handle: directory.readdirplus },
  { opcode: Opcode.RELEASEDIR, range: no, data: no, handle: directory.releasedir },
  { opcode: Opcode.FSYNCDIR, range: no, data: no, handle: directory.fsyncdir },
  { opcode: Opcode.SETXATTR, range: no, data: no, handle: xattr.setxattr },
  { opcode: Opcode.GETXATTR, range: no, data: no, handle: xattr.getxattr },
  { opcode: Opcode.LISTXATTR, range: no, data: no, handle: xattr.listxattr },
  { opcode: Opcode.REMOVEXATTR, range: no, data: no, handle: xattr.removexattr },
  { opcode: Opcode.INTERRUPT, range: no, data: no, handle: inode.interrupt },
  { opcode: Opcode.IOMAP_BEGIN, range: ['pos', 'count'], data: no, handle: iomap.begin },
  { opcode: Opcode.IOMAP_END, range: ['pos', 'count'], data: no, handle: iomap.end },
  { opcode: Opcode.GET_FMAP, range: no, data: no, handle: iomap.getFmap },
  { opcode: Opcode.GET_DAXDEV, range: no, data: no, handle: iomap.getDaxdev },
];

export const opTable: ReadonlyMap<number, ReadyOp> = new Map(rows.map((op) => [op.opcode, ready(op)]));
