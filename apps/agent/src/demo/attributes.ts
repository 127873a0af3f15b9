import type { Attributes, Changes, Entry } from '@mapscope/fuse';
import { isFile } from './inode.ts';
import type { Inode, Traits } from './inode.ts';
import { setSize } from './resize.ts';
import type { Store } from './store.ts';
import { Errno } from '@mapscope/shared/wire';
import { S_IFMT } from '@mapscope/shared/units';

/** Of `st_blocks`. */
const UNIT = 512;

export function attributesOf(inode: Inode, blockSize: number): Attributes {
  // What is promised counts, so that `du` does not jump at writeback.
  const blocks = isFile(inode) ? inode.body.map.blocks + inode.body.delayed.blocks : 0;
  const { size, atimeNs, mtimeNs, ctimeNs, mode, nlink, uid, gid, rdev } = inode;
  return {
    ino: BigInt(inode.ino),
    size,
    blocks: BigInt((blocks * blockSize) / UNIT),
    atimeNs,
    mtimeNs,
    ctimeNs,
    mode,
    nlink,
    uid,
    gid,
    rdev,
    blockSize,
  };
}

/** The answer that makes the kernel know an inode: nodeid and inode number are one. */
export function entryOf(inode: Inode, blockSize: number): Entry {
  inode.isReferenced = true;
  return { node: BigInt(inode.ino), generation: BigInt(inode.generation), attributes: attributesOf(inode, blockSize) };
}

/** chmod, chown, truncate, utimens: 0 or a negative errno. A size that can not be had changes nothing. */
export function setAttributes(store: Store, inode: Inode, changes: Changes): number {
  const now = store.now(),
    time = (at: bigint | 'now'): bigint => (at === 'now' ? now : at);
  const traits: Partial<Traits> = { ctimeNs: changes.ctimeNs ?? now };
  if (changes.size !== undefined) {
    if (!isFile(inode)) return -Errno.EINVAL;
    const failed = setSize(store, inode, changes.size);
    if (failed < 0) return failed;
    traits.mtimeNs = now;
  }
  if (changes.mode !== undefined) traits.mode = (inode.mode & S_IFMT) | (changes.mode & ~S_IFMT);
  if (changes.uid !== undefined) traits.uid = changes.uid;
  if (changes.gid !== undefined) traits.gid = changes.gid;
  if (changes.atimeNs !== undefined) traits.atimeNs = time(changes.atimeNs);
  if (changes.mtimeNs !== undefined) traits.mtimeNs = time(changes.mtimeNs);
  store.volume.set(inode, traits);
  return 0;
}
