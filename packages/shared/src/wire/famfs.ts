import { struct } from './struct.ts';

/** `struct fuse_famfs_fmap_header`, 32 bytes. Fact: famfs fmap patches V4. */
export const famfsFmapHeader = struct('fuse_famfs_fmap_header', [
  ['file_type', 'u8', '0 reg, 1 superblock, 2 log'],
  ['reserved', 'u8'],
  ['fmap_version', 'u16', '1'],
  ['ext_type', 'u32', '0 simple, 1 interleave'],
  ['nextents', 'u32'],
  ['reserved0', 'u32'],
  ['file_size', 'u64'],
  ['reserved1', 'u64'],
]);

/** `struct fuse_famfs_simple_ext`, 24 bytes. Fact: famfs fmap patches V4. */
export const famfsSimpleExt = struct('fuse_famfs_simple_ext', [
  ['se_devindex', 'u32'],
  ['reserved', 'u32'],
  ['se_offset', 'u64'],
  ['se_len', 'u64'],
]);

/** `struct fuse_famfs_iext`, 24 bytes. Fact: famfs fmap patches V4. */
export const famfsIext = struct('fuse_famfs_iext', [
  ['ie_nstrips', 'u32'],
  ['ie_chunk_size', 'u32'],
  ['ie_nbytes', 'u64', 'file bytes covered by this extent'],
  ['reserved', 'u64'],
]);

/** `struct fuse_get_daxdev_in`, 4 bytes. Fact: famfs fmap patches V4. */
export const getDaxdevIn = struct('fuse_get_daxdev_in', [['daxdev_num', 'u32']]);

/** `struct fuse_daxdev_out`, 280 bytes. Fact: famfs fmap patches V4. */
export const daxdevOut = struct('fuse_daxdev_out', [
  ['index', 'u16'],
  ['reserved', 'u16'],
  ['reserved2', 'u32'],
  ['reserved3', 'u64'],
  ['reserved4', 'u64'],
  ['name', { chars: 256 }, 'NUL-terminated'],
]);
