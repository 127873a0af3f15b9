import { Errno } from '@mapscope/shared/wire';
import { saveBytes } from './change.ts';
import { isDirectory } from './inode.ts';
import type { Inode } from './inode.ts';
import { LAYOUT_XATTR, parseLayout, printLayout } from './layout.ts';
import { bytesOf, NAME_BYTES, nameOf } from './names.ts';
import type { Store } from './store.ts';

/** Of all values of an inode together: metadata is kept in memory. */
const MAX_BYTES = 64 * 1024;
const XATTR_CREATE = 1,
  XATTR_REPLACE = 2;

export function getXattr(inode: Inode, name: Uint8Array): Uint8Array | number {
  const key = nameOf(name);
  if (key === LAYOUT_XATTR) return bytesOf(printLayout(inode.layout));
  return inode.xattrs.get(key) ?? -Errno.ENODATA;
}

/** `user.mapscope.layout` of a directory sets what is made in it from now on; a file's layout was settled when it was made. */
export function setXattr(store: Store, inode: Inode, bytes: Uint8Array, value: Uint8Array, flags: number): number {
  const { volume } = store,
    name = nameOf(bytes),
    { geometry } = volume;
  if (name === LAYOUT_XATTR) {
    const layout = parseLayout(nameOf(value), geometry.blockSize, geometry.devices);
    if (!isDirectory(inode)) return -Errno.EOPNOTSUPP;
    if (!layout) return -Errno.EINVAL;
    volume.set(inode, { layout, ctimeNs: store.now() });
    return 0;
  }
  // ACLs would have to be obeyed, and the kernel was not told that they are.
  if (name.startsWith('system.')) return -Errno.EOPNOTSUPP;
  const old = inode.xattrs.get(name);
  if (bytes.length > NAME_BYTES) return -Errno.ERANGE;
  if (flags & XATTR_CREATE && old) return -Errno.EEXIST;
  if (flags & XATTR_REPLACE && !old) return -Errno.ENODATA;
  let total = value.length - (old?.length ?? 0);
  for (const other of inode.xattrs.values()) total += other.length;
  if (total > MAX_BYTES) return -Errno.ENOSPC;
  volume.apply({ do: 'xattr', ino: inode.ino, name, value: saveBytes(value) });
  volume.set(inode, { ctimeNs: store.now() });
  return 0;
}

export function listXattrs(inode: Inode): Uint8Array[] {
  // A file's layout can be asked for, but is not offered to those who copy what they find.
  return [...(isDirectory(inode) ? [LAYOUT_XATTR] : []), ...inode.xattrs.keys()].map(bytesOf);
}

export function removeXattr(store: Store, inode: Inode, bytes: Uint8Array): number {
  const name = nameOf(bytes);
  if (name === LAYOUT_XATTR) return -Errno.EPERM;
  if (!inode.xattrs.has(name)) return -Errno.ENODATA;
  store.volume.apply({ do: 'xattr', ino: inode.ino, name });
  store.volume.set(inode, { ctimeNs: store.now() });
  return 0;
}
