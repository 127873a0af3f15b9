import { setTimeout as sleep } from 'node:timers/promises';
import type { Frame } from '@mapscope/shared/trace';
import type { Root } from '../sources/pagecache/open-beneath.ts';
import type { KnownInodes } from './known-inodes.ts';
import { lookAgain } from './look-again.ts';

/** How often it is asked whether there is room again. */
const ROOM_MS = 20;

/** Files that are to be looked at again, one after the other, each once however often it was asked for. */
export class Refreshes {
  private readonly waiting = new Set<number>();
  /** Those that were not found where they were said to be. */
  private readonly missed = new Set<number>();
  private readonly known: KnownInodes;
  private readonly openRoot: () => Promise<Root | undefined>;
  private readonly sink: (frame: Frame) => void;
  private readonly hasRoom: () => boolean;
  private work: Promise<void> | undefined;
  private isOver = false;

  /** `hasRoom`: false while who gets the frames is behind. Nothing is looked at meanwhile. */
  constructor(known: KnownInodes, openRoot: () => Promise<Root | undefined>, sink: (frame: Frame) => void, hasRoom: () => boolean) {
    this.known = known;
    this.openRoot = openRoot;
    this.sink = sink;
    this.hasRoom = hasRoom;
  }

  /** False: nobody introduced a regular file under this number, so nothing is touched. */
  ask(inode: number): boolean {
    // At the end the mount may answer nobody any more.
    if (this.isOver || !this.known.file(inode)) return false;
    this.waiting.add(inode);
    this.work ??= this.all().finally(() => (this.work = undefined));
    return true;
  }

  /** It is introduced anew: if it was not found before, it may be now. */
  retry(inode: number): void {
    if (this.missed.delete(inode)) this.ask(inode);
  }

  /** Rows were lost that may have been about any file. */
  askAll(): void {
    for (const { inode } of this.known.regular()) this.ask(inode);
  }

  /** Resolves when nothing is looked at any more. */
  async end(): Promise<void> {
    this.isOver = true;
    await this.work;
  }

  private async all(): Promise<void> {
    const root = await this.openRoot();
    if (!root) return this.waiting.clear();
    try {
      for (const inode of this.waiting) {
        this.waiting.delete(inode);
        while (!this.hasRoom() && !this.isOver) await sleep(ROOM_MS);
        if (this.isOver) break;
        const file = this.known.file(inode),
          frame = file && (await lookAgain(root, file));
        if (frame) this.sink(frame);
        // Told anew while it was looked for: then it is elsewhere.
        else if (file) (this.known.file(inode) === file ? this.missed : this.waiting).add(inode);
      }
    } finally {
      await root.close();
    }
  }
}
