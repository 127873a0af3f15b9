import type { WatchedFile } from '../sources/pagecache/index.ts';
import { type Frame, heapOf, Introduction, Kind } from '@mapscope/shared/trace';
import { isRegular } from '@mapscope/shared/units';

/** Gone inodes that are still known: the page cache drops their pages behind their end. */
const KEEP_GONE = 4096;

/** The inodes that the session has introduced: what its stream calls them, and where they are. Nothing else may be looked at. */
export class KnownInodes {
  private readonly byIno = new Map<bigint, number>();
  private readonly inos = new Map<number, bigint>();
  private readonly files = new Map<number, WatchedFile>();
  /** Oldest first. */
  private readonly gone: number[] = [];

  /** Learns from a frame of the session. `again` is told of inodes that are not introduced for the first time, and whether they were known. */
  learn(frame: Frame, again: (inode: number, wasKnown: boolean) => void = () => undefined): void {
    for (let i = 0; i < frame.count; i++) {
      if (frame.kind[i] === Kind.inode) {
        const inode = frame.inode[i]!,
          wasKnown = this.inos.has(inode);
        this.introduce(frame, i);
        if (frame.role[i] !== Introduction.first) again(inode, wasKnown);
      } else if (frame.kind[i] === Kind.inodeGone) this.retire(frame.inode[i]!);
    }
  }

  /** The stream's number of the filesystem's inode; 0: not introduced. */
  numberOf(ino: bigint): number {
    return this.byIno.get(ino) ?? 0;
  }

  /** A regular file that exists. */
  file(inode: number): WatchedFile | undefined {
    return this.files.get(inode);
  }

  /** Regular files that exist. */
  regular(): Iterable<WatchedFile> {
    return this.files.values();
  }

  private introduce(frame: Frame, i: number): void {
    const inode = frame.inode[i]!,
      ino = frame.offset[i]!,
      path = heapOf(frame, i);
    this.byIno.set(ino, inode);
    this.inos.set(inode, ino);
    if (isRegular(frame.type[i]!) && path.length > 0) this.files.set(inode, { inode, ino, path: path.slice(), size: frame.length[i]! });
    else this.files.delete(inode);
  }

  private retire(inode: number): void {
    if (!this.inos.has(inode)) return;
    this.files.delete(inode);
    this.gone.push(inode);
    if (this.gone.length > KEEP_GONE) this.forget(this.gone.shift()!);
  }

  private forget(inode: number): void {
    const ino = this.inos.get(inode);
    this.inos.delete(inode);
    // Its number may have been given to another file.
    if (ino !== undefined && this.byIno.get(ino) === inode) this.byIno.delete(ino);
  }
}
