import { type Hears, type Identify, inodeKey } from '@mapscope/shared/derive';
import { Departure } from '@mapscope/shared/trace';
import { ceilTo, U64_MAX } from '@mapscope/shared/units';
import { type FileIdentity, isAtOrBelow, pageSize } from '../../host/index.ts';
import { Folders } from './folders.ts';
import { pathOf, textOf } from './path-text.ts';
import type { Was } from './paths.ts';
import type { Telling, Told } from './telling.ts';
import type { Volumes, WatchedVolume } from './volumes.ts';

/** A file that is watched. */
export interface WatchedFile extends Told {
  readonly volume: WatchedVolume;
  /** st_dev, as `stat` has it. */
  readonly statDev: bigint;
  /** It is still found at its path. */
  readonly isNamed: boolean;
  /** When its size was asked for: what events say of before is older. CLOCK_MONOTONIC, nanoseconds. */
  readonly measured: bigint;
}
type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Known = Mutable<WatchedFile> & {
  /** All paths at which it is found, as text: it may have several links. */
  readonly names: Set<string>;
  /** When it was met, open: what events say of its number before is not of its end. CLOCK_MONOTONIC, nanoseconds. */
  readonly met: bigint;
  /** When it was last told what it is. */
  told: bigint;
};

const PAGE = BigInt(pageSize());
/** Numbers of inodes that no session introduces begin here. */
const FIRST = 0x8000_0000;
/** Files that are watched at most. */
export const MOST_FILES = 10_000;
/** A new inode gets a name within so many of our ticks, or it is none of ours: time in which we could not run is time in which no name was heard of. */
const NAMELESS_TICKS = 400;
/** New inodes of which it is not known whose they are. */
const MOST_NAMELESS = 4096;

/** A new inode that has no name yet. */
interface Unnamed {
  readonly inode: number;
  /** The tick it was heard of. */
  readonly tick: number;
  /** It may have been there before, or not all was heard of it since. */
  isSuspect: boolean;
}

/**
 * Which inodes are watched, by what tracepoints call them. New inodes in a watched folder, or in one of which nobody tells, are believed to be ours until it is clear that
 * they are not: their name comes by another way than their first events.
 */
export class WatchedFiles implements Hears {
  private readonly volumes: Volumes;
  /** Rows of now, and rows of the time of a record. */
  private readonly now: Telling;
  private readonly past: Telling;
  private readonly horizon: () => bigint;
  private readonly byKey = new Map<string | bigint, Known>();
  private readonly byInode = new Map<number, Known>();
  /** Most records are about the inode of the one before. */
  private last: Known | undefined;
  private readonly byPath = new Map<string, Known>();
  private readonly folders = new Folders();
  private readonly unnamed = new Map<string | bigint, Unnamed>();
  private next = FIRST;
  private ticks = 0;
  /** dev_t of filesystems with a watched folder; of these, FUSE mounts. */
  private readonly withFolders = new Set<number>();
  private readonly servedFolders = new Set<number>();
  /** Inodes of FUSE mounts that got no name among ours. */
  private readonly strangers = new Set<string | bigint>();

  /** `past`: for rows that happened when a record says. `horizon`: the time that all records have passed. */
  constructor(volumes: Volumes, now: Telling, past: Telling, horizon: () => bigint) {
    this.horizon = horizon;
    this.volumes = volumes;
    this.now = now;
    this.past = past;
  }

  all(): Iterable<WatchedFile> {
    return this.byInode.values();
  }

  find(inode: number): WatchedFile | undefined {
    return this.byInode.get(inode);
  }

  /** New files of this filesystem may be ours. */
  hasFolder({ traced: { dev, filesystem } }: WatchedVolume): void {
    this.withFolders.add(dev);
    if (filesystem === 'fuse') this.servedFolders.add(dev);
  }

  /** New files in this folder of a filesystem are ours. */
  enters(dev: number, ino: bigint): void {
    this.folders.enter(dev, ino);
  }

  /** New files of the filesystem with this dev_t may be ours. */
  watchesFolders(dev: number): boolean {
    return this.withFolders.has(dev);
  }

  /** Whether this very file is known by its number. */
  knows({ filesystem, ino, root, generation }: FileIdentity): boolean {
    return this.byKey.get(inodeKey(this.volumes.of(filesystem).traced.dev, ino, root))?.generation === generation;
  }

  /** The file that was last found at this path. */
  at(path: Uint8Array): WatchedFile | undefined {
    return this.byPath.get(textOf(path));
  }

  readonly identify: Identify = (dev, ino, root) => {
    const { last } = this;
    if (last?.ino === ino && last.root === root && last.volume.traced.dev === dev) return last.inode;
    const key = inodeKey(dev, ino, root),
      known = this.byKey.get(key);
    if (known) return (this.last = known).inode;
    return this.unnamed.get(key)?.inode ?? (this.servedFolders.has(dev) ? this.suspect(key) : -1);
  };

  /** On a FUSE mount no event tells of a birth: any file that is heard of may be one of ours whose name has not come yet. */
  private suspect(key: string | bigint): number {
    if (this.strangers.has(key) || this.unnamed.size >= MOST_NAMELESS || this.isFull) return -1;
    const inode = this.next++;
    this.unnamed.set(key, { inode, tick: this.ticks, isSuspect: true });
    // It may have been there before: only what is told from here on is known.
    this.past.unknownPages(inode, U64_MAX, this.horizon());
    return inode;
  }

  born(dev: number, ino: bigint, time: bigint, parent?: bigint): void {
    this.gone(dev, ino, time);
    if (!this.folders.born(dev, ino, parent)) return;
    // It was met before its birth was heard of.
    if (this.byKey.has(inodeKey(dev, ino, 0n))) return;
    if (!this.withFolders.has(dev) || this.unnamed.size >= MOST_NAMELESS || this.isFull) return;
    this.unnamed.set(inodeKey(dev, ino, 0n), { inode: this.next++, tick: this.ticks, isSuspect: false });
  }

  gone(dev: number, ino: bigint, time: bigint): void {
    const key = inodeKey(dev, ino, 0n),
      known = this.byKey.get(key),
      unnamed = this.unnamed.get(key);
    this.folders.gone(dev, ino);
    if (unnamed && this.unnamed.delete(key)) this.past.gone(unnamed.inode, time, Departure.nameless);
    if (known && time >= known.met) this.retire(key, known, this.past, time);
  }

  sized(inode: number, size: bigint, time: bigint): void {
    if (time >= (this.byInode.get(inode)?.measured ?? 0n)) this.resize(inode, size, this.past, time);
  }

  /** Its size, asked for at `at`. */
  resized(inode: number, size: bigint, at: bigint): void {
    const file = this.byInode.get(inode);
    if (file) file.measured = at;
    this.resize(inode, size, this.now);
  }

  get isFull(): boolean {
    return this.byInode.size + this.unnamed.size >= MOST_FILES;
  }

  /**
   * A regular file was found at a path, and asked at `at` what it is. Answers its number and whether not all is known of it, so that it must be looked at: not of one whose birth
   * was seen, and all since. undefined: there is no room for it.
   */
  meet(
    path: Uint8Array,
    identity: FileIdentity,
    statDev: bigint,
    at: bigint,
  ): { readonly inode: number; readonly isStrange: boolean } | undefined {
    const volume = this.volumes.of(identity.filesystem),
      { ino, root, generation } = identity,
      key = inodeKey(volume.traced.dev, ino, root),
      known = this.byKey.get(key);
    if (known && known.generation === generation) {
      this.rename(known, path, identity.size, at);
      return { inode: known.inode, isStrange: false };
    }
    if (known) this.retire(key, known, this.now);
    const unnamed = this.unnamed.get(key);
    this.unnamed.delete(key);
    this.strangers.delete(key);
    if (!unnamed && this.isFull) return undefined;
    const inode = unnamed?.inode ?? this.next++,
      { mode, size, blockSize } = identity,
      file: Known = {
        inode,
        ino,
        root,
        generation,
        device: volume.device,
        path,
        size,
        mode,
        blockSize,
        volume,
        statDev,
        isNamed: true,
        measured: at,
        met: at,
        told: at,
        names: new Set(),
      };
    this.byKey.set(key, file);
    this.byInode.set(inode, file);
    this.name(textOf(path), file);
    file.told = this.now.inode(file);
    const end = ceilTo(size, PAGE);
    if (!unnamed) this.now.unknownPages(inode, end);
    else if (unnamed.isSuspect) this.now.absentPages(inode, end);
    return { inode, isStrange: unnamed?.isSuspect ?? true };
  }

  /** Nothing is found at this path any more. */
  left(path: Uint8Array, { isFolder, isMoved }: Was): void {
    const text = textOf(path),
      file = this.byPath.get(text);
    if (file) return this.unname(text, file, isMoved);
    if (isFolder) for (const [each, found] of this.byPath) if (isAtOrBelow(each, text)) this.unname(each, found, isMoved);
  }

  private unname(path: string, file: Known, isMoved: boolean): void {
    const { filesystem, dev } = file.volume.traced,
      [other] = file.names.delete(path) ? file.names : [];
    this.byPath.delete(path);
    if (other !== undefined) return this.rename(file, pathOf(other), file.size, file.measured);
    // Somebody may still have it open. Where no event says that an inode is freed, its name is all there is.
    if (!isMoved && (filesystem === 'xfs' || filesystem === 'ext4')) file.isNamed = false;
    else this.retire(inodeKey(dev, file.ino, file.root), file, this.now);
  }

  /** It is found at this path, and no other file any more. */
  private name(path: string, file: Known): void {
    const before = this.byPath.get(path);
    if (before && before !== file) this.unname(path, before, false);
    this.byPath.set(path, file);
    file.names.add(path);
  }

  /** Events were lost: of new inodes without a name not all was heard. */
  lostSight(): void {
    for (const each of this.unnamed.values()) each.isSuspect = true;
  }

  /** A filesystem is gone: so are its files. */
  leave(volume: WatchedVolume): void {
    this.withFolders.delete(volume.traced.dev);
    this.servedFolders.delete(volume.traced.dev);
    for (const [key, file] of this.byKey) if (file.volume === volume) this.retire(key, file, this.now);
  }

  /** New inodes that got no name among ours are none of ours. Every tick. */
  forgetNameless(): void {
    this.ticks++;
    for (const [key, { inode, tick }] of this.unnamed) {
      if (this.ticks - tick < NAMELESS_TICKS) return;
      this.unnamed.delete(key);
      if (this.strangers.size < MOST_NAMELESS) this.strangers.add(key);
      this.now.gone(inode, undefined, Departure.nameless);
    }
  }

  private rename(file: Known, path: Uint8Array, size: bigint, at: bigint): void {
    const text = textOf(path),
      // By each of its links it is met again and again, and keeps the name that it has.
      isNew = !file.names.has(textOf(file.path)) || !file.names.has(text);
    if (!isNew && file.isNamed && file.size === size) return;
    this.name(text, file);
    if (isNew) file.path = path;
    file.isNamed = true;
    file.size = size;
    file.measured = at;
    file.told = this.now.inode(file);
  }

  private resize(inode: number, size: bigint, tell: Telling, at?: bigint): void {
    const file = this.byInode.get(inode);
    if (!file || file.size === size) return;
    file.size = size;
    file.told = tell.inode(file, at);
  }

  private retire(key: string | bigint, file: Known, tell: Telling, at?: bigint): void {
    this.byKey.delete(key);
    this.last = undefined;
    this.byInode.delete(file.inode);
    for (const path of file.names) this.byPath.delete(path);
    // What is told of a file that is gone brings it back: that was told of it since its end, which is heard of later than it happens, must come before.
    const isLate = at !== undefined && at < file.told;
    (isLate ? this.now : tell).gone(file.inode, isLate ? undefined : at);
  }
}
