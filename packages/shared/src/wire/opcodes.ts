import { nameTable, numbersOf } from './name-table.ts';

/**
 * FUSE opcodes. What 53 to 55 mean is decided by what INIT agreed on (`negotiated.ts`); a stock kernel never sends 54, 55 and 4092 to 4095.
 * Fact: include/uapi/linux/fuse.h 7.45; fuse-iomap patch 04/25; famfs patches V4; spec/protocol.md 1.4 and 6.1.
 */
const rows = [
  ['LOOKUP', 1, 'find a name in a directory'],
  ['FORGET', 2, 'the kernel drops lookups of a node; never answered'],
  ['GETATTR', 3, 'attributes of a node'],
  ['SETATTR', 4, 'change attributes; a truncation when the size is among them'],
  ['READLINK', 5, 'target of a symbolic link'],
  ['SYMLINK', 6, 'make a symbolic link'],
  ['MKNOD', 8, 'make a file, device, pipe or socket'],
  ['MKDIR', 9, 'make a directory'],
  ['UNLINK', 10, 'remove a name that is no directory'],
  ['RMDIR', 11, 'remove an empty directory'],
  ['RENAME', 12, 'move a name'],
  ['LINK', 13, 'give a node another name'],
  ['OPEN', 14, 'open a file'],
  ['READ', 15, 'bytes of a file; fewer than asked is its end'],
  ['WRITE', 16, 'bytes for a file; from the page cache when CACHE is set'],
  ['STATFS', 17, 'space and limits of the filesystem'],
  ['RELEASE', 18, 'the last descriptor of an open file is gone'],
  ['FSYNC', 20, 'bring a file to storage'],
  ['SETXATTR', 21, 'set an extended attribute'],
  ['GETXATTR', 22, 'value of an extended attribute, or its size'],
  ['LISTXATTR', 23, 'names of the extended attributes, or their size'],
  ['REMOVEXATTR', 24, 'remove an extended attribute'],
  ['FLUSH', 25, 'a descriptor is closed'],
  ['INIT', 26, 'the first request: versions and abilities are agreed on'],
  ['OPENDIR', 27, 'open a directory'],
  ['READDIR', 28, 'entries of a directory'],
  ['RELEASEDIR', 29, 'the last descriptor of an open directory is gone'],
  ['FSYNCDIR', 30, 'bring a directory to storage'],
  ['GETLK', 31, 'who holds a byte-range lock'],
  ['SETLK', 32, 'take or leave a byte-range lock, without waiting'],
  ['SETLKW', 33, 'take a byte-range lock, waiting for it'],
  ['ACCESS', 34, 'may the caller do this'],
  ['CREATE', 35, 'make a file and open it'],
  ['INTERRUPT', 36, 'the caller of another request was interrupted'],
  ['BMAP', 37, 'device block of a file block; only on fuseblk mounts'],
  ['DESTROY', 38, 'the filesystem is unmounted'],
  ['IOCTL', 39, 'ioctl(2)'],
  ['POLL', 40, 'poll(2)'],
  ['NOTIFY_REPLY', 41, 'what the RETRIEVE notification asked for'],
  ['BATCH_FORGET', 42, 'many FORGETs at once; never answered'],
  ['FALLOCATE', 43, 'allocate, zero or punch a range'],
  ['READDIRPLUS', 44, 'entries of a directory with their attributes; each counts as a lookup'],
  ['RENAME2', 45, 'move a name, with flags'],
  ['LSEEK', 46, 'SEEK_DATA or SEEK_HOLE; dirty pages of the kernel are not looked at'],
  ['COPY_FILE_RANGE', 47, 'copy within the filesystem; at most 4 GiB are answered'],
  ['SETUPMAPPING', 48, 'virtiofs: map a range into the DAX window'],
  ['REMOVEMAPPING', 49, 'virtiofs: unmap ranges of the DAX window'],
  ['SYNCFS', 50, 'bring the whole filesystem to storage'],
  ['TMPFILE', 51, 'make an open file without a name'],
  ['STATX', 52, 'attributes as statx(2) has them'],
  ['COPY_FILE_RANGE_64', 53, 'copy within the filesystem, with a 64-bit answer'],
  ['GET_FMAP', 54, 'famfs: the map of a file'],
  ['GET_DAXDEV', 55, 'famfs: the device of an index, which travels as nodeid'],
  ['IOMAP_CONFIG', 4092, 'later iomap revisions: limits and names of the filesystem'],
  ['IOMAP_IOEND', 4093, 'later iomap revisions: an I/O of writeback has ended'],
  ['IOMAP_BEGIN', 4094, 'where the bytes of a range are, or shall go'],
  ['IOMAP_END', 4095, 'what was done with the answer of IOMAP_BEGIN'],
  ['CUSE_INIT', 4096, 'the first request of a character device in user space'],
] as const;

export const opcodes = nameTable('op', rows);
export const Opcode = numbersOf(rows);
export type Opcode = (typeof Opcode)[keyof typeof Opcode];

/** The header's name, or `op 77?` for a number nobody has named. */
export const opcodeName = (n: number): string => opcodes.print(n);

const notifyRows = [
  ['POLL', 1, 'a poll that waited has something'],
  ['INVAL_INODE', 2, 'drop cached pages or attributes of a node'],
  ['INVAL_ENTRY', 3, 'drop or expire a cached name'],
  ['STORE', 4, 'put bytes into the page cache'],
  ['RETRIEVE', 5, 'hand out bytes of the page cache, by NOTIFY_REPLY'],
  ['DELETE', 6, 'a name was removed'],
  ['RESEND', 7, 'send pending requests again'],
  ['INC_EPOCH', 8, 'all cached names have grown old'],
  ['PRUNE', 9, 'drop unused nodes'],
  ['IOMAP_DEV_INVAL', 99, 'later iomap revisions: drop what is cached of a device'],
  ['IOMAP_UPSERT_MAPPINGS', 100, 'later iomap revisions: put mappings into the cache'],
  ['IOMAP_INVAL_MAPPINGS', 101, 'later iomap revisions: drop cached mappings'],
] as const;

/** Notifications, server to kernel: `unique` is 0 and `error` the code. Fact: include/uapi/linux/fuse.h; spec/protocol.md 1.5 and 6.1. */
export const notifyCodes = nameTable('notification', notifyRows);
export const NotifyCode = numbersOf(notifyRows);
