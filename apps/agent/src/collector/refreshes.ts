import type { Frame } from '@mapscope/shared/trace';
import type { Root } from '../sources/pagecache/open-beneath.ts';
import type { KnownInodes } from './known-inodes.ts';
import { lookAgain } from './look-again.ts';

/** Files that are to be looked at again, one after the other, each once however often it was asked for. */
export class Refreshes {
  private readonly waiting = new Set<number>();
  private readonly known: KnownInodes;
  private readonly openRoot: () => Promise<Root | undefined>;
  private readonly sink: (frame: Frame) => void;
  private work: Promise<void> | undefined;
  private isOver = false;

  constructor(known: KnownInodes, openRoot: () => Promise<Root | undefined>, sink: (frame: Frame) => void) {
    this.known = known;
    this.openRoot = openRoot;
    this.sink = sink;
  }

  /** False: nobody introduced a regular file under this number, so nothing is touched. */
  ask(inode: number): boolean {
    if (!this.known.file(inode)) return false;
    this.waiting.add(inode);
    this.work ??= this.all().finally(() => (this.work = undefined));
    return true;
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
        const file = this.known.file(inode);
        if (this.isOver) break;
        const frame = file && (await lookAgain(root, file));
        if (frame) this.sink(frame);
      }
    } finally {
      await root.close();
    }
  }
}
