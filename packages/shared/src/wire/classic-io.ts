import { struct } from './struct.ts';

/** `struct fuse_open_in`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const openIn = struct('fuse_open_in', [
  ['flags', 'u32', 'O_ flags'],
  ['open_flags', 'u32', 'bit 0: kill suid/sgid'],
]);

/** `struct fuse_create_in`, 16 bytes. Fact: include/uapi/linux/fuse.h. */
export const createIn = struct('fuse_create_in', [
  ['flags', 'u32'],
  ['mode', 'u32'],
  ['umask', 'u32'],
  ['open_flags', 'u32', 'then name NUL'],
]);

/** `struct fuse_open_out`, 16 bytes. Fact: include/uapi/linux/fuse.h. */
export const openOut = struct('fuse_open_out', [
  ['fh', 'u64'],
  ['open_flags', 'u32', 'FOPEN bits'],
  ['backing_id', 's32', 'passthrough only, else 0'],
]);

/** `struct fuse_read_in`, 40 bytes. Fact: include/uapi/linux/fuse.h. */
export const readIn = struct('fuse_read_in', [
  ['fh', 'u64'],
  ['offset', 'u64'],
  ['size', 'u32'],
  ['read_flags', 'u32', 'bit 1: lock_owner valid'],
  ['lock_owner', 'u64'],
  ['flags', 'u32', 'O_ flags'],
  ['padding', 'u32'],
]);

/** `struct fuse_write_in`, 40 bytes. Fact: include/uapi/linux/fuse.h. */
export const writeIn = struct('fuse_write_in', [
  ['fh', 'u64'],
  ['offset', 'u64'],
  ['size', 'u32'],
  ['write_flags', 'u32'],
  ['lock_owner', 'u64'],
  ['flags', 'u32'],
  ['padding', 'u32', 'then size bytes of data'],
]);

/** `struct fuse_write_out`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const writeOut = struct('fuse_write_out', [
  ['size', 'u32'],
  ['padding', 'u32'],
]);

/** `struct fuse_release_in`, 24 bytes. Fact: include/uapi/linux/fuse.h. */
export const releaseIn = struct('fuse_release_in', [
  ['fh', 'u64'],
  ['flags', 'u32'],
  ['release_flags', 'u32'],
  ['lock_owner', 'u64'],
]);

/** `struct fuse_flush_in`, 24 bytes. Fact: include/uapi/linux/fuse.h. */
export const flushIn = struct('fuse_flush_in', [
  ['fh', 'u64'],
  ['unused', 'u32'],
  ['padding', 'u32'],
  ['lock_owner', 'u64'],
]);

/** `struct fuse_fsync_in`, 16 bytes. Fact: include/uapi/linux/fuse.h. */
export const fsyncIn = struct('fuse_fsync_in', [
  ['fh', 'u64'],
  ['fsync_flags', 'u32', 'bit 0: data only'],
  ['padding', 'u32'],
]);

/** `struct fuse_fallocate_in`, 32 bytes. Fact: include/uapi/linux/fuse.h. */
export const fallocateIn = struct('fuse_fallocate_in', [
  ['fh', 'u64'],
  ['offset', 'u64'],
  ['length', 'u64'],
  ['mode', 'u32'],
  ['padding', 'u32'],
]);

/** `struct fuse_lseek_in`, 24 bytes. Fact: include/uapi/linux/fuse.h. */
export const lseekIn = struct('fuse_lseek_in', [
  ['fh', 'u64'],
  ['offset', 'u64'],
  ['whence', 'u32'],
  ['padding', 'u32'],
]);

/** `struct fuse_lseek_out`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const lseekOut = struct('fuse_lseek_out', [['offset', 'u64']]);

/** `struct fuse_copy_file_range_in`, 56 bytes. Fact: include/uapi/linux/fuse.h. */
export const copyFileRangeIn = struct('fuse_copy_file_range_in', [
  ['fh_in', 'u64'],
  ['off_in', 'u64'],
  ['nodeid_out', 'u64'],
  ['fh_out', 'u64'],
  ['off_out', 'u64'],
  ['len', 'u64'],
  ['flags', 'u64'],
]);

/** `struct fuse_copy_file_range_out`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const copyFileRangeOut = struct('fuse_copy_file_range_out', [['bytes_copied', 'u64', 'opcode 53 only']]);

/** `struct fuse_bmap_in`, 16 bytes. Fact: include/uapi/linux/fuse.h. */
export const bmapIn = struct('fuse_bmap_in', [
  ['block', 'u64'],
  ['blocksize', 'u32'],
  ['padding', 'u32'],
]);

/** `struct fuse_bmap_out`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const bmapOut = struct('fuse_bmap_out', [['block', 'u64']]);

/** `struct fuse_ioctl_in`, 32 bytes. Fact: include/uapi/linux/fuse.h. */
export const ioctlIn = struct('fuse_ioctl_in', [
  ['fh', 'u64'],
  ['flags', 'u32'],
  ['cmd', 'u32'],
  ['arg', 'u64'],
  ['in_size', 'u32'],
  ['out_size', 'u32'],
]);

/** `struct fuse_ioctl_out`, 16 bytes. Fact: include/uapi/linux/fuse.h. */
export const ioctlOut = struct('fuse_ioctl_out', [
  ['result', 's32'],
  ['flags', 'u32'],
  ['in_iovs', 'u32'],
  ['out_iovs', 'u32'],
]);

/** `struct fuse_file_lock`, 24 bytes. Fact: include/uapi/linux/fuse.h. */
export const fileLock = struct('fuse_file_lock', [
  ['start', 'u64'],
  ['end', 'u64'],
  ['type', 'u32'],
  ['pid', 'u32'],
]);

/** `struct fuse_lk_in`, 48 bytes. Fact: include/uapi/linux/fuse.h. */
export const lkIn = struct('fuse_lk_in', [
  ['fh', 'u64'],
  ['owner', 'u64'],
  ['lk', fileLock],
  ['lk_flags', 'u32'],
  ['padding', 'u32'],
]);

/** `struct fuse_lk_out`, 24 bytes. Fact: include/uapi/linux/fuse.h. */
export const lkOut = struct('fuse_lk_out', [['lk', fileLock]]);

/** `struct fuse_poll_in`, 24 bytes. Fact: include/uapi/linux/fuse.h. */
export const pollIn = struct('fuse_poll_in', [
  ['fh', 'u64'],
  ['kh', 'u64'],
  ['flags', 'u32'],
  ['events', 'u32'],
]);

/** `struct fuse_poll_out`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const pollOut = struct('fuse_poll_out', [
  ['revents', 'u32'],
  ['padding', 'u32'],
]);

/** `struct fuse_interrupt_in`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const interruptIn = struct('fuse_interrupt_in', [['unique', 'u64', 'request being interrupted']]);

/** `struct fuse_syncfs_in`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const syncfsIn = struct('fuse_syncfs_in', [['padding', 'u64']]);
