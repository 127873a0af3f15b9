/**
 * FUSE opcodes. 54/55 (famfs) and 4094/4095 (iomap) are never sent by a stock kernel; what 53 to 55 mean depends on the
 * negotiated minor and INIT bits (spec/protocol.md 8.17). Fact: include/uapi/linux/fuse.h 7.45; fuse-iomap patch 04/25; famfs patches V4.
 */
export const Opcode = {
  LOOKUP: 1,
  FORGET: 2,
  GETATTR: 3,
  SETATTR: 4,
  READLINK: 5,
  SYMLINK: 6,
  MKNOD: 8,
  MKDIR: 9,
  UNLINK: 10,
  RMDIR: 11,
  RENAME: 12,
  LINK: 13,
  OPEN: 14,
  READ: 15,
  WRITE: 16,
  STATFS: 17,
  RELEASE: 18,
  FSYNC: 20,
  SETXATTR: 21,
  GETXATTR: 22,
  LISTXATTR: 23,
  REMOVEXATTR: 24,
  FLUSH: 25,
  INIT: 26,
  OPENDIR: 27,
  READDIR: 28,
  RELEASEDIR: 29,
  FSYNCDIR: 30,
  GETLK: 31,
  SETLK: 32,
  SETLKW: 33,
  ACCESS: 34,
  CREATE: 35,
  INTERRUPT: 36,
  BMAP: 37,
  DESTROY: 38,
  IOCTL: 39,
  POLL: 40,
  NOTIFY_REPLY: 41,
  BATCH_FORGET: 42,
  FALLOCATE: 43,
  READDIRPLUS: 44,
  RENAME2: 45,
  LSEEK: 46,
  COPY_FILE_RANGE: 47,
  SETUPMAPPING: 48,
  REMOVEMAPPING: 49,
  SYNCFS: 50,
  TMPFILE: 51,
  STATX: 52,
  COPY_FILE_RANGE_64: 53,
  GET_FMAP: 54,
  GET_DAXDEV: 55,
  IOMAP_CONFIG: 4092,
  IOMAP_IOEND: 4093,
  IOMAP_BEGIN: 4094,
  IOMAP_END: 4095,
  CUSE_INIT: 4096,
} as const;
export type Opcode = (typeof Opcode)[keyof typeof Opcode];

const names = new Map<number, string>(Object.entries(Opcode).map(([name, n]) => [n, name]));

/** The header's name, or `op 77?` for a number nobody has named. */
export const opcodeName = (n: number): string => names.get(n) ?? `op ${n}?`;

/** Notifications, server to kernel: `unique` is 0 and `error` the code. Fact: include/uapi/linux/fuse.h. */
export const NotifyCode = {
  POLL: 1,
  INVAL_INODE: 2,
  INVAL_ENTRY: 3,
  STORE: 4,
  RETRIEVE: 5,
  DELETE: 6,
  RESEND: 7,
  INC_EPOCH: 8,
  PRUNE: 9,
} as const;
