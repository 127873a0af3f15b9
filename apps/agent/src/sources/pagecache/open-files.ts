import type { FileHandle } from 'node:fs/promises';
import type { Opener, WatchedFile } from './opener.ts';

/** Rounds until a file that could not be opened is tried again. */
const REST = 20;
/** Files opened in one round at most: of many files each has its turn. */
const OPENS = 16;

/** A few files held open, the least lately asked for closed first: each open and close may be a request to a server. */
export class OpenFiles {
  private readonly handles = new Map<number, FileHandle>();
  private readonly resting = new Map<number, number>();
  private readonly opener: Opener;
  private readonly most: number;
  private round = 0;
  private opens = 0;

  constructor(opener: Opener, most: number) {
    this.opener = opener;
    this.most = most;
  }

  /** Its descriptor, if it is open. */
  fdOf(inode: number): number | undefined {
    const handle = this.handles.get(inode);
    if (!handle) return undefined;
    // Asked for last: to the end.
    this.handles.delete(inode);
    this.handles.set(inode, handle);
    return handle.fd;
  }

  /** Whether it is worth to wait for `open`: not while it rests, or enough were opened in this round. */
  mayOpen(inode: number): boolean {
    return this.opens < OPENS && (this.resting.get(inode) ?? 0) <= this.round;
  }

  /** Opens it, which its server may let wait. undefined: it cannot be opened; it is tried again later. */
  async open(file: WatchedFile): Promise<number | undefined> {
    const { inode } = file;
    this.opens++;
    const handle = await this.opener.openFile(file);
    if (!handle) {
      this.resting.set(inode, this.round + REST);
      return undefined;
    }
    if (this.handles.size >= this.most) for (const [eldest] of [...this.handles].slice(0, 1)) await this.close(eldest);
    this.handles.set(inode, handle);
    return handle.fd;
  }

  async close(inode: number): Promise<void> {
    const handle = this.handles.get(inode);
    this.handles.delete(inode);
    await handle?.close().catch(() => undefined);
  }

  /** Begins a round: closes what nobody watches any more, so that a file without a name can go. */
  async begin(watched: ReadonlySet<number>): Promise<void> {
    this.round++;
    this.opens = 0;
    for (const inode of this.handles.keys()) if (!watched.has(inode)) await this.close(inode);
    for (const inode of this.resting.keys()) if (!watched.has(inode)) this.resting.delete(inode);
  }

  async closeAll(): Promise<void> {
    await this.begin(new Set());
  }
}
