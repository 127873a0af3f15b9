import { direntTypes, rename2Flags, setxattrFlags, xattrFlags } from './bits-classic.ts';
import { entryOut } from './classic-inode.ts';
import { flexible } from './fields.ts';
import { struct } from './struct.ts';
import { hexadecimal, octal, unused } from './words.ts';

/** `struct fuse_mknod_in`, 16 bytes; the name follows. Fact: include/uapi/linux/fuse.h. */
export const mknodIn = struct('fuse_mknod_in', [
  ['mode', 'u32', 'type and permissions', octal],
  ['rdev', 'u32', 'device number of a device file'],
  ['umask', 'u32', 'umask of the caller', octal],
  unused('padding', 'u32'),
]);

/** `struct fuse_mkdir_in`, 8 bytes; the name follows. Fact: include/uapi/linux/fuse.h. */
export const mkdirIn = struct('fuse_mkdir_in', [
  ['mode', 'u32', 'permissions', octal],
  ['umask', 'u32', 'umask of the caller', octal],
]);

/** `struct fuse_rename_in`, 8 bytes; the old and the new name follow. Fact: include/uapi/linux/fuse.h. */
export const renameIn = struct('fuse_rename_in', [['newdir', 'u64', 'the directory to move to']]);

/** `struct fuse_rename2_in`, 16 bytes; the old and the new name follow. Fact: include/uapi/linux/fuse.h. */
export const rename2In = struct('fuse_rename2_in', [
  ['newdir', 'u64', 'the directory to move to'],
  ['flags', 'u32', 'how to move', rename2Flags],
  unused('padding', 'u32'),
]);

/** `struct fuse_link_in`, 8 bytes; the name follows, and the header names the directory. Fact: include/uapi/linux/fuse.h. */
export const linkIn = struct('fuse_link_in', [['oldnodeid', 'u64', 'the node that gets another name']]);

/** `struct fuse_getxattr_in`, 8 bytes; in GETXATTR the name follows. LISTXATTR and the seed’s GET_FMAP use it too. Fact: include/uapi/linux/fuse.h. */
export const getxattrIn = struct('fuse_getxattr_in', [
  ['size', 'u32', 'room for the answer, bytes; 0: only how long it would be'],
  unused('padding', 'u32'),
]);

/** `struct fuse_getxattr_out`, 8 bytes: the answer when no room was given. Fact: include/uapi/linux/fuse.h. */
export const getxattrOut = struct('fuse_getxattr_out', [['size', 'u32', 'how long the answer would be, bytes'], unused('padding', 'u32')]);

/** `struct fuse_setxattr_in`, 16 bytes, 8 without SETXATTR_EXT; name and value follow. Fact: include/uapi/linux/fuse.h. */
export const setxattrIn = struct(
  'fuse_setxattr_in',
  [
    ['size', 'u32', 'bytes of the value'],
    ['flags', 'u32', 'how to set it', xattrFlags],
    ['setxattr_flags', 'u32', 'what else is to be done', setxattrFlags],
    unused('padding', 'u32'),
  ],
  [8],
);

/** `struct fuse_dirent`, 24 bytes and the name, padded to a multiple of 8. Fact: include/uapi/linux/fuse.h. */
export const dirent = struct('fuse_dirent', [
  ['ino', 'u64', 'inode number as readdir shows it'],
  ['off', 'u64', 'cookie of the next entry'],
  ['namelen', 'u32', 'bytes of the name'],
  ['type', 'u32', 'type of the node', direntTypes],
  ['name', flexible('char'), 'the name, without a NUL'],
]);

/** `struct fuse_direntplus`, 152 bytes and the name, padded to a multiple of 8. Fact: include/uapi/linux/fuse.h. */
export const direntplus = struct('fuse_direntplus', [
  ['entry_out', entryOut, 'what LOOKUP would answer'],
  ['dirent', dirent, 'the entry'],
]);

/** `struct fuse_ext_header`, 8 bytes: an extension at the end of a request. Fact: include/uapi/linux/fuse.h. */
export const extHeader = struct('fuse_ext_header', [
  ['size', 'u32', 'bytes of the extension, this header included'],
  ['type', 'u32', 'up to 31: so many security contexts; 32: groups'],
]);

/** `struct fuse_secctx_header`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const secctxHeader = struct('fuse_secctx_header', [
  ['size', 'u32', 'bytes of all contexts, this header included'],
  ['nr_secctx', 'u32', 'how many contexts follow'],
]);

/** `struct fuse_secctx`, 8 bytes; its name with a NUL and its value follow. Fact: include/uapi/linux/fuse.h. */
export const secctx = struct('fuse_secctx', [['size', 'u32', 'bytes of the value'], unused('padding', 'u32')]);

/** `struct fuse_backing_map`, 16 bytes: argument of the BACKING_OPEN ioctl. Fact: include/uapi/linux/fuse.h. */
export const backingMap = struct('fuse_backing_map', [
  ['fd', 's32', 'descriptor of the backing file'],
  ['flags', 'u32', 'what it is for', hexadecimal],
  unused('padding', 'u64'),
]);
