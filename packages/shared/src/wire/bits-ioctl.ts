import { bitSet, masksOf } from './bit-set.ts';
import { nameTable } from './name-table.ts';

/** Flags of a FIEMAP record; DELALLOC implies UNKNOWN, DATA_INLINE implies NOT_ALIGNED. Fact: include/uapi/linux/fiemap.h. */
export const fiemapFlags = bitSet([
  ['LAST', 0, 'last extent of the file'],
  ['UNKNOWN', 1, 'its place is not known'],
  ['DELALLOC', 2, 'its place is not chosen yet'],
  ['ENCODED', 3, 'data can not be read from the place as it is'],
  ['DATA_ENCRYPTED', 7, 'data is encrypted'],
  ['NOT_ALIGNED', 8, 'not aligned to blocks'],
  ['DATA_INLINE', 9, 'data is mixed with metadata'],
  ['DATA_TAIL', 10, 'several files share the block'],
  ['UNWRITTEN', 11, 'allocated, reads as zeroes'],
  ['MERGED', 12, 'blocks were merged for the report'],
  ['SHARED', 13, 'other files share the space'],
]);
export const FiemapFlag = masksOf(fiemapFlags);

/** `fiemap.fm_flags`. Fact: include/uapi/linux/fiemap.h. */
export const fiemapRequestFlags = bitSet([
  ['SYNC', 0, 'bring the file to storage first'],
  ['XATTR', 1, 'of the extended attributes'],
  ['CACHE', 2, 'read the map into memory'],
]);
export const FiemapRequestFlag = masksOf(fiemapRequestFlags);

/** `fsmap.fmr_flags`. Fact: include/uapi/linux/fsmap.h. */
export const fsmapFlags = bitSet([
  ['PREALLOC', 0, 'allocated, reads as zeroes'],
  ['ATTR_FORK', 1, 'holds extended attributes'],
  ['EXTENT_MAP', 2, 'holds the extent map'],
  ['SHARED', 3, 'several owners share it'],
  ['SPECIAL_OWNER', 4, 'fmr_owner is a code, no inode'],
  ['LAST', 5, 'last record of the filesystem'],
]);
export const FsmapFlag = masksOf(fsmapFlags);

/** `fsmap_head.fmh_oflags`. */
export const fsmapHeadFlags = bitSet([['DEV_T', 0, 'fmr_device is a dev_t']]);

/** What a chunk of btrfs holds, and its profile; no profile is single. Fact: BTRFS_BLOCK_GROUP_*, include/uapi/linux/btrfs_tree.h. */
export const chunkFlags = bitSet([
  ['DATA', 0, 'data of files'],
  ['SYSTEM', 1, 'the chunk tree'],
  ['METADATA', 2, 'the other trees'],
  ['RAID0', 3, 'stripes over all devices'],
  ['RAID1', 4, 'two copies on two devices'],
  ['DUP', 5, 'two copies, perhaps on one device'],
  ['RAID10', 6, 'stripes of two copies'],
  ['RAID5', 7, 'stripes with a parity'],
  ['RAID6', 8, 'stripes with two parities'],
  ['RAID1C3', 9, 'three copies on three devices'],
  ['RAID1C4', 10, 'four copies on four devices'],
]);
export const ChunkFlag = masksOf(chunkFlags);

/** famfs: what kind of file a map is of. Fact: famfs fmap patches V4. */
export const fmapFileTypes = nameTable('file type', [
  ['REG', 0, 'a regular file'],
  ['SUPERBLOCK', 1, 'the superblock'],
  ['LOG', 2, 'the log'],
]);

/** famfs: what kind of extents a map has. Fact: famfs fmap patches V4. */
export const fmapExtentTypes = nameTable('extent type', [
  ['SIMPLE', 0, 'each extent is one run on a device'],
  ['INTERLEAVE', 1, 'each extent is chunks that go round over strips'],
]);
