import { accessBits, attrFlags, getattrFlags, SetattrFlag, setattrFlags } from './bits-classic.ts';
import { initFlags } from './bits-init.ts';
import { list } from './fields.ts';
import { struct } from './struct.ts';
import { hexadecimal, octal, onlyIf, unused, type Words } from './words.ts';

/** The upper half of the INIT bits. */
const initFlags2: Words = {
  print: (value) => initFlags.print(BigInt(value) << 32n),
  explain: (value) => initFlags.explain!(BigInt(value) << 32n),
};

/** `struct fuse_init_in`, 64 bytes; 16 before 7.36. Fact: include/uapi/linux/fuse.h. */
export const initIn = struct(
  'fuse_init_in',
  [
    ['major', 'u32', 'protocol version of the kernel'],
    ['minor', 'u32', 'and its minor; both sides use the smaller one'],
    ['max_readahead', 'u32', 'most bytes that are read ahead'],
    ['flags', 'u32', 'what the kernel offers: INIT bits 0 to 31', initFlags],
    ['flags2', 'u32', 'INIT bits 32 to 63, when INIT_EXT is set', initFlags2],
    unused('unused', list('u32', 11)),
  ],
  [16],
);

/** `struct fuse_init_out`, 64 bytes; 24 before 7.23, 8 before 7.5. Fact: include/uapi/linux/fuse.h; spec/protocol.md 1.2. */
export const initOut = struct(
  'fuse_init_out',
  [
    ['major', 'u32', 'protocol version of the server'],
    ['minor', 'u32', 'and its minor; both sides use the smaller one'],
    ['max_readahead', 'u32', 'most bytes that are read ahead'],
    ['flags', 'u32', 'what is used: INIT bits 0 to 31', initFlags],
    ['max_background', 'u16', 'most background requests at once'],
    ['congestion_threshold', 'u16', 'background requests from which the mount counts as congested'],
    ['max_write', 'u32', 'most bytes of a WRITE, at least 4096'],
    ['time_gran', 'u32', 'smallest step of a time, ns'],
    ['max_pages', 'u16', 'most pages of a request, when MAX_PAGES is set; otherwise 32'],
    ['map_alignment', 'u16', 'log2 of the alignment in the DAX window, when MAP_ALIGNMENT is set'],
    ['flags2', 'u32', 'INIT bits 32 to 63, when INIT_EXT is set', initFlags2],
    ['max_stack_depth', 'u32', 'filesystems below that may be stacked, for passthrough; since 7.40'],
    ['request_timeout', 'u16', 'a request may take so long, s; since 7.43'],
    unused('unused', list('u16', 11)),
  ],
  [8, 24],
);

/** `struct fuse_attr`, 88 bytes. Fact: include/uapi/linux/fuse.h. */
export const attr = struct('fuse_attr', [
  ['ino', 'u64', 'inode number as stat shows it'],
  ['size', 'u64', 'size, bytes'],
  ['blocks', 'u64', 'storage, in units of 512 bytes'],
  ['atime', 'u64', 'last read, seconds since 1970 (signed)'],
  ['mtime', 'u64', 'last change of the data, seconds since 1970 (signed)'],
  ['ctime', 'u64', 'last change of the inode, seconds since 1970 (signed)'],
  ['atimensec', 'u32', 'and nanoseconds'],
  ['mtimensec', 'u32', 'and nanoseconds'],
  ['ctimensec', 'u32', 'and nanoseconds'],
  ['mode', 'u32', 'type and permissions', octal],
  ['nlink', 'u32', 'names'],
  ['uid', 'u32', 'owner'],
  ['gid', 'u32', 'group'],
  ['rdev', 'u32', 'device number of a device file'],
  ['blksize', 'u32', 'good size for I/O, bytes'],
  ['flags', 'u32', 'what else is so', attrFlags],
]);

/** `struct fuse_entry_out`, 128 bytes. Fact: include/uapi/linux/fuse.h. */
export const entryOut = struct('fuse_entry_out', [
  ['nodeid', 'u64', 'the node; 0: no such name, and that may be cached'],
  ['generation', 'u64', 'tells a reused nodeid from the one before'],
  ['entry_valid', 'u64', 'the name may be cached so long, s'],
  ['attr_valid', 'u64', 'the attributes may be cached so long, s'],
  ['entry_valid_nsec', 'u32', 'and nanoseconds'],
  ['attr_valid_nsec', 'u32', 'and nanoseconds'],
  ['attr', attr, 'attributes'],
]);

/** `struct fuse_attr_out`, 104 bytes. Fact: include/uapi/linux/fuse.h. */
export const attrOut = struct('fuse_attr_out', [
  ['attr_valid', 'u64', 'the attributes may be cached so long, s'],
  ['attr_valid_nsec', 'u32', 'and nanoseconds'],
  unused('dummy', 'u32'),
  ['attr', attr, 'attributes'],
]);

/** `struct fuse_getattr_in`, 16 bytes. Fact: include/uapi/linux/fuse.h. */
export const getattrIn = struct('fuse_getattr_in', [
  ['getattr_flags', 'u32', 'which of the fields count', getattrFlags],
  unused('dummy', 'u32'),
  ['fh', 'u64', 'the open file, when FH is set'],
]);

const when = (name: keyof typeof SetattrFlag, words?: Words): Words => onlyIf('valid', SetattrFlag[name], words);

/** `struct fuse_setattr_in`, 88 bytes. Fact: include/uapi/linux/fuse.h. */
export const setattrIn = struct('fuse_setattr_in', [
  ['valid', 'u32', 'which of the fields count', setattrFlags],
  unused('padding', 'u32'),
  ['fh', 'u64', 'the open file', when('FH')],
  ['size', 'u64', 'new size, bytes', when('SIZE')],
  ['lock_owner', 'u64', 'who holds locks on the file', when('LOCKOWNER')],
  ['atime', 'u64', 'last read, seconds since 1970 (signed)', when('ATIME')],
  ['mtime', 'u64', 'last change of the data, seconds since 1970 (signed)', when('MTIME')],
  ['ctime', 'u64', 'last change of the inode, seconds since 1970 (signed)', when('CTIME')],
  ['atimensec', 'u32', 'and nanoseconds', when('ATIME')],
  ['mtimensec', 'u32', 'and nanoseconds', when('MTIME')],
  ['ctimensec', 'u32', 'and nanoseconds', when('CTIME')],
  ['mode', 'u32', 'type and permissions', when('MODE', octal)],
  unused('unused4', 'u32'),
  ['uid', 'u32', 'owner', when('UID')],
  ['gid', 'u32', 'group', when('GID')],
  unused('unused5', 'u32'),
]);

/** `struct fuse_forget_in`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const forgetIn = struct('fuse_forget_in', [['nlookup', 'u64', 'so many lookups are dropped']]);

/** `struct fuse_batch_forget_in`, 8 bytes; so many `fuse_forget_one` follow. Fact: include/uapi/linux/fuse.h. */
export const batchForgetIn = struct('fuse_batch_forget_in', [['count', 'u32', 'how many records follow'], unused('dummy', 'u32')]);

/** `struct fuse_forget_one`, 16 bytes. Fact: include/uapi/linux/fuse.h. */
export const forgetOne = struct('fuse_forget_one', [
  ['nodeid', 'u64', 'the node'],
  ['nlookup', 'u64', 'so many lookups of it are dropped'],
]);

/** `struct fuse_access_in`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const accessIn = struct('fuse_access_in', [['mask', 'u32', 'what the caller wants to do', accessBits], unused('padding', 'u32')]);

/** `struct fuse_kstatfs`, 80 bytes. Fact: include/uapi/linux/fuse.h. */
export const kstatfs = struct('fuse_kstatfs', [
  ['blocks', 'u64', 'blocks of frsize bytes'],
  ['bfree', 'u64', 'free ones'],
  ['bavail', 'u64', 'free ones for users'],
  ['files', 'u64', 'inodes'],
  ['ffree', 'u64', 'free ones'],
  ['bsize', 'u32', 'good size for I/O, bytes'],
  ['namelen', 'u32', 'longest name, bytes'],
  ['frsize', 'u32', 'bytes of a block'],
  unused('padding', 'u32'),
  unused('spare', list('u32', 6)),
]);

/** `struct fuse_statx_in`, 24 bytes. Fact: include/uapi/linux/fuse.h. */
export const statxIn = struct('fuse_statx_in', [
  ['getattr_flags', 'u32', 'which of the fields count', getattrFlags],
  unused('reserved', 'u32'),
  ['fh', 'u64', 'the open file, when FH is set'],
  ['sx_flags', 'u32', 'flags of statx(2)', hexadecimal],
  ['sx_mask', 'u32', 'what is asked for: STATX_ bits', hexadecimal],
]);

/** `struct fuse_sx_time`, 16 bytes. Fact: include/uapi/linux/fuse.h. */
export const sxTime = struct('fuse_sx_time', [
  ['tv_sec', 's64', 'seconds since 1970'],
  ['tv_nsec', 'u32', 'and nanoseconds'],
  unused('reserved', 's32'),
]);

/** `struct fuse_statx`, 256 bytes. Fact: include/uapi/linux/fuse.h. */
export const statx = struct('fuse_statx', [
  ['mask', 'u32', 'what is answered: STATX_ bits', hexadecimal],
  ['blksize', 'u32', 'good size for I/O, bytes'],
  ['attributes', 'u64', 'STATX_ATTR_ bits', hexadecimal],
  ['nlink', 'u32', 'names'],
  ['uid', 'u32', 'owner'],
  ['gid', 'u32', 'group'],
  ['mode', 'u16', 'type and permissions', octal],
  unused('spare0', list('u16', 1)),
  ['ino', 'u64', 'inode number'],
  ['size', 'u64', 'size, bytes'],
  ['blocks', 'u64', 'storage, in units of 512 bytes'],
  ['attributes_mask', 'u64', 'which of the attributes are known', hexadecimal],
  ['atime', sxTime, 'last read'],
  ['btime', sxTime, 'when it was made'],
  ['ctime', sxTime, 'last change of the inode'],
  ['mtime', sxTime, 'last change of the data'],
  ['rdev_major', 'u32', 'device number of a device file'],
  ['rdev_minor', 'u32', 'device number of a device file'],
  ['dev_major', 'u32', 'device it lies on'],
  ['dev_minor', 'u32', 'device it lies on'],
  unused('spare2', list('u64', 14)),
]);

/** `struct fuse_statx_out`, 288 bytes. Fact: include/uapi/linux/fuse.h. */
export const statxOut = struct('fuse_statx_out', [
  ['attr_valid', 'u64', 'the attributes may be cached so long, s'],
  ['attr_valid_nsec', 'u32', 'and nanoseconds'],
  ['flags', 'u32', 'zero'],
  unused('spare', list('u64', 2)),
  ['stat', statx, 'attributes'],
]);
