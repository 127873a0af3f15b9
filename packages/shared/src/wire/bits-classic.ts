import { bitSet, masksOf } from './bit-set.ts';
import { nameTable } from './name-table.ts';

/** `fuse_write_in.write_flags`. */
export const writeFlags = bitSet([
  ['CACHE', 0, 'a delayed write from the page cache'],
  ['LOCKOWNER', 1, 'lock_owner is valid'],
  ['KILL_SUIDGID', 2, 'clear suid and sgid'],
]);
export const WriteFlag = masksOf(writeFlags);

/** `fuse_setattr_in.valid`. */
export const setattrFlags = bitSet([
  ['MODE', 0, 'mode'],
  ['UID', 1, 'uid'],
  ['GID', 2, 'gid'],
  ['SIZE', 3, 'size: a truncation'],
  ['ATIME', 4, 'atime'],
  ['MTIME', 5, 'mtime'],
  ['FH', 6, 'fh is valid'],
  ['ATIME_NOW', 7, 'atime is the present time'],
  ['MTIME_NOW', 8, 'mtime is the present time'],
  ['LOCKOWNER', 9, 'lock_owner is valid'],
  ['CTIME', 10, 'ctime'],
  ['KILL_SUIDGID', 11, 'clear suid and sgid'],
]);
export const SetattrFlag = masksOf(setattrFlags);

/** `fuse_open_out.open_flags`. */
export const openFlags = bitSet([
  ['DIRECT_IO', 0, 'bypass the page cache'],
  ['KEEP_CACHE', 1, 'do not drop cached pages at open'],
  ['NONSEEKABLE', 2, 'no seek'],
  ['CACHE_DIR', 3, 'the directory may be cached'],
  ['STREAM', 4, 'a stream, no position'],
  ['NOFLUSH', 5, 'no FLUSH at close'],
  ['PARALLEL_DIRECT_WRITES', 6, 'direct writes side by side'],
  ['PASSTHROUGH', 7, 'I/O goes to a backing file'],
]);
export const OpenFlag = masksOf(openFlags);

/** `fuse_fallocate_in.mode`; a FUSE mount passes only 0, KEEP_SIZE, PUNCH_HOLE and ZERO_RANGE. Fact: include/uapi/linux/falloc.h. */
export const fallocFlags = bitSet([
  ['KEEP_SIZE', 0, 'the file size stays'],
  ['PUNCH_HOLE', 1, 'the range becomes a hole'],
  ['COLLAPSE_RANGE', 3, 'the range is cut out'],
  ['ZERO_RANGE', 4, 'the range reads as zeroes'],
  ['INSERT_RANGE', 5, 'a hole is put in'],
  ['UNSHARE_RANGE', 6, 'shared storage is copied'],
]);
export const FallocFlag = masksOf(fallocFlags);

/** `fuse_getattr_in.getattr_flags` and those of `fuse_statx_in`. */
export const getattrFlags = bitSet([['FH', 0, 'fh is valid']]);

/** `fuse_open_in.open_flags` and those of `fuse_create_in`. */
export const openInFlags = bitSet([['KILL_SUIDGID', 0, 'clear suid and sgid of what O_TRUNC empties']]);

/** `fuse_read_in.read_flags`; bit 0 is not used. */
export const readFlags = bitSet([['LOCKOWNER', 1, 'lock_owner is valid']]);

/** `fuse_release_in.release_flags`. */
export const releaseFlags = bitSet([
  ['FLUSH', 0, 'do what FLUSH does'],
  ['FLOCK_UNLOCK', 1, 'leave the BSD lock of lock_owner'],
]);

/** `fuse_fsync_in.fsync_flags`. */
export const fsyncFlags = bitSet([['FDATASYNC', 0, 'data, and of the metadata only what is needed to read it']]);
export const FsyncFlag = masksOf(fsyncFlags);

/** `fuse_attr.flags`. */
export const attrFlags = bitSet([
  ['SUBMOUNT', 0, 'the node is the root of a submount'],
  ['DAX', 1, 'the file is used with DAX'],
]);

/** `fuse_rename2_in.flags`. Fact: include/uapi/linux/fs.h. */
export const rename2Flags = bitSet([
  ['NOREPLACE', 0, 'fail where the new name is taken'],
  ['EXCHANGE', 1, 'the two names change places'],
  ['WHITEOUT', 2, 'leave a whiteout behind'],
]);
export const Rename2Flag = masksOf(rename2Flags);

/** `fuse_setxattr_in.flags`. Fact: include/uapi/linux/xattr.h. */
export const xattrFlags = bitSet([
  ['CREATE', 0, 'fail where the name is there'],
  ['REPLACE', 1, 'fail where the name is not there'],
]);

/** `fuse_setxattr_in.setxattr_flags`. */
export const setxattrFlags = bitSet([['ACL_KILL_SGID', 0, 'clear sgid while an ACL is set']]);

/** `fuse_lk_in.lk_flags`. */
export const lockFlags = bitSet([['FLOCK', 0, 'a BSD lock, for the whole file']]);

/** `fuse_poll_in.flags`. */
export const pollFlags = bitSet([['SCHEDULE_NOTIFY', 0, 'notify when something happens']]);

/** `fuse_ioctl_in.flags` and those of `fuse_ioctl_out`. */
export const ioctlFlags = bitSet([
  ['COMPAT', 0, 'the caller is a 32-bit process'],
  ['UNRESTRICTED', 1, 'the server may name any memory of the caller'],
  ['RETRY', 2, 'ask again with the memory that the reply names'],
  ['32BIT', 3, 'arg and the like have 32 bits'],
  ['DIR', 4, 'on a directory'],
  ['COMPAT_X32', 5, 'the caller is an x32 process'],
]);

/** `fuse_notify_inval_entry_out.flags`. */
export const invalEntryFlags = bitSet([['EXPIRE_ONLY', 0, 'the name is looked up again, not dropped']]);

/** `fuse_access_in.mask`. Fact: access(2). */
export const accessBits = bitSet([
  ['X', 0, 'execute, or search a directory'],
  ['W', 1, 'write'],
  ['R', 2, 'read'],
]);

/** `fuse_lseek_in.whence`: the kernel answers the others itself. Fact: include/uapi/linux/fs.h. */
export const whences = nameTable('whence', [
  ['SEEK_SET', 0, 'from the start'],
  ['SEEK_CUR', 1, 'from the position'],
  ['SEEK_END', 2, 'from the end'],
  ['SEEK_DATA', 3, 'the next data at or after offset'],
  ['SEEK_HOLE', 4, 'the next hole at or after offset; the end of the file is one'],
]);

/** `fuse_dirent.type`: `mode >> 12`. Fact: readdir(3). */
export const direntTypes = nameTable('type', [
  ['UNKNOWN', 0, 'the caller has to look'],
  ['FIFO', 1, 'a pipe with a name'],
  ['CHR', 2, 'a character device'],
  ['DIR', 4, 'a directory'],
  ['BLK', 6, 'a block device'],
  ['REG', 8, 'a regular file'],
  ['LNK', 10, 'a symbolic link'],
  ['SOCK', 12, 'a socket'],
  ['WHT', 14, 'a whiteout'],
]);

/** `fuse_file_lock.type`. Fact: include/uapi/asm-generic/fcntl.h. */
export const lockTypes = nameTable('lock', [
  ['RDLCK', 0, 'shared'],
  ['WRLCK', 1, 'exclusive'],
  ['UNLCK', 2, 'none'],
]);
