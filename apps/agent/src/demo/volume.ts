import type { Change } from './change.ts';
import { changesOf, saveTraits } from './change.ts';
import { FreeSpace } from './free-space.ts';
import { InodeNumbers } from './inode-numbers.ts';
import { isDirectory, isFile } from './inode.ts';
import type { DirectoryInode, FileInode, Inode, Traits } from './inode.ts';
import { doChange } from './steps.ts';

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
 * The state of the filesystem: inodes, names, free space. What is durable of it changes by `apply` alone; traits are set in place and
 * written down once a commit, since a busy file has its times changed far more often than its blocks.
 */
export class Volume {
  readonly geometry: Geometry;
  readonly inodes = new Map<number, Inode>();
  readonly numbers = new InodeNumbers();
  readonly spaces: readonly FreeSpace[];
  /** Blocks promised to delayed writes. */
  reserved = 0;
  /** Changes since the last commit; undefined where nothing is kept. */
  #noted: Change[] | undefined;
  readonly #touched = new Set<Inode>();

  constructor(geometry: Geometry) {
    this.geometry = geometry;
    this.spaces = Array.from({ length: geometry.devices }, () => new FreeSpace(geometry.reservedBlocks, geometry.deviceBlocks));
  }

  /** Does a change, and notes it. Throws where it can not be: that is a bug, or damaged metadata, never an answer. */
  apply(change: Change): void {
    doChange(this, change);
    this.#noted?.push(change);
  }

  set(inode: Inode, traits: Partial<Traits>): void {
    Object.assign(inode, traits);
    if (this.#noted) this.#touched.add(inode);
  }

  /** What was saved has been applied, life begins. Where `notes`, changes are noted for a journal from now on. */
  begin(notes: boolean): void {
    this.numbers.settle((ino) => this.inodes.has(ino));
    this.#touched.clear();
    this.#noted = notes ? [] : undefined;
    this.committed();
  }

  get pendingChanges(): number {
    return (this.#noted?.length ?? 0) + this.#touched.size;
  }

  /** What to write down: the changes in order, then the present traits of inodes that were touched. */
  pending(): Change[] {
    const touched = [...this.#touched].filter((inode) => this.inodes.get(inode.ino) === inode);
    return [...(this.#noted ?? []), ...touched.map((inode): Change => ({ do: 'set', ino: inode.ino, traits: saveTraits(inode) }))];
  }

  /** `pending` is durable: blocks that were given back may be used again. */
  committed(): void {
    if (this.#noted) this.#noted = [];
    this.#touched.clear();
    for (const space of this.spaces) space.letGo();
  }

  /** All that rebuilds this volume from an empty one. */
  *checkpoint(): Generator<Change> {
    yield { do: 'count', generation: this.numbers.generation };
    for (const inode of this.inodes.values()) yield* changesOf(inode);
    for (const inode of this.inodes.values())
      if (isDirectory(inode)) for (const { name, ino } of inode.body.names.names()) yield { do: 'enter', dir: inode.ino, name, ino };
  }

  /** Blocks that a new write may still get. */
  get available(): number {
    return this.spaces.reduce((sum, space) => sum + space.free + space.held, 0) - this.reserved;
  }

  /** Blocks given back since the last commit. */
  get held(): number {
    return this.spaces.reduce((sum, space) => sum + space.held, 0);
  }

  /** Space for a delayed write of [from, to); the caller knows that there is enough. */
  reserve({ body }: FileInode, from: number, to: number): void {
    const before = body.delayed.blocks;
    body.delayed.paint(from, to, true);
    this.reserved += body.delayed.blocks - before;
  }

  unreserve({ body }: FileInode, from: number, to: number): void {
    const before = body.delayed.blocks;
    body.delayed.erase(from, to);
    this.reserved += body.delayed.blocks - before;
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

  space(device: number): FreeSpace {
    const space = this.spaces[device];
    if (!space) throw new Error(`there is no device ${device}`);
    return space;
  }
}
