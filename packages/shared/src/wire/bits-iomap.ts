import { bitSet, masksOf } from './bit-set.ts';
import { nameTable, type NamedNumber } from './name-table.ts';

const mapBits = [
  ['NEW', 0, 'storage is fresh: parts that are not written must be zeroed'],
  ['DIRTY', 1, 'uncommitted metadata is needed to reach the data: fdatasync must commit it'],
  ['SHARED', 2, 'storage is shared with another file and must be unshared before it is written in place'],
  ['MERGED', 3, 'several extents of the filesystem were merged into this one'],
  ['BOUNDARY', 4, 'I/O must not merge with the mapping before'],
  ['ANON_WRITE', 5, 'the write has no target yet; it is chosen at submission'],
  ['ATOMIC_BIO', 6, 'the write must be issued as one atomic bio'],
  ['WANT_IOMAP_END', 7, 'send iomap_end even where the kernel would skip it'],
  ['SIZE_CHANGED', 8, 'set by the kernel at the end: this write changed the file size'],
  ['STALE', 9, 'set by the kernel at the end: the mapping became invalid; map again before going on'],
] as const;
/** Flags of a mapping on the FUSE wire. Not the kernel's `struct iomap` bits, which differ from 4 on. Fact: fuse-iomap patch 04/25. */
export const mapFlags = bitSet(mapBits);
export const MapFlag = masksOf(mapFlags);

/**
 * Flags of an `extent` row and of what the model keeps: the wire's, and above them what FIEMAP alone says of an extent that has a place
 * (spec/protocol.md 7.2), or what nobody has said of it. A reply never has these: it is checked against `mapFlags`.
 */
export const extentFlags = bitSet([
  ...mapBits,
  ['ENCODED', 16, 'compressed, or otherwise not to be read from its place as it is'],
  ['DATA_ENCRYPTED', 17, 'data is encrypted'],
  ['NOT_ALIGNED', 18, 'not aligned to blocks'],
  ['COPIES', 19, 'mirrored: this is one of several places'],
  ['SHARING_UNKNOWN', 20, 'whether another file has it too is not known'],
]);
export const ExtentFlag = masksOf(extentFlags);

/** Operation flags of iomap_begin and iomap_end. Fact: fuse-iomap patch 04/25; bits 0 to 10 equal include/linux/iomap.h. */
export const opFlags = bitSet([
  ['WRITE', 0, 'data will be written'],
  ['ZERO', 1, 'the range becomes zeroes'],
  ['REPORT', 2, 'only asks where data is: FIEMAP, seek, swapon, bmap'],
  ['FAULT', 3, 'a page fault'],
  ['DIRECT', 4, 'direct I/O, past the page cache'],
  ['NOWAIT', 5, 'must not block'],
  ['OVERWRITE_ONLY', 6, 'allocation and zeroing are forbidden'],
  ['UNSHARE', 7, 'shared storage is to be copied'],
  ['DAX', 8, 'direct access to persistent memory'],
  ['ATOMIC', 9, 'all of it or nothing'],
  ['DONTCACHE', 10, 'drop from the page cache after use'],
  ['SWAPFILE', 30, 'later iomap revisions: a swap file is taken into use'],
  ['WRITEBACK', 31, 'dirty folios are going to storage (FUSE only)'],
]);
export const OpFlag = masksOf(opFlags);

/** How an I/O of writeback ended. Fact: fuse-iomap, later revisions (spec/protocol.md 6.1); not in a released kernel. */
export const ioendFlags = bitSet([
  ['SHARED', 0, 'the write went out of place: the shared storage is to be replaced'],
  ['UNWRITTEN', 1, 'the write went to unwritten storage, which is to be converted'],
  ['BOUNDARY', 2, 'not to be merged with the one before'],
  ['DIRECT', 3, 'the write was direct'],
  ['APPEND', 4, 'the write reached past the end of the file'],
  ['WRITEBACK', 5, 'dirty folios went to storage'],
  ['SWAPOFF', 6, 'a swap file is given back'],
]);

/** Which fields of `fuse_iomap_config_out` count. Fact: fuse-iomap, later revisions (spec/protocol.md 6.1); not in a released kernel. */
export const configFlags = bitSet([
  ['SID', 0, 's_id counts'],
  ['UUID', 1, 's_uuid and s_uuid_len count'],
  ['BLOCKSIZE', 2, 's_blocksize counts'],
  ['MAX_LINKS', 3, 's_max_links counts'],
  ['TIME', 4, 's_time_gran, s_time_min and s_time_max count'],
  ['MAXBYTES', 5, 's_maxbytes counts'],
]);

const seedTypes = [
  ['HOLE', 0, 'no storage; reads give zeroes'],
  ['DELALLOC', 1, 'space is reserved, the place is not chosen; the data lives in the page cache'],
  ['MAPPED', 2, 'storage with data'],
  ['UNWRITTEN', 3, 'storage is allocated but reads as zeroes until it is written and converted'],
  ['INLINE', 4, 'data is stored with the inode'],
  ['PURE_OVERWRITE', 255, 'write side only: use the read mapping'],
] as const;

/** Mapping types as they may stand on the wire; the last two are of later revisions, and no legal reply. Fact: spec/protocol.md 2.1 and 6.1. */
export const wireTypes = nameTable('type', [
  ...seedTypes,
  ['RETRY_CACHE', 254, 'later iomap revisions: the mapping cache has been filled, look there again'],
  ['NOCACHE', 253, 'later iomap revisions: leave this side of the mapping cache alone'],
]);

/** Mapping types of the model: those of the seeds, and its own word for not knowing. */
export const mapTypes: readonly NamedNumber[] = [...seedTypes, ['UNKNOWN', 256, 'nothing is known of this range']];

const modelTypes = nameTable('type', mapTypes);
/** `MAPPED`, or `type 7?` for a number nobody has named. */
export const mapTypeName = (n: number): string => modelTypes.print(n);
