import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '@mapscope/shared/units';
import { Directory } from './directory.ts';
import type { Layout } from './layout.ts';
import { mark, RunMap } from './run-map.ts';
import type { Along } from './run-map.ts';

/** Where a block of a file is: device by index from 0, block on it, and whether its bytes count yet. */
export interface Place {
  readonly device: number;
  readonly at: number;
  readonly unwritten: boolean;
}

const places: Along<Place> = {
  advance: (p, by) => (by === 0 ? p : { ...p, at: p.at + by }),
  same: (a, b) => a.device === b.device && a.at === b.at && a.unwritten === b.unwritten,
};

/** What a regular file holds: a map of blocks, or at most INLINE_BYTES with the inode; never both. */
interface FileBody {
  readonly kind: 'file';
  readonly map: RunMap<Place>;
  /** Blocks with space reserved and no place chosen: their bytes are with the engine. Not durable, by their nature. */
  readonly delayed: RunMap<true>;
  /** Counts what changed the map other than by adding to its end: who has looked at it before may go on where they were. */
  mapEpoch: number;
  /** What is missing up to the size is zeroes, what lies past it does not count. */
  inline: Uint8Array | undefined;
}

export type Body =
  | FileBody
  | { readonly kind: 'directory'; readonly names: Directory }
  | { readonly kind: 'symlink'; readonly target: Uint8Array }
  | { readonly kind: 'special' };

/** What `set` may change, and what metadata on disk says of an inode besides its body. */
export interface Traits {
  mode: number;
  uid: number;
  gid: number;
  size: bigint;
  atimeNs: bigint;
  mtimeNs: bigint;
  ctimeNs: bigint;
  layout: Layout;
}

export interface Inode extends Traits {
  readonly ino: number;
  /** (ino, generation) is never given twice. */
  readonly generation: number;
  readonly rdev: number;
  nlink: number;
  readonly body: Body;
  readonly xattrs: Map<string, Uint8Array>;
  /** The kernel knows it: without a name it lives until it is forgotten. */
  isReferenced: boolean;
  /** Blocks whose mapping changed without a reply that said so, until somebody asks. */
  changed: { from: number; to: number } | undefined;
}

export type FileInode = Inode & { readonly body: FileBody };
export type DirectoryInode = Inode & { readonly body: { readonly kind: 'directory'; readonly names: Directory } };

/** Widen what `takeChanged` will answer. */
export function noteChanged(inode: Inode, from: number, to: number): void {
  if (from >= to) return;
  const { changed } = inode;
  inode.changed = changed ? { from: Math.min(changed.from, from), to: Math.max(changed.to, to) } : { from, to };
}

export const isFile = (inode: Inode): inode is FileInode => inode.body.kind === 'file';
export const isDirectory = (inode: Inode): inode is DirectoryInode => inode.body.kind === 'directory';

export function emptyBody(mode: number, parent: number, target: Uint8Array | undefined): Body {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return { kind: 'file', map: new RunMap(places), delayed: new RunMap(mark), mapEpoch: 0, inline: undefined };
    case S_IFDIR:
      return { kind: 'directory', names: new Directory(parent) };
    case S_IFLNK:
      return { kind: 'symlink', target: target ?? new Uint8Array() };
    default:
      return { kind: 'special' };
  }
}
