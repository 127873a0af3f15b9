import { hexOf, isSameBytes } from '../wire/index.ts';
import { Inode } from './inode.ts';
import type { FindByFsid, FindVolume, Volume } from './volume.ts';

/**
 * The stream's number of the inode `ino` on the device `dev` (kernel encoding: major << 20 | minor); `root` is its subvolume's on btrfs, where inode
 * numbers are of one, and 0n where the event names none. 0: not introduced yet, perhaps a moment too early; -1: nobody asked for it, or it may be
 * one of several.
 */
export type Identify = (dev: number, ino: bigint, root: bigint) => number;

/** Inodes that a deriver remembers at most; the eldest goes, and what was remembered of it. */
const MOST = 1 << 17;

/** The inodes that records are about, as far as somebody asked for them. */
export class Inodes {
  /** Number of the record that is being read: an inode's number is asked for once in each. */
  record = 0;
  private readonly identify: Identify;
  private readonly findVolume: FindVolume;
  private readonly volumes = new Map<number, Volume | undefined>();
  private readonly bdis = new Map<number, number>();
  private readonly findBdi: FindVolume;
  private readonly findFsid: FindByFsid;
  private fsid: Uint8Array = new Uint8Array(0);
  private dev: number | undefined;
  private readonly known = new Map<string | bigint, Inode>();
  private last: Inode | undefined;

  private readonly tells: (volume: Volume) => boolean;

  /** `tells`: whether the records say each change of a map on that volume. */
  constructor(identify: Identify, findVolume: FindVolume, findBdi: FindVolume, findFsid: FindByFsid, tells: (volume: Volume) => boolean) {
    this.tells = tells;
    this.findFsid = findFsid;
    this.findBdi = findBdi;
    this.identify = identify;
    this.findVolume = findVolume;
  }

  volume(dev: number): Volume | undefined {
    const known = this.volumes.get(dev);
    if (known || this.volumes.has(dev)) return known;
    const found = this.findVolume(dev);
    this.volumes.set(dev, found);
    return found;
  }

  /** undefined: nobody asked for it. */
  find(dev: number, ino: bigint, root = 0n): Inode | undefined {
    const { last } = this;
    if (last !== undefined && last.ino === ino && last.volume.dev === dev && last.root === root) return this.check(last);
    const key = inodeKey(dev, ino, root),
      known = this.known.get(key);
    if (known) {
      this.last = known;
      return this.check(known);
    }
    const volume = this.volume(dev),
      number = volume ? this.identify(dev, ino, root) : -1;
    if (!volume || number < 0) return undefined;
    const inode = new Inode(volume, this.tells(volume), ino, root, number);
    inode.askedAt = this.record;
    if (this.known.size >= MOST) for (const [eldest] of this.known) if (this.known.delete(eldest)) break;
    this.known.set(key, inode);
    this.last = inode;
    return inode;
  }

  /** By the device that a backing device's name gives. */
  findByBdi(bdi: number, ino: bigint): Inode | undefined {
    let dev = this.bdis.get(bdi);
    if (dev === undefined) this.bdis.set(bdi, (dev = this.findBdi(bdi)?.dev ?? 0));
    return dev === 0 ? undefined : this.find(dev, ino);
  }

  /** By the identity of a btrfs, 16 bytes. One that repeats is looked up once. */
  findByFsid(fsid: Uint8Array, ino: bigint, root: bigint): Inode | undefined {
    const dev = this.devOfFsid(fsid);
    return dev === undefined ? undefined : this.find(dev, ino, root);
  }

  /** dev_t of the btrfs with this identity; undefined: nobody asked for it. */
  devOfFsid(fsid: Uint8Array): number | undefined {
    if (!isSameBytes(fsid, this.fsid)) {
      this.fsid = fsid.slice();
      this.dev = this.findFsid(hexOf(fsid))?.dev;
    }
    return this.dev;
  }

  /** Inodes remembered now. */
  all(): Iterable<Inode> {
    return this.known.values();
  }

  /** The stream's number of an inode now, for rows that wait for it. */
  ask(inode: Inode): number {
    return this.identify(inode.volume.dev, inode.ino, inode.root);
  }

  /** The number may have changed: introduced by now, or given to another file. */
  private check(inode: Inode): Inode | undefined {
    if (inode.askedAt === this.record) return inode;
    inode.askedAt = this.record;
    const number = this.ask(inode);
    if (number !== inode.number) {
      // Another file: nothing of what was known of the one before holds.
      if (inode.number > 0) inode.forget();
      if (number < 0) {
        this.known.delete(inodeKey(inode.volume.dev, inode.ino, inode.root));
        this.last = undefined;
        return undefined;
      }
      inode.number = number;
    }
    return inode;
  }
}

/** An inode as the key of a map. A dev_t has 32 bits; most inode numbers have less than 96. */
export const inodeKey = (dev: number, ino: bigint, root: bigint): string | bigint =>
  root === 0n ? (ino << 32n) | BigInt(dev) : `${dev}:${root}:${ino}`;
