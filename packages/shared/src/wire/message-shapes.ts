import {
  attrOut,
  batchForgetIn,
  entryOut,
  forgetIn,
  getattrIn,
  initIn,
  initOut,
  kstatfs,
  setattrIn,
  statxIn,
  statxOut,
  accessIn,
} from './classic-inode.ts';
import * as io from './classic-io.ts';
import { getxattrIn, getxattrOut, linkIn, mkdirIn, mknodIn, rename2In, renameIn, setxattrIn } from './classic-names.ts';
import { daxdevOut, famfsFmapHeader, getDaxdevIn } from './famfs.ts';
import { inHeader, outHeader } from './headers.ts';
import { iomapBeginIn, iomapBeginOut, iomapEndIn } from './iomap.ts';
import { iomapConfigIn, iomapConfigOut, iomapIoendIn, iomapIoendOut } from './iomap-later.ts';
import { Opcode } from './opcodes.ts';
import type { Field, Struct } from './struct.ts';

type Shape = Struct<readonly Field[]>;
/** What follows the header: structs in their order; behind them names, data or nothing. */
interface Body {
  readonly request: readonly Shape[];
  readonly reply: readonly Shape[];
}
const body = (request: readonly unknown[], reply: readonly unknown[] = []): Body => ({
  request: request as Shape[],
  reply: reply as Shape[],
});

/** One row an opcode. Fact: include/uapi/linux/fuse.h 7.45; fuse-iomap patch 04/25; famfs patches V4. */
const bodies: Readonly<Record<number, Body>> = {
  [Opcode.LOOKUP]: body([], [entryOut]),
  [Opcode.FORGET]: body([forgetIn]),
  [Opcode.GETATTR]: body([getattrIn], [attrOut]),
  [Opcode.SETATTR]: body([setattrIn], [attrOut]),
  [Opcode.SYMLINK]: body([], [entryOut]),
  [Opcode.MKNOD]: body([mknodIn], [entryOut]),
  [Opcode.MKDIR]: body([mkdirIn], [entryOut]),
  [Opcode.RENAME]: body([renameIn]),
  [Opcode.LINK]: body([linkIn], [entryOut]),
  [Opcode.OPEN]: body([io.openIn], [io.openOut]),
  [Opcode.READ]: body([io.readIn]),
  [Opcode.WRITE]: body([io.writeIn], [io.writeOut]),
  [Opcode.STATFS]: body([], [kstatfs]),
  [Opcode.RELEASE]: body([io.releaseIn]),
  [Opcode.FSYNC]: body([io.fsyncIn]),
  [Opcode.SETXATTR]: body([setxattrIn]),
  [Opcode.GETXATTR]: body([getxattrIn], [getxattrOut]),
  [Opcode.LISTXATTR]: body([getxattrIn], [getxattrOut]),
  [Opcode.FLUSH]: body([io.flushIn]),
  [Opcode.INIT]: body([initIn], [initOut]),
  [Opcode.OPENDIR]: body([io.openIn], [io.openOut]),
  [Opcode.READDIR]: body([io.readIn]),
  [Opcode.RELEASEDIR]: body([io.releaseIn]),
  [Opcode.FSYNCDIR]: body([io.fsyncIn]),
  [Opcode.GETLK]: body([io.lkIn], [io.lkOut]),
  [Opcode.SETLK]: body([io.lkIn]),
  [Opcode.SETLKW]: body([io.lkIn]),
  [Opcode.ACCESS]: body([accessIn]),
  [Opcode.CREATE]: body([io.createIn], [entryOut, io.openOut]),
  [Opcode.INTERRUPT]: body([io.interruptIn]),
  [Opcode.BMAP]: body([io.bmapIn], [io.bmapOut]),
  [Opcode.IOCTL]: body([io.ioctlIn], [io.ioctlOut]),
  [Opcode.POLL]: body([io.pollIn], [io.pollOut]),
  [Opcode.BATCH_FORGET]: body([batchForgetIn]),
  [Opcode.FALLOCATE]: body([io.fallocateIn]),
  [Opcode.READDIRPLUS]: body([io.readIn]),
  [Opcode.RENAME2]: body([rename2In]),
  [Opcode.LSEEK]: body([io.lseekIn], [io.lseekOut]),
  [Opcode.COPY_FILE_RANGE]: body([io.copyFileRangeIn], [io.writeOut]),
  [Opcode.SYNCFS]: body([io.syncfsIn]),
  [Opcode.TMPFILE]: body([io.createIn], [entryOut, io.openOut]),
  [Opcode.STATX]: body([statxIn], [statxOut]),
  [Opcode.COPY_FILE_RANGE_64]: body([io.copyFileRangeIn], [io.copyFileRangeOut]),
  [Opcode.GET_FMAP]: body([getxattrIn], [famfsFmapHeader]),
  [Opcode.GET_DAXDEV]: body([getDaxdevIn], [daxdevOut]),
  [Opcode.IOMAP_CONFIG]: body([iomapConfigIn], [iomapConfigOut]),
  [Opcode.IOMAP_IOEND]: body([iomapIoendIn], [iomapIoendOut]),
  [Opcode.IOMAP_BEGIN]: body([iomapBeginIn], [iomapBeginOut]),
  [Opcode.IOMAP_END]: body([iomapEndIn]),
};

/** The structs of a whole message, its header first. What follows them (names, data, dirents) has no fixed shape. A failed reply is its header alone. */
export const messageShape = (opcode: number, side: 'request' | 'reply'): readonly Shape[] =>
  side === 'request'
    ? [inHeader as unknown as Shape, ...(bodies[opcode]?.request ?? [])]
    : [outHeader as unknown as Shape, ...(bodies[opcode]?.reply ?? [])];
