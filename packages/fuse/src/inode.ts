import { isRegular, S_IFDIR, S_IFMT } from '@mapscope/shared/units';
import type { Attributes } from './filesystem.ts';
import type { DirtyBlocks } from './engine/dirty-blocks.ts';
import type { SaidExtents } from './report/said-extents.ts';
import type { Soon } from './routine.ts';

/** One name of an inode: the directory it stands in, and the raw bytes. */
export interface Name {
  readonly parent: Inode;
  readonly bytes: Uint8Array;
}

/** Who may be told, while it waits for its turn, to give up. */
interface Waiter {
  interrupt: (() => void) | undefined;
}

/** What the session knows of one inode of the filesystem, from the first time it is seen until it is gone. */
export class Inode {
  readonly node: bigint;
  readonly generation: bigint;
  /** Number in the stream, never reused. */
  readonly number: number;
  ino: bigint;
  size: bigint;
  mode: number;
  /** Newest last; empty once unlinked. */
  names: Name[] = [];
  /** References of the kernel: what it looked up and has not forgotten. */
  lookups = 0n;
  opens = 0;
  isUnlinked = false;
  /** Blocks written to DELALLOC, kept here until they get a place. */
  dirty: DirtyBlocks | undefined;
  /** What a lost writeback is owed: told to the next fsync or flush, once. */
  lostErrno = 0;
  /** Extents already said, so that a read of a known place adds no row. */
  said: SaidExtents | undefined;
  /** Something of it waited for a place once. */
  wasPending = false;
  /** Text of the layout that was published last; undefined: never asked. */
  layout: string | undefined;
  /** Size or map changed since the layout was looked at. */
  isLayoutStale = false;
  private isTaken = false;
  private readonly line: ((isMyTurn: boolean) => void)[] = [];

  constructor(node: bigint, generation: bigint, number: number, attributes: Attributes) {
    this.node = node;
    this.generation = generation;
    this.number = number;
    this.ino = attributes.ino;
    this.size = attributes.size;
    this.mode = attributes.mode;
  }

  get isRegular(): boolean {
    return isRegular(this.mode);
  }

  get isDirectory(): boolean {
    return (this.mode & S_IFMT) === S_IFDIR;
  }

  /**
   * Data requests of one inode follow one another, in the order they came; only an asynchronous filesystem ever makes one wait.
   * Answers false when the one who waits was interrupted: then nothing was taken.
   */
  takeTurn(waiter?: Waiter): Soon<boolean> {
    if (this.isTaken) return this.standInLine(waiter);
    this.isTaken = true;
    return true;
  }

  private standInLine(waiter: Waiter | undefined): Promise<boolean> {
    return new Promise<boolean>((resolve) => {
      this.line.push(resolve);
      if (!waiter) return;
      waiter.interrupt = () => {
        const i = this.line.indexOf(resolve);
        if (i < 0) return;
        this.line.splice(i, 1);
        resolve(false);
      };
    });
  }

  /** End the turn; the next in line has it at once. */
  giveTurn(): void {
    const next = this.line.shift();
    if (next) next(true);
    else this.isTaken = false;
  }

  get isBusy(): boolean {
    return this.isTaken;
  }
}
