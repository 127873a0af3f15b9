import {
  accessIn,
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
} from './classic-inode.ts';
import * as io from './classic-io.ts';
import { getxattrIn, linkIn, mkdirIn, mknodIn, rename2In, renameIn, setxattrIn } from './classic-names.ts';
import { daxdevOut, getDaxdevIn } from './famfs.ts';
import { iomapBeginIn, iomapBeginOut, iomapEndIn } from './iomap.ts';
import { iomapConfigIn, iomapConfigOut, iomapIoendIn, iomapIoendOut } from './iomap-later.ts';
import { notifyRetrieveIn } from './notify.ts';
import { Opcode, opcodeName } from './opcodes.ts';
import type { AnyStruct } from './struct.ts';

/** What follows the arguments of a request: nothing, names each with its NUL, a name and a value, as many bytes as a field says, or records. */
export type RequestTail = 'none' | 'name' | 'two names' | 'name and value' | 'data' | 'forget_one records';
/**
 * What follows the structs of a reply that went well. `none`: its size is that of the structs. `size or value`: `fuse_getxattr_out` when the
 * request's size was 0, else the bytes themselves.
 */
export type ReplyTail = 'none' | 'data' | 'target' | 'size or value' | 'dirents' | 'direntplus' | 'fmap';

/** One row an opcode: everything that can be said of its bytes. */
export interface MessageRow {
  readonly opcode: Opcode;
  readonly name: string;
  readonly args: AnyStruct | undefined;
  /** Bytes of the arguments that must be there: fewer than `args.size` where older or shorter forms are legal. */
  readonly leastArgs: number;
  readonly tail: RequestTail;
  /** `undefined`: never answered when all is well. */
  readonly reply: readonly AnyStruct[] | undefined;
  readonly replyTail: ReplyTail;
}

interface Form {
  readonly args?: AnyStruct;
  /** Senders of that time leave them out. Fact: spec/protocol.md 2.4. */
  readonly isOptional?: true;
  readonly tail?: RequestTail;
  /** Left out: answered by a header alone. */
  readonly reply?: readonly AnyStruct[] | 'no reply';
  readonly replyTail?: ReplyTail;
}

/** Fact: include/uapi/linux/fuse.h 7.45; fuse-iomap patch 04/25; famfs patches V4; spec/protocol.md 1.4. SETUPMAPPING and REMOVEMAPPING are virtiofs's. */
const forms: { readonly [O in keyof typeof Opcode]: Form } = {
  LOOKUP: { tail: 'name', reply: [entryOut] },
  FORGET: { args: forgetIn, reply: 'no reply' },
  GETATTR: { args: getattrIn, reply: [attrOut] },
  SETATTR: { args: setattrIn, reply: [attrOut] },
  READLINK: { reply: [], replyTail: 'target' },
  SYMLINK: { tail: 'two names', reply: [entryOut] },
  MKNOD: { args: mknodIn, tail: 'name', reply: [entryOut] },
  MKDIR: { args: mkdirIn, tail: 'name', reply: [entryOut] },
  UNLINK: { tail: 'name' },
  RMDIR: { tail: 'name' },
  RENAME: { args: renameIn, tail: 'two names' },
  LINK: { args: linkIn, tail: 'name', reply: [entryOut] },
  OPEN: { args: io.openIn, reply: [io.openOut] },
  READ: { args: io.readIn, reply: [], replyTail: 'data' },
  WRITE: { args: io.writeIn, tail: 'data', reply: [io.writeOut] },
  STATFS: { reply: [kstatfs] },
  RELEASE: { args: io.releaseIn },
  FSYNC: { args: io.fsyncIn },
  SETXATTR: { args: setxattrIn, tail: 'name and value' },
  GETXATTR: { args: getxattrIn, tail: 'name', reply: [], replyTail: 'size or value' },
  LISTXATTR: { args: getxattrIn, reply: [], replyTail: 'size or value' },
  REMOVEXATTR: { tail: 'name' },
  FLUSH: { args: io.flushIn },
  INIT: { args: initIn, reply: [initOut] },
  OPENDIR: { args: io.openIn, reply: [io.openOut] },
  READDIR: { args: io.readIn, reply: [], replyTail: 'dirents' },
  RELEASEDIR: { args: io.releaseIn },
  FSYNCDIR: { args: io.fsyncIn },
  GETLK: { args: io.lkIn, reply: [io.lkOut] },
  SETLK: { args: io.lkIn },
  SETLKW: { args: io.lkIn },
  ACCESS: { args: accessIn },
  CREATE: { args: io.createIn, tail: 'name', reply: [entryOut, io.openOut] },
  INTERRUPT: { args: io.interruptIn, reply: 'no reply' },
  BMAP: { args: io.bmapIn, reply: [io.bmapOut] },
  DESTROY: {},
  IOCTL: { args: io.ioctlIn, tail: 'data', reply: [io.ioctlOut], replyTail: 'data' },
  POLL: { args: io.pollIn, reply: [io.pollOut] },
  NOTIFY_REPLY: { args: notifyRetrieveIn, tail: 'data', reply: 'no reply' },
  BATCH_FORGET: { args: batchForgetIn, tail: 'forget_one records', reply: 'no reply' },
  FALLOCATE: { args: io.fallocateIn },
  READDIRPLUS: { args: io.readIn, reply: [], replyTail: 'direntplus' },
  RENAME2: { args: rename2In, tail: 'two names' },
  LSEEK: { args: io.lseekIn, reply: [io.lseekOut] },
  COPY_FILE_RANGE: { args: io.copyFileRangeIn, reply: [io.writeOut] },
  SETUPMAPPING: { tail: 'data' },
  REMOVEMAPPING: { tail: 'data' },
  SYNCFS: { args: io.syncfsIn },
  TMPFILE: { args: io.createIn, tail: 'name', reply: [entryOut, io.openOut] },
  STATX: { args: statxIn, reply: [statxOut] },
  COPY_FILE_RANGE_64: { args: io.copyFileRangeIn, reply: [io.copyFileRangeOut] },
  GET_FMAP: { args: getxattrIn, isOptional: true, reply: [], replyTail: 'fmap' },
  GET_DAXDEV: { args: getDaxdevIn, isOptional: true, reply: [daxdevOut] },
  IOMAP_CONFIG: { args: iomapConfigIn, reply: [iomapConfigOut] },
  IOMAP_IOEND: { args: iomapIoendIn, reply: [iomapIoendOut] },
  IOMAP_BEGIN: { args: iomapBeginIn, reply: [iomapBeginOut] },
  IOMAP_END: { args: iomapEndIn },
  CUSE_INIT: { tail: 'data', reply: [], replyTail: 'data' },
};

/** What the bytes of each opcode are, by its number. */
export const messageTable: ReadonlyMap<number, MessageRow> = new Map(
  Object.entries(forms).map(([name, { args, isOptional = false, tail = 'none', reply = [], replyTail = 'none' }]) => {
    const opcode = Opcode[name as keyof typeof Opcode];
    return [
      opcode,
      {
        opcode,
        name: opcodeName(opcode),
        args,
        leastArgs: isOptional ? 0 : (args?.shorter[0] ?? args?.size ?? 0),
        tail,
        reply: reply === 'no reply' ? undefined : reply,
        replyTail,
      },
    ];
  }),
);
