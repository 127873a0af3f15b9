import { fmapExtentTypes, fmapFileTypes } from './bits-ioctl.ts';
import { chars } from './fields.ts';
import { struct } from './struct.ts';
import { hexadecimal, unused } from './words.ts';

/** `struct fuse_famfs_fmap_header`, 32 bytes. Fact: famfs fmap patches V4. */
export const famfsFmapHeader = struct('fuse_famfs_fmap_header', [
  ['file_type', 'u8', 'what kind of file it is', fmapFileTypes],
  unused('reserved', 'u8'),
  ['fmap_version', 'u16', 'version of the message: 1'],
  ['ext_type', 'u32', 'what kind of extents follow', fmapExtentTypes],
  ['nextents', 'u32', 'how many extents follow, 1 to 32'],
  unused('reserved0', 'u32'),
  ['file_size', 'u64', 'size of the file, bytes'],
  unused('reserved1', 'u64'),
]);

/** `struct fuse_famfs_simple_ext`, 24 bytes: a simple extent, or a strip of an interleaved one. Fact: famfs fmap patches V4. */
export const famfsSimpleExt = struct('fuse_famfs_simple_ext', [
  ['se_devindex', 'u32', 'index of the device, counted from 0'],
  unused('reserved', 'u32'),
  ['se_offset', 'u64', 'where it begins on the device, bytes', hexadecimal],
  ['se_len', 'u64', 'how long it is, bytes'],
]);

/** `struct fuse_famfs_iext`, 24 bytes; its strips follow. Fact: famfs fmap patches V4. */
export const famfsIext = struct('fuse_famfs_iext', [
  ['ie_nstrips', 'u32', 'how many strips follow, 1 to 32'],
  ['ie_chunk_size', 'u32', 'bytes on a strip before the next strip has its turn'],
  ['ie_nbytes', 'u64', 'file bytes that the extent covers; the strips may hold more'],
  unused('reserved', 'u64'),
]);

/** `struct fuse_get_daxdev_in`, 4 bytes. Fact: famfs fmap patches V4; their dispatcher takes the index from the header. */
export const getDaxdevIn = struct('fuse_get_daxdev_in', [['daxdev_num', 'u32', 'index of the device; the header’s nodeid says it too']]);

/** `struct fuse_daxdev_out`, 280 bytes. Fact: famfs fmap patches V4. */
export const daxdevOut = struct('fuse_daxdev_out', [
  ['index', 'u16', 'index of the device'],
  unused('reserved', 'u16'),
  unused('reserved2', 'u32'),
  unused('reserved3', 'u64'),
  unused('reserved4', 'u64'),
  ['name', chars(256), 'path of the device, NUL-terminated'],
]);
