import { Where } from '../trace/index.ts';
import type { Mapping } from './claims.ts';
import type { Direct } from './directs.ts';
import type { Holes } from './holes.ts';
import type { Submission } from './ext4/submission.ts';
import type { Ioend } from './ioends.ts';
import type { Step } from './steps.ts';
import type { Reading } from './transfers.ts';
import type { Volume } from './volume.ts';

/** A mapping that was claimed last of an inode: the same again says nothing new. */
export interface Claimed extends Mapping {
  isSet: boolean;
  where: Where;
}

/** What a deriver remembers of an inode between two records. */
export class Inode {
  readonly volume: Volume;
  /** Its filesystem's own events tell each change of its map. */
  readonly tells: boolean;
  readonly ino: bigint;
  /** Root of a btrfs subvolume; 0 elsewhere. */
  readonly root: bigint;
  /** The stream's number; 0: not introduced yet. */
  number: number;
  /** The record at which that number was asked for. */
  askedAt = -1;
  /** It was read, written or mapped straight on persistent memory. */
  isDax = false;
  /** Counts what its filesystem told of changes of its map: a mapping that was got before one is old. */
  changes = 0;
  /** All of its map was told: it is new since the trace began. */
  isWhole = false;
  /** XFS: its filesystem told of something in its map whose place is not known, since nothing told how block numbers are packed. */
  lacksPlaces = false;
  /** Its large folios in the cache, by first page; see `Folios`. */
  readonly large = new Map<bigint, number>();
  /** Bytes whose folios were told to come, so that their sizes are known; undefined: all. What was cached before anybody told may lie in larger folios. */
  sized: Holes | undefined;
  /** Buffered writes and zeroings under way. */
  readonly writers: Step[] = [];
  /** Direct I/O under way. */
  readonly directs: Direct[] = [];
  /** Ioends that were not seen to end. */
  readonly ioends = new Set<Ioend>();
  /** ext4: those who write back pages of it. */
  readonly submitting = new Set<Submission>();
  /** Pages of it are under writeback; undefined: nobody has told. */
  isWritingBack: boolean | undefined;
  /** ext4: what is known to have been submitted since none was, and what of that is dirty again: a writeback that does not wait passes that by. */
  readonly inFlight: Holes = [];
  readonly overtaken: Holes = [];
  /** Reads into its cache under way. */
  readonly readings = new Set<Reading>();
  /** XFS: ranges of the data fork that wait for a place. */
  readonly delayed: Holes = [];
  readonly claimed: Claimed = { isSet: false, where: Where.everywhere, offset: 0n, length: 0n, addr: 0n, type: 0, flags: 0, device: 0 };

  constructor(volume: Volume, tells: boolean, ino: bigint, root: bigint, number: number) {
    this.volume = volume;
    this.tells = tells;
    this.ino = ino;
    this.root = root;
    this.number = number;
    this.sized = this.unsized();
  }

  /** Of no folio the size is known, but that those of FUSE have one page (live-facts 9). */
  private unsized(): Holes | undefined {
    return this.volume.filesystem === 'fuse' ? undefined : [];
  }

  /** No page of it is under writeback. */
  landed(): void {
    this.isWritingBack = false;
    this.inFlight.length = 0;
    this.overtaken.length = 0;
  }

  /** Something else was said of its map. */
  unclaim(): void {
    this.claimed.isSet = false;
  }

  /** Records were lost. */
  forget(): void {
    this.changes++;
    this.isWhole = false;
    this.large.clear();
    this.sized = this.unsized();
    this.writers.length = 0;
    this.directs.length = 0;
    this.ioends.clear();
    this.readings.clear();
    this.submitting.clear();
    this.landed();
    this.isWritingBack = undefined;
    this.delayed.length = 0;
    this.unclaim();
  }
}
