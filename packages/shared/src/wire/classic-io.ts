import {
  fallocFlags,
  fsyncFlags,
  ioctlFlags,
  lockFlags,
  lockTypes,
  openFlags,
  openInFlags,
  pollFlags,
  readFlags,
  releaseFlags,
  whences,
  writeFlags,
} from './bits-classic.ts';
import { struct } from './struct.ts';
import { bytesOrErrno, hexadecimal, octal, unused } from './words.ts';

/** `struct fuse_open_in`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const openIn = struct('fuse_open_in', [
  ['flags', 'u32', 'O_ flags of open(2), as on the machine', hexadecimal],
  ['open_flags', 'u32', 'what else is wanted', openInFlags],
]);

/** `struct fuse_create_in`, 16 bytes. Fact: include/uapi/linux/fuse.h. */
export const createIn = struct('fuse_create_in', [
  ['flags', 'u32', 'O_ flags of open(2), as on the machine', hexadecimal],
  ['mode', 'u32', 'type and permissions', octal],
  ['umask', 'u32', 'umask of the caller', octal],
  ['open_flags', 'u32', 'what else is wanted', openInFlags],
]);

/** `struct fuse_open_out`, 16 bytes. Fact: include/uapi/linux/fuse.h. */
export const openOut = struct('fuse_open_out', [
  ['fh', 'u64', 'the server’s number of the open file'],
  ['open_flags', 'u32', 'how it is to be used', openFlags],
  ['backing_id', 's32', 'the backing file, with PASSTHROUGH; otherwise 0'],
]);

/** `struct fuse_read_in`, 40 bytes. Fact: include/uapi/linux/fuse.h. */
export const readIn = struct('fuse_read_in', [
  ['fh', 'u64', 'the open file'],
  ['offset', 'u64', 'where to begin, bytes; in a directory the cookie of an entry'],
  ['size', 'u32', 'how much, bytes'],
  ['read_flags', 'u32', 'which of the fields count', readFlags],
  ['lock_owner', 'u64', 'who holds locks on the file, when LOCKOWNER is set'],
  ['flags', 'u32', 'O_ flags of the open file, as on the machine', hexadecimal],
  unused('padding', 'u32'),
]);

/** `struct fuse_write_in`, 40 bytes; the data follows. Fact: include/uapi/linux/fuse.h. */
export const writeIn = struct('fuse_write_in', [
  ['fh', 'u64', 'the open file'],
  ['offset', 'u64', 'where to begin, bytes'],
  ['size', 'u32', 'how many bytes follow'],
  ['write_flags', 'u32', 'what kind of write it is', writeFlags],
  ['lock_owner', 'u64', 'who holds locks on the file, when LOCKOWNER is set'],
  ['flags', 'u32', 'O_ flags of the open file, as on the machine', hexadecimal],
  unused('padding', 'u32'),
]);

/** `struct fuse_write_out`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const writeOut = struct('fuse_write_out', [['size', 'u32', 'how much was done, bytes'], unused('padding', 'u32')]);

/** `struct fuse_release_in`, 24 bytes. Fact: include/uapi/linux/fuse.h. */
export const releaseIn = struct('fuse_release_in', [
  ['fh', 'u64', 'the open file'],
  ['flags', 'u32', 'O_ flags of the open file, as on the machine', hexadecimal],
  ['release_flags', 'u32', 'what else is to be done', releaseFlags],
  ['lock_owner', 'u64', 'whose locks go'],
]);

/** `struct fuse_flush_in`, 24 bytes. Fact: include/uapi/linux/fuse.h. */
export const flushIn = struct('fuse_flush_in', [
  ['fh', 'u64', 'the open file'],
  unused('unused', 'u32'),
  unused('padding', 'u32'),
  ['lock_owner', 'u64', 'whose locks go'],
]);

/** `struct fuse_fsync_in`, 16 bytes. Fact: include/uapi/linux/fuse.h. */
export const fsyncIn = struct('fuse_fsync_in', [
  ['fh', 'u64', 'the open file'],
  ['fsync_flags', 'u32', 'how much of it', fsyncFlags],
  unused('padding', 'u32'),
]);

/** `struct fuse_fallocate_in`, 32 bytes. Fact: include/uapi/linux/fuse.h. */
export const fallocateIn = struct('fuse_fallocate_in', [
  ['fh', 'u64', 'the open file'],
  ['offset', 'u64', 'where to begin, bytes'],
  ['length', 'u64', 'how far, bytes'],
  ['mode', 'u32', 'what to do; no bit: allocate', fallocFlags],
  unused('padding', 'u32'),
]);

/** `struct fuse_lseek_in`, 24 bytes. Fact: include/uapi/linux/fuse.h. */
export const lseekIn = struct('fuse_lseek_in', [
  ['fh', 'u64', 'the open file'],
  ['offset', 'u64', 'where to begin, bytes'],
  ['whence', 'u32', 'what to look for', whences],
  unused('padding', 'u32'),
]);

/** `struct fuse_lseek_out`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const lseekOut = struct('fuse_lseek_out', [['offset', 'u64', 'where it is, bytes']]);

/** `struct fuse_copy_file_range_in`, 56 bytes. Fact: include/uapi/linux/fuse.h. */
export const copyFileRangeIn = struct('fuse_copy_file_range_in', [
  ['fh_in', 'u64', 'the open file to copy from'],
  ['off_in', 'u64', 'where to begin in it, bytes'],
  ['nodeid_out', 'u64', 'the node to copy to'],
  ['fh_out', 'u64', 'the open file to copy to'],
  ['off_out', 'u64', 'where to begin in it, bytes'],
  ['len', 'u64', 'how much, bytes'],
  ['flags', 'u64', 'zero'],
]);

/** `struct fuse_copy_file_range_out`, 8 bytes; opcode 53 only. Fact: include/uapi/linux/fuse.h. */
export const copyFileRangeOut = struct('fuse_copy_file_range_out', [['bytes_copied', 'u64', 'how much was copied, bytes']]);

/** `struct fuse_bmap_in`, 16 bytes. Fact: include/uapi/linux/fuse.h. */
export const bmapIn = struct('fuse_bmap_in', [
  ['block', 'u64', 'block of the file'],
  ['blocksize', 'u32', 'bytes of a block'],
  unused('padding', 'u32'),
]);

/** `struct fuse_bmap_out`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const bmapOut = struct('fuse_bmap_out', [['block', 'u64', 'block of the device; 0: none']]);

/** `struct fuse_ioctl_in`, 32 bytes; `in_size` bytes follow. Fact: include/uapi/linux/fuse.h. */
export const ioctlIn = struct('fuse_ioctl_in', [
  ['fh', 'u64', 'the open file'],
  ['flags', 'u32', 'what kind of call it is', ioctlFlags],
  ['cmd', 'u32', 'number of the ioctl', hexadecimal],
  ['arg', 'u64', 'its argument, or the address of it', hexadecimal],
  ['in_size', 'u32', 'how many bytes follow'],
  ['out_size', 'u32', 'room for the answer, bytes'],
]);

/** `struct fuse_ioctl_out`, 16 bytes; the data follows. Fact: include/uapi/linux/fuse.h. */
export const ioctlOut = struct('fuse_ioctl_out', [
  ['result', 's32', 'what ioctl(2) returns', bytesOrErrno],
  ['flags', 'u32', 'what else is wanted', ioctlFlags],
  ['in_iovs', 'u32', 'with RETRY: pieces of memory to be read'],
  ['out_iovs', 'u32', 'with RETRY: pieces of memory to be written'],
]);

/** `struct fuse_file_lock`, 24 bytes. Fact: include/uapi/linux/fuse.h. */
export const fileLock = struct('fuse_file_lock', [
  ['start', 'u64', 'first byte'],
  ['end', 'u64', 'last byte, included', hexadecimal],
  ['type', 'u32', 'what kind of lock', lockTypes],
  ['pid', 'u32', 'process that holds it'],
]);

/** `struct fuse_lk_in`, 48 bytes. Fact: include/uapi/linux/fuse.h. */
export const lkIn = struct('fuse_lk_in', [
  ['fh', 'u64', 'the open file'],
  ['owner', 'u64', 'whose lock', hexadecimal],
  ['lk', fileLock, 'the lock'],
  ['lk_flags', 'u32', 'what kind of call it is', lockFlags],
  unused('padding', 'u32'),
]);

/** `struct fuse_lk_out`, 24 bytes. Fact: include/uapi/linux/fuse.h. */
export const lkOut = struct('fuse_lk_out', [['lk', fileLock, 'a lock that is in the way']]);

/** `struct fuse_poll_in`, 24 bytes. Fact: include/uapi/linux/fuse.h. */
export const pollIn = struct('fuse_poll_in', [
  ['fh', 'u64', 'the open file'],
  ['kh', 'u64', 'the kernel’s number of the poll, for the notification'],
  ['flags', 'u32', 'what else is wanted', pollFlags],
  ['events', 'u32', 'POLL bits that are waited for', hexadecimal],
]);

/** `struct fuse_poll_out`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const pollOut = struct('fuse_poll_out', [['revents', 'u32', 'POLL bits that are so', hexadecimal], unused('padding', 'u32')]);

/** `struct fuse_interrupt_in`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const interruptIn = struct('fuse_interrupt_in', [['unique', 'u64', 'the request whose caller was interrupted']]);

/** `struct fuse_syncfs_in`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const syncfsIn = struct('fuse_syncfs_in', [unused('padding', 'u64')]);
