import { entryOut } from './classic-inode.ts';
import { struct } from './struct.ts';

/** `struct fuse_mknod_in`, 16 bytes. Fact: include/uapi/linux/fuse.h. */
export const mknodIn = struct('fuse_mknod_in', [
  ['mode', 'u32'],
  ['rdev', 'u32'],
  ['umask', 'u32'],
  ['padding', 'u32', 'then name NUL'],
]);

/** `struct fuse_mkdir_in`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const mkdirIn = struct('fuse_mkdir_in', [
  ['mode', 'u32'],
  ['umask', 'u32', 'then name NUL'],
]);

/** `struct fuse_rename_in`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const renameIn = struct('fuse_rename_in', [['newdir', 'u64', 'then old NUL new NUL']]);

/** `struct fuse_rename2_in`, 16 bytes. Fact: include/uapi/linux/fuse.h. */
export const rename2In = struct('fuse_rename2_in', [
  ['newdir', 'u64'],
  ['flags', 'u32'],
  ['padding', 'u32', 'then old NUL new NUL'],
]);

/** `struct fuse_link_in`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const linkIn = struct('fuse_link_in', [['oldnodeid', 'u64', 'then name NUL']]);

/** `struct fuse_getxattr_in`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const getxattrIn = struct('fuse_getxattr_in', [
  ['size', 'u32', '0 = ask for the size; also LISTXATTR and (seed) GET_FMAP'],
  ['padding', 'u32', 'GETXATTR: then name NUL'],
]);

/** `struct fuse_getxattr_out`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const getxattrOut = struct('fuse_getxattr_out', [
  ['size', 'u32'],
  ['padding', 'u32'],
]);

/** `struct fuse_setxattr_in`, 16 bytes. Fact: include/uapi/linux/fuse.h. */
export const setxattrIn = struct('fuse_setxattr_in', [
  ['size', 'u32'],
  ['flags', 'u32'],
  ['setxattr_flags', 'u32', 'only with INIT bit 29; else struct is 8 bytes'],
  ['padding', 'u32', 'then name NUL, then value'],
]);

/** `struct fuse_dirent`, 24 bytes. Fact: include/uapi/linux/fuse.h. */
export const dirent = struct('fuse_dirent', [
  ['ino', 'u64'],
  ['off', 'u64', 'cookie of the NEXT entry'],
  ['namelen', 'u32', 'without NUL'],
  ['type', 'u32', 'DT_ value (mode >> 12)'],
]);

/** `struct fuse_direntplus`, 152 bytes. Fact: include/uapi/linux/fuse.h. */
export const direntplus = struct('fuse_direntplus', [
  ['entry_out', entryOut],
  ['dirent', dirent],
]);

/** `struct fuse_ext_header`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const extHeader = struct('fuse_ext_header', [
  ['size', 'u32'],
  ['type', 'u32', '<=31: security contexts; 32: groups'],
]);

/** `struct fuse_secctx_header`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const secctxHeader = struct('fuse_secctx_header', [
  ['size', 'u32'],
  ['nr_secctx', 'u32'],
]);

/** `struct fuse_secctx`, 8 bytes. Fact: include/uapi/linux/fuse.h. */
export const secctx = struct('fuse_secctx', [
  ['size', 'u32'],
  ['padding', 'u32'],
]);

/** `struct fuse_backing_map`, 16 bytes. Fact: include/uapi/linux/fuse.h. */
export const backingMap = struct('fuse_backing_map', [
  ['fd', 's32'],
  ['flags', 'u32'],
  ['padding', 'u64'],
]);
