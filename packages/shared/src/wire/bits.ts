import { bitSet, masksOf } from './bit-set.ts';

/** Flags of a mapping on the FUSE wire. Not the kernel's `struct iomap` bits, which differ from 4 on. Fact: fuse-iomap patch 04/25. */
export const mapFlags = bitSet([
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
]);
export const MapFlag = masksOf(mapFlags);

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
  ['WRITEBACK', 31, 'dirty folios are going to storage (FUSE only)'],
]);
export const OpFlag = masksOf(opFlags);

/** INIT bits; 32 to 63 travel in flags2 when bit 30 is set. Bit 43 is DAX_FMAP by the seed. Fact: include/uapi/linux/fuse.h 7.45. */
export const initFlags = bitSet([
  ['ASYNC_READ', 0, 'read requests may be sent side by side'],
  ['POSIX_LOCKS', 1, 'byte-range locks are sent to the server'],
  ['FILE_OPS', 2, 'the server uses file handles'],
  ['ATOMIC_O_TRUNC', 3, 'O_TRUNC arrives with OPEN'],
  ['EXPORT_SUPPORT', 4, 'lookups of "." and ".." for NFS'],
  ['BIG_WRITES', 5, 'writes larger than one page'],
  ['DONT_MASK', 6, 'the server applies the umask'],
  ['SPLICE_WRITE', 7, 'the device may be spliced to'],
  ['SPLICE_MOVE', 8, 'pages may be moved'],
  ['SPLICE_READ', 9, 'the device may be spliced from'],
  ['FLOCK_LOCKS', 10, 'BSD locks are sent to the server'],
  ['HAS_IOCTL_DIR', 11, 'ioctl on directories'],
  ['AUTO_INVAL_DATA', 12, 'cached pages are dropped when mtime or size change'],
  ['DO_READDIRPLUS', 13, 'READDIRPLUS is understood'],
  ['READDIRPLUS_AUTO', 14, 'the kernel alternates READDIR and READDIRPLUS'],
  ['ASYNC_DIO', 15, 'direct I/O requests may be sent side by side'],
  ['WRITEBACK_CACHE', 16, 'writes stay dirty in the page cache and arrive at writeback'],
  ['NO_OPEN_SUPPORT', 17, 'OPEN may be answered ENOSYS'],
  ['PARALLEL_DIROPS', 18, 'lookups and readdir side by side in one directory'],
  ['HANDLE_KILLPRIV', 19, 'the server clears suid and sgid'],
  ['POSIX_ACL', 20, 'POSIX ACLs'],
  ['ABORT_ERROR', 21, 'read answers ECONNABORTED after an abort'],
  ['MAX_PAGES', 22, 'max_pages counts'],
  ['CACHE_SYMLINKS', 23, 'targets of symlinks are cached'],
  ['NO_OPENDIR_SUPPORT', 24, 'OPENDIR may be answered ENOSYS'],
  ['EXPLICIT_INVAL_DATA', 25, 'only notifications drop cached pages'],
  ['MAP_ALIGNMENT', 26, 'map_alignment counts'],
  ['SUBMOUNTS', 27, 'attributes may name a submount'],
  ['HANDLE_KILLPRIV_V2', 28, 'suid and sgid are cleared on write, truncate and chown'],
  ['SETXATTR_EXT', 29, 'setxattr_in has 16 bytes'],
  ['INIT_EXT', 30, 'flags2 counts'],
  ['SECURITY_CTX', 32, 'a security context comes with creation'],
  ['HAS_INODE_DAX', 33, 'DAX by inode'],
  ['CREATE_SUPP_GROUP', 34, 'the supplementary group comes with creation'],
  ['HAS_EXPIRE_ONLY', 35, 'entries may expire without being dropped'],
  ['DIRECT_IO_ALLOW_MMAP', 36, 'shared mmap on direct_io files'],
  ['PASSTHROUGH', 37, 'I/O may go to a backing file'],
  ['NO_EXPORT_SUPPORT', 38, 'no file handles for NFS'],
  ['HAS_RESEND', 39, 'pending requests can be sent again'],
  ['ALLOW_IDMAP', 40, 'idmapped mounts'],
  ['OVER_IO_URING', 41, 'requests travel through io_uring'],
  ['REQUEST_TIMEOUT', 42, 'requests time out'],
  ['DAX_FMAP', 43, 'famfs: GET_FMAP and GET_DAXDEV are sent'],
]);
/** Masks of INIT bits as bigint, since they reach above 31: `InitFlag.WRITEBACK_CACHE`. */
export const InitFlag = Object.fromEntries(initFlags.bits.map(([name, bit]) => [name, 1n << BigInt(bit)])) as {
  readonly [N in Parameters<(typeof initFlags)['mask']>[0]]: bigint;
};

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

/** Mapping types with one sentence. Fact: spec/protocol.md 2.1. UNKNOWN is the model's own. */
export const mapTypes: readonly (readonly [name: string, value: number, meaning: string])[] = [
  ['HOLE', 0, 'no storage; reads give zeroes'],
  ['DELALLOC', 1, 'space is reserved, the place is not chosen; the data lives in the page cache'],
  ['MAPPED', 2, 'storage with data'],
  ['UNWRITTEN', 3, 'storage is allocated but reads as zeroes until it is written and converted'],
  ['INLINE', 4, 'data is stored with the inode'],
  ['PURE_OVERWRITE', 255, 'write side only: use the read mapping'],
  ['UNKNOWN', 256, 'nothing is known of this range'],
];

/** `MAPPED`, or `type 7?` for a number nobody has named. */
export const mapTypeName = (n: number): string => mapTypes.find(([, value]) => value === n)?.[0] ?? `type ${n}?`;
