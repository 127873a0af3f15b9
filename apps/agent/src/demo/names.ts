import type { Caller } from '@mapscope/fuse';
import { Errno, Rename2Flag } from '@mapscope/shared/wire';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, S_ISGID } from '@mapscope/shared/units';
import { saveBytes, saveTraits } from './change.ts';
import { isDirectory } from './inode.ts';
import type { DirectoryInode, Inode } from './inode.ts';
import type { Store } from './store.ts';
import { MAX_INODES, ROOT } from './volume.ts';

export const NAME_BYTES = 255;
const TARGET_BYTES = 4095;

/** A name as the directory keeps it: one character a byte. */
export const nameOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
export const bytesOf = (name: string): Uint8Array => new Uint8Array(Buffer.from(name, 'latin1'));

/** What is to be made, besides its name. */
export interface Maker {
  readonly mode: number;
  readonly rdev?: number;
  readonly target?: Uint8Array;
  readonly caller: Pick<Caller, 'uid' | 'gid'>;
}

export function find(dir: Inode, name: Uint8Array): string | number {
  if (!isDirectory(dir)) return -Errno.ENOTDIR;
  if (name.length > NAME_BYTES) return -Errno.ENAMETOOLONG;
  return nameOf(name);
}

/** A new inode of any kind under a name. The kernel has taken the umask off the mode. */
export function make(
  { volume, now }: Pick<Store, 'volume' | 'now'>,
  dir: Inode,
  bytes: Uint8Array,
  { mode, rdev = 0, target, caller }: Maker,
): Inode | number {
  const name = newName(dir, bytes);
  if (typeof name === 'number') return name;
  if (target && (target.length > TARGET_BYTES || target.length === 0)) return target.length === 0 ? -Errno.ENOENT : -Errno.ENAMETOOLONG;
  if (volume.inodes.size >= MAX_INODES) return -Errno.ENOSPC;
  // A directory with setgid hands its group down, and the bit to directories: the kernel leaves that to a FUSE server.
  const inherits = (dir.mode & S_ISGID) !== 0,
    isDir = (mode & S_IFMT) === S_IFDIR,
    at = now();
  const traits = saveTraits({
    mode: inherits && isDir ? mode | S_ISGID : mode,
    uid: caller.uid,
    gid: inherits ? dir.gid : caller.gid,
    size: BigInt(target?.length ?? 0),
    atimeNs: at,
    mtimeNs: at,
    ctimeNs: at,
    layout: dir.layout,
  });
  const { next } = volume.numbers;
  volume.apply({ do: 'make', ...next, traits, ...(rdev !== 0 && { rdev }), ...(target && { target: saveBytes(target) }) });
  enter(volume, dir, name, next.ino, at);
  return volume.inode(next.ino);
}

export const modeOf = { file: S_IFREG, directory: S_IFDIR, symlink: S_IFLNK };

export function link({ volume, now }: Store, inode: Inode, dir: Inode, bytes: Uint8Array): number {
  if (isDirectory(inode)) return -Errno.EPERM;
  const name = newName(dir, bytes),
    at = now();
  if (typeof name === 'number') return name;
  enter(volume, dir, name, inode.ino, at);
  volume.set(inode, { ctimeNs: at });
  return 0;
}

export function unlink(store: Store, dir: Inode, bytes: Uint8Array): number {
  const name = find(dir, bytes);
  if (typeof name === 'number') return name;
  const inode = child(store, dir, name);
  if (!inode) return -Errno.ENOENT;
  if (isDirectory(inode)) return -Errno.EISDIR;
  leave(store, dir, name, store.now());
  return 0;
}

export function rmdir(store: Store, dir: Inode, bytes: Uint8Array): number {
  const name = find(dir, bytes);
  if (typeof name === 'number') return name;
  const inode = child(store, dir, name);
  if (!inode) return -Errno.ENOENT;
  if (!isDirectory(inode)) return -Errno.ENOTDIR;
  if (inode.body.names.size > 0) return -Errno.ENOTEMPTY;
  leave(store, dir, name, store.now());
  return 0;
}

/** rename(2), renameat2(2) with NOREPLACE or EXCHANGE. All of it is one commit, or none. */
export function rename(store: Store, from: Inode, oldBytes: Uint8Array, to: Inode, newBytes: Uint8Array, flags: number): number {
  if (flags & ~(Rename2Flag.NOREPLACE | Rename2Flag.EXCHANGE) || flags === (Rename2Flag.NOREPLACE | Rename2Flag.EXCHANGE))
    return -Errno.EINVAL;
  const oldName = find(from, oldBytes),
    name = find(to, newBytes);
  if (typeof oldName === 'number') return oldName;
  if (typeof name === 'number') return name;
  const moved = child(store, from, oldName),
    there = child(store, to, name),
    isExchange = flags === Rename2Flag.EXCHANGE;
  if (!moved || (isExchange && !there)) return -Errno.ENOENT;
  if (there && flags === Rename2Flag.NOREPLACE) return -Errno.EEXIST;
  if (moved === there) return 0;
  if (isAbove(store, moved, to) || (isExchange && isAbove(store, there!, from))) return -Errno.EINVAL;
  const refused = there && !isExchange ? mayReplace(moved, there) : 0;
  if (refused < 0) return refused;

  const { volume } = store,
    at = store.now();
  if (there) leave(store, to, name, at, isExchange);
  leave(store, from, oldName, at, true);
  enter(volume, to, name, moved.ino, at);
  volume.set(moved, { ctimeNs: at });
  if (there && isExchange) {
    enter(volume, from, oldName, there.ino, at);
    volume.set(there, { ctimeNs: at });
  }
  return 0;
}

/** An inode that nobody names and the kernel does not know goes, with its blocks. */
export function dropIfGone({ volume }: Pick<Store, 'volume'>, inode: Inode): void {
  const isNamed = inode.ino === ROOT || inode.nlink > (isDirectory(inode) ? 1 : 0);
  if (!isNamed && !inode.isReferenced) volume.apply({ do: 'drop', ino: inode.ino });
}

function newName(dir: Inode, bytes: Uint8Array): string | number {
  const name = find(dir, bytes);
  if (typeof name === 'number') return name;
  if ((dir as DirectoryInode).body.names.find(name)) return -Errno.EEXIST;
  // A directory that was removed while somebody stands in it takes no names any more.
  return dir.ino !== ROOT && dir.nlink < 2 ? -Errno.ENOENT : name;
}

export function child({ volume }: Pick<Store, 'volume'>, dir: Inode, name: string): Inode | undefined {
  const slot = isDirectory(dir) ? dir.body.names.find(name) : undefined;
  return slot && volume.inode(slot.ino);
}

function enter(volume: Store['volume'], dir: Inode, name: string, ino: number, at: bigint): void {
  volume.apply({ do: 'enter', dir: dir.ino, name, ino });
  volume.set(dir, { mtimeNs: at, ctimeNs: at });
}

/** `stays`: it gets another name at once. */
function leave(store: Store, dir: Inode, name: string, at: bigint, stays = false): void {
  const inode = child(store, dir, name)!,
    { volume } = store;
  volume.apply({ do: 'leave', dir: dir.ino, name });
  volume.set(dir, { mtimeNs: at, ctimeNs: at });
  volume.set(inode, { ctimeNs: at });
  if (!stays) dropIfGone(store, inode);
}

function mayReplace(moved: Inode, there: Inode): number {
  if (isDirectory(there)) {
    if (!isDirectory(moved)) return -Errno.EISDIR;
    return there.body.names.size > 0 ? -Errno.ENOTEMPTY : 0;
  }
  return isDirectory(moved) ? -Errno.ENOTDIR : 0;
}

/** Whether `inode` is `dir` or a directory above it. */
function isAbove({ volume }: Store, inode: Inode, dir: Inode): boolean {
  if (!isDirectory(inode)) return false;
  for (let at = dir; ;) {
    if (at === inode) return true;
    if (at.ino === ROOT || !isDirectory(at)) return false;
    at = volume.inode(at.body.names.parent);
  }
}
