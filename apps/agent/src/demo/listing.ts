import type { DirectoryEntry, ListedFile } from '@mapscope/fuse';
import { attributesOf, entryOf } from './attributes.ts';
import { isDirectory } from './inode.ts';
import type { DirectoryInode } from './inode.ts';
import { bytesOf } from './names.ts';
import type { Volume } from './volume.ts';
import { ROOT } from './volume.ts';

/** `mode >> 12` is the DT_ value. */
const typeOf = (mode: number): number => (mode >> 12) & 0xf;

/**
 * The entries from a cookie on; a cookie is the slot where to go on (0 is "."). Walked while names come and go: what is yielded is what
 * stands at that moment.
 */
export function* entries(volume: Volume, dir: DirectoryInode, cookie: bigint, plus: boolean): Generator<DirectoryEntry> {
  const { names } = dir.body,
    { blockSize } = volume.geometry;
  const dot = (name: string, ino: number, next: bigint): DirectoryEntry => ({
    name: bytesOf(name),
    ino: BigInt(ino),
    type: typeOf(dir.mode),
    next,
  });
  if (cookie <= 0n) yield dot('.', dir.ino, 1n);
  if (cookie <= 1n) yield dot('..', names.parent, 2n);
  for (let slot = names.from(Math.max(2, Number(cookie))); slot; slot = names.from(slot.slot + 1)) {
    const inode = volume.inode(slot.ino);
    const entry = { name: bytesOf(slot.name), ino: BigInt(slot.ino), type: typeOf(inode.mode), next: BigInt(slot.slot + 1) };
    yield plus ? { ...entry, entry: entryOf(inode, blockSize) } : entry;
  }
}

/** Everything that has a name, once for each name, directories before what is in them; paths are relative to the root, which is empty. */
export function* listAll(volume: Volume): Generator<ListedFile> {
  const { blockSize } = volume.geometry;
  const waiting: { path: string; ino: number }[] = [{ path: '', ino: ROOT }];
  for (let at = waiting.pop(); at; at = waiting.pop()) {
    const inode = volume.inode(at.ino),
      prefix = at.path === '' ? '' : `${at.path}/`;
    yield {
      node: BigInt(at.ino),
      generation: BigInt(inode.generation),
      attributes: attributesOf(inode, blockSize),
      path: bytesOf(at.path),
    };
    if (isDirectory(inode)) for (const { name, ino } of inode.body.names.names()) waiting.push({ path: prefix + name, ino });
  }
}
