import type { Change } from './change.ts';
import { changesOf, loadBytes, loadTraits, saveTraits } from './change.ts';
import { FreeSpace } from './free-space.ts';
import { emptyBody, isDirectory, isFile } from './inode.ts';
import type { DirectoryInode, FileInode, Inode, Traits } from './inode.ts';
import { OPEN_END } from './run-map.ts';

export const ROOT = 1;
/** `statfs` promises this many files, and more are refused. */
export const MAX_INODES = 1_000_000;

export interface Geometry {
  /** Bytes. */
  readonly blockSize: number;
  readonly devices: number;
  /** Blocks of each device, the reserved ones included. */
  readonly deviceBlocks: number;
  /** Blocks at the start of each device that belong to no file. */
  readonly reservedBlocks: number;
}

/**
 * The state of the filesystem: inodes, names, free space. What is durable of it changes by `apply` alone; `traits` are set in place and
 * written down once a commit, since a busy file has its times changed far more often than its blocks.
 */
export class Volume {
  readonly geometry: Geometry;
  readonly inodes = new Map<number, Inode>();
  readonly spaces: readonly FreeSpace[];
  /** Blocks promised to delayed writes. */
  reserved = 0;
  #generation = 0;
  #nextIno = ROOT;
  #freeInos: number[] = [];
  /** Where changes are noted until a commit; undefined where nothing is kept. */
  #pending: Change[] | undefined;
  readonly #touched = new Set<Inode>();

  constructor(geometry: Geometry) {
    this.geometry = geometry;
    this.spaces = Array.from({ length: geometry.devices }, () => new FreeSpace(geometry.reservedBlocks, geometry.deviceBlocks));
  }

  /**
   * What was saved has been applied, life begins: what is gone can be given again. Where `notes`, changes are collected for a journal
   * from now on.
   */
  begin(notes: boolean): void {
    this.#freeInos = [];
    for (let ino = this.#nextIno - 1; ino > ROOT; ino--) if (!this.inodes.has(ino)) this.#freeInos.push(ino);
    this.#touched.clear();
    this.#pending = notes ? [] : undefined;
    this.committed();
  }

  get pendingChanges(): number {
    return (this.#pending?.length ?? 0) + this.#touched.size;
  }

  /** What to write down: the changes in order, then the present traits of inodes that were touched. Noted until `committed`. */
  pending(): Change[] {
    const touched = [...this.#touched].filter((inode) => this.inodes.get(inode.ino) === inode);
    return [...(this.#pending ?? []), ...touched.map((inode): Change => ({ do: 'set', ino: inode.ino, traits: saveTraits(inode) }))];
  }

  /** `pending` is durable: blocks that were given back may be used again. */
  committed(): void {
    if (this.#pending) this.#pending = [];
    this.#touched.clear();
    for (const space of this.spaces) space.letGo();
  }

  /** Blocks given back since. */
  get held(): number {
    return this.spaces.reduce((sum, space) => sum + space.held, 0);
  }

  /** Blocks that a new write may still get. */
  get available(): number {
    return this.spaces.reduce((sum, space) => sum + space.free + space.held, 0) - this.reserved;
  }

  /** A number and generation for a new inode; undefined when there are too many. */
  nextInode(): { ino: number; generation: number } | undefined {
    if (this.inodes.size >= MAX_INODES) return undefined;
    return { ino: this.#freeInos.at(-1) ?? this.#nextIno, generation: this.#generation + 1 };
  }

  set(inode: Inode, traits: Partial<Traits>): void {
    Object.assign(inode, traits);
    if (this.#pending) this.#touched.add(inode);
  }

  /** Does a change, and notes it. Throws where it can not be: that is a bug, or damaged metadata, never an answer. */
  apply(change: Change): void {
    switch (change.do) {
      case 'make':
        this.#make(change);
        break;
      case 'set':
        Object.assign(this.inode(change.ino), this.#load(change.traits));
        break;
      case 'drop':
        this.#drop(this.inode(change.ino));
        break;
      case 'enter':
        this.#enter(this.directory(change.dir), change.name, this.inode(change.ino));
        break;
      case 'leave':
        this.#leave(this.directory(change.dir), change.name);
        break;
      case 'map': {
        const { body } = this.file(change.ino), { from, to, device, at } = change;
        if (body.inline || body.map.within(from, to).length > 0) throw new Error('the range is mapped already');
        this.#space(device).take(at, at + to - from);
        if (from < (body.map.run(body.map.length - 1)?.to ?? 0)) body.mapEpoch++;
        body.map.paint(from, to, { device, at, unwritten: !change.written });
        this.reserved -= this.#unreserve(body, from, to);
        break;
      }
      case 'unmap': {
        const { body } = this.file(change.ino);
        for (const { from, to, value } of body.map.within(change.from, change.to))
          this.#space(value.device).give(value.at, value.at + to - from);
        body.map.erase(change.from, change.to);
        body.mapEpoch++;
        break;
      }
      case 'written':
      case 'unwritten': {
        const { body } = this.file(change.ino), unwritten = change.do === 'unwritten';
        for (const { from, to, value } of body.map.within(change.from, change.to)) body.map.paint(from, to, { ...value, unwritten });
        break;
      }
      case 'inline':
        this.file(change.ino).body.inline = change.bytes === undefined ? undefined : loadBytes(change.bytes);
        break;
      case 'xattr':
        if (change.value === undefined) this.inode(change.ino).xattrs.delete(change.name);
        else this.inode(change.ino).xattrs.set(change.name, loadBytes(change.value));
        break;
      case 'count':
        this.#generation = Math.max(this.#generation, change.generation);
    }
    this.#pending?.push(change);
  }

  /** All that rebuilds this volume from an empty one. */
  *checkpoint(): Generator<Change> {
    yield { do: 'count', generation: this.#generation };
    for (const inode of this.inodes.values()) yield* changesOf(inode);
    for (const inode of this.inodes.values())
      if (isDirectory(inode)) for (const { name, ino } of inode.body.names.names()) yield { do: 'enter', dir: inode.ino, name, ino };
  }

  /** Space for a delayed write of [from, to); the caller knows that there is enough. */
  reserve(file: FileInode, from: number, to: number): void {
    file.body.delayed.paint(from, to, true);
    this.reserved += to - from;
  }

  unreserve(file: FileInode, from: number, to: number): void {
    this.reserved -= this.#unreserve(file.body, from, to);
  }

  inode(ino: number): Inode {
    const inode = this.inodes.get(ino);
    if (!inode) throw new Error(`there is no inode ${ino}`);
    return inode;
  }

  file(ino: number): FileInode {
    const inode = this.inode(ino);
    if (!isFile(inode)) throw new Error(`inode ${ino} is no regular file`);
    return inode;
  }

  directory(ino: number): DirectoryInode {
    const inode = this.inode(ino);
    if (!isDirectory(inode)) throw new Error(`inode ${ino} is no directory`);
    return inode;
  }

  #load(saved: Extract<Change, { do: 'set' }>['traits']): Traits {
    return loadTraits(saved, this.geometry.blockSize, this.geometry.devices);
  }

  #make({ ino, generation, rdev = 0, target, traits }: Extract<Change, { do: 'make' }>): void {
    if (this.inodes.has(ino)) throw new Error(`inode ${ino} is there already`);
    const loaded = this.#load(traits), body = emptyBody(loaded.mode, ROOT, target === undefined ? undefined : loadBytes(target));
    // "." names a directory, and ".." of the root does once more.
    const nlink = body.kind !== 'directory' ? 0 : ino === ROOT ? 2 : 1;
    this.inodes.set(ino, { ...loaded, ino, generation, rdev, nlink, body, xattrs: new Map(), isReferenced: false, changed: undefined });
    this.#generation = Math.max(this.#generation, generation);
    if (this.#freeInos.at(-1) === ino) this.#freeInos.pop();
    this.#nextIno = Math.max(this.#nextIno, ino + 1);
  }

  #drop(inode: Inode): void {
    if (isFile(inode)) {
      for (const { from, to, value } of inode.body.map) this.#space(value.device).give(value.at, value.at + to - from);
      this.unreserve(inode, 0, OPEN_END);
    }
    this.inodes.delete(inode.ino);
    this.#freeInos.push(inode.ino);
  }

  #enter(dir: DirectoryInode, name: string, inode: Inode): void {
    dir.body.names.enter(name, inode.ino);
    inode.nlink++;
    if (!isDirectory(inode)) return;
    inode.body.names.parent = dir.ino;
    dir.nlink++;
  }

  #leave(dir: DirectoryInode, name: string): void {
    const inode = this.inode(dir.body.names.find(name)?.ino ?? 0);
    dir.body.names.leave(name);
    inode.nlink--;
    if (isDirectory(inode)) dir.nlink--;
  }

  #space(device: number): FreeSpace {
    const space = this.spaces[device];
    if (!space) throw new Error(`there is no device ${device}`);
    return space;
  }

  #unreserve(body: FileInode['body'], from: number, to: number): number {
    const before = body.delayed.blocks;
    body.delayed.erase(from, to);
    return before - body.delayed.blocks;
  }
}
