import { struct } from './struct.ts';

/** `struct fuse_init_in`, 64 bytes. Fact: include/uapi/linux/fuse.h. */
export const initIn = struct('fuse_init_in', [
  ['major', 'u32'],
  ['minor', 'u32'],
  ['max_readahead', 'u32'],
  ['flags', 'u32', 'INIT bits 0..31'],
  ['flags2', 'u32', 'INIT bits 32..63, if bit 30 set'],
  ['unused', { chars: 44 }],
]);

/** `struct fuse_init_out`, 64 bytes. Fact: include/uapi/linux/fuse.h. */
export const initOut = struct('fuse_init_out', [
  ['major', 'u32'],
  ['minor', 'u32'],
  ['max_readahead', 'u32'],
  ['flags', 'u32'],
  ['max_background', 'u16'],
  ['congestion_threshold', 'u16'],
  ['max_write', 'u32'],
  ['time_gran', 'u32'],
  ['max_pages', 'u16'],
  ['map_alignment', 'u16'],
  ['flags2', 'u32'],
  ['max_stack_depth', 'u32', '7.40'],
  ['request_timeout', 'u16', '7.43, seconds'],
  ['unused', { chars: 22 }],
]);

/** `struct fuse_attr`, 88 bytes. Fact: include/uapi/linux/fuse.h. */
export const attr = struct('fuse_attr', [
  ['ino', 'u64'],
  ['size', 'u64'],
  ['blocks', 'u64', '512-byte units'],
  ['atime', 'u64'],
  ['mtime', 'u64'],
  ['ctime', 'u64'],
  ['atimensec', 'u32'],
  ['mtimensec', 'u32'],
  ['ctimensec', 'u32'],
  ['mode', 'u32'],
  ['nlink', 'u32'],
  ['uid', 'u32'],
  ['gid', 'u32'],
  ['rdev', 'u32'],
  ['blksize', 'u32'],
  ['flags', 'u32', 'ATTR flags'],
]);

/** `struct fuse_entry_out`, 128 bytes. Fact: include/uapi/linux/fuse.h. */
export const entryOut = struct('fuse_entry_out', [
  ['nodeid', 'u64', '0 = negative entry'],
  ['generation', 'u64'],
  ['entry_valid', 'u64'],
  ['attr_valid', 'u64'],
  ['entry_valid_nsec', 'u32'],
  ['attr_valid_nsec', 'u32'],
  ['attr', attr],
]);

/** `struct fuse_attr_out`, 104 bytes. Fact: include/uapi/linux/fuse.h. */
export const attrOut = struct('fuse_attr_out', [
  ['attr_valid', 'u64'],
  ['attr_valid_nsec', 'u32'],
  ['dummy', 'u32'],
  ['attr', attr],
]);

/** `struct fuse_getattr_in`, 16 bytes. Fact: include/uapi/linux/fuse.h. */
export const getattrIn = struct('fuse_getattr_in', [
  ['getattr_flags', 'u32', 'bit 0: fh valid'],
  ['dummy', 'u32'],
  ['fh', 'u64'],
]);

/** `struct fuse_setattr_in`, 88 bytes. Fact: include/uapi/linux/fuse.h. */
export const setattrIn = struct('fuse_setattr_in', [
  ['valid', 'u32', 'FATTR bits'],
  ['padding', 'u32'],
  ['fh', 'u64'],
  ['size', 'u64'],
  ['lock_owner', 'u64'],
  ['atime', 'u64'],
  ['mtime', 'u64'],
  ['ctime', 'u64'],
  ['atimensec', 'u32'],
  ['mtimensec', 'u32'],
  ['ctimensec', 'u32'],
  ['mode', 'u32'],
  ['unused4', 'u32'],
  ['uid', 'u32'],
  ['gid', 'u32'],
  ['unused5', 'u32'],
]);

/** `struct fuse_forget_in`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const forgetIn = struct('fuse_forget_in', [['nlookup', 'u64']]);

/** `struct fuse_batch_forget_in`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const batchForgetIn = struct('fuse_batch_forget_in', [
  ['count', 'u32', 'then count * forget_one'],
  ['dummy', 'u32'],
]);

/** `struct fuse_forget_one`, 16 bytes. Fact: include/uapi/linux/fuse.h. */
export const forgetOne = struct('fuse_forget_one', [
  ['nodeid', 'u64'],
  ['nlookup', 'u64'],
]);

/** `struct fuse_access_in`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const accessIn = struct('fuse_access_in', [
  ['mask', 'u32'],
  ['padding', 'u32'],
]);

/** `struct fuse_kstatfs`, 80 bytes. Fact: include/uapi/linux/fuse.h. */
export const kstatfs = struct('fuse_kstatfs', [
  ['blocks', 'u64'],
  ['bfree', 'u64'],
  ['bavail', 'u64'],
  ['files', 'u64'],
  ['ffree', 'u64'],
  ['bsize', 'u32'],
  ['namelen', 'u32'],
  ['frsize', 'u32'],
  ['padding', 'u32'],
  ['spare', { chars: 24 }],
]);

/** `struct fuse_statx_in`, 24 bytes. Fact: include/uapi/linux/fuse.h. */
export const statxIn = struct('fuse_statx_in', [
  ['getattr_flags', 'u32'],
  ['reserved', 'u32'],
  ['fh', 'u64'],
  ['sx_flags', 'u32'],
  ['sx_mask', 'u32'],
]);

/** `struct fuse_sx_time`, 16 bytes. Fact: include/uapi/linux/fuse.h. */
export const sxTime = struct('fuse_sx_time', [
  ['tv_sec', 's64'],
  ['tv_nsec', 'u32'],
  ['reserved', 's32'],
]);

/** `struct fuse_statx`, 256 bytes. Fact: include/uapi/linux/fuse.h. */
export const statx = struct('fuse_statx', [
  ['mask', 'u32'],
  ['blksize', 'u32'],
  ['attributes', 'u64'],
  ['nlink', 'u32'],
  ['uid', 'u32'],
  ['gid', 'u32'],
  ['mode', 'u16'],
  ['spare0', { chars: 2 }],
  ['ino', 'u64'],
  ['size', 'u64'],
  ['blocks', 'u64'],
  ['attributes_mask', 'u64'],
  ['atime', sxTime],
  ['btime', sxTime],
  ['ctime', sxTime],
  ['mtime', sxTime],
  ['rdev_major', 'u32'],
  ['rdev_minor', 'u32'],
  ['dev_major', 'u32'],
  ['dev_minor', 'u32'],
  ['spare2', { chars: 112 }],
]);

/** `struct fuse_statx_out`, 288 bytes. Fact: include/uapi/linux/fuse.h. */
export const statxOut = struct('fuse_statx_out', [
  ['attr_valid', 'u64'],
  ['attr_valid_nsec', 'u32'],
  ['flags', 'u32'],
  ['spare', { chars: 16 }],
  ['stat', statx],
]);
