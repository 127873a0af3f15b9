import type { Frame } from '../trace/index.ts';
import { FileState } from './file-state.ts';

/** How many files that are gone stay, so that a view can say "vanished" and a link still finds them. */
export const KEEP_GONE = 256;

/** Where the row that introduced a file is, in place of the file: frame and row. A frame has at most 2^16 rows. */
const ROWS = 1 << 16;

/** All inodes by their stream-local number. */
export class Files {
  /** A number stands for a file that a keyframe listed and nobody has asked for: a list of a hundred thousand makes no object each. */
  private readonly byInode = new Map<number, FileState | number>();
  /** Frames of keyframes that the numbers point into. */
  private listed: Frame[] = [];
  /** In the order in which they went. */
  private readonly goneOrder = new Set<number>();
  /** Later than the version of any file that was in the list and is no more. */
  private newest = 0;
  /** Changes when a file is introduced, renamed, resized or goes. */
  version = 0;

  get size(): number {
    return this.byInode.size;
  }

  /** Without making anything of one that is only listed. */
  has(inode: number): boolean {
    return this.byInode.has(inode);
  }

  /** As `all`, their numbers alone. */
  inodes(): Iterable<number> {
    return this.byInode.keys();
  }

  find(inode: number): FileState | undefined {
    const found = this.byInode.get(inode);
    return typeof found === 'number' ? this.make(inode, found) : found;
  }

  /** The file a row is about. Rows may come before its introduction, or after it was lost. */
  get(inode: number): FileState {
    let file = this.find(inode);
    if (!file) {
      file = new FileState(inode, this.newest);
      this.byInode.set(inode, file);
      this.version++;
    }
    return file;
  }

  /** Row `i` of a keyframe's frame tells name and size of a file whose maps nothing was said about yet. It is looked at when it is needed. */
  list(frame: Frame, i: number): void {
    if (this.listed.at(-1) !== frame) this.listed.push(frame);
    this.byInode.set(frame.inode[i]!, (this.listed.length - 1) * ROWS + i);
    this.version++;
  }

  /** The inode is no more. One that had no name yet, and whichever went too long ago, leaves the list: `leaving` is told before. */
  retire(inode: number, leaving: (inode: number) => void): void {
    const file = this.find(inode);
    if (!file || file.gone) return;
    this.version++;
    // No name, no size, and now no file: nothing is left to show.
    if (!file.introduced) {
      this.drop(file, leaving);
      return;
    }
    file.gone = true;
    file.listVersion = ++file.version;
    this.goneOrder.add(inode);
    const oldest = this.goneOrder.size > KEEP_GONE ? this.goneOrder.keys().next().value : undefined;
    if (oldest !== undefined) this.drop(this.find(oldest)!, leaving);
  }

  /** It is no longer listed. */
  forget(inode: number): void {
    const file = this.find(inode);
    if (file) this.drop(file, () => undefined);
    this.version++;
  }

  private drop(file: FileState, leaving: (inode: number) => void): void {
    leaving(file.inode);
    this.newest = Math.max(this.newest, file.version + 1);
    this.goneOrder.delete(file.inode);
    this.byInode.delete(file.inode);
  }

  /** Gone ones included, in the order in which they were first heard of. */
  *all(): Generator<FileState> {
    for (const [inode, file] of this.byInode) yield typeof file === 'number' ? this.make(inode, file) : file;
  }

  /** Numbers of those gone, oldest first. */
  gone(): Iterable<number> {
    return this.goneOrder;
  }

  empty(): void {
    for (const file of this.byInode.values()) if (typeof file !== 'number') this.newest = Math.max(this.newest, file.version + 1);
    this.byInode.clear();
    this.listed = [];
    this.goneOrder.clear();
    this.version++;
  }

  private make(inode: number, place: number): FileState {
    const file = new FileState(inode, this.newest);
    file.introduce(this.listed[Math.floor(place / ROWS)]!, place % ROWS);
    file.gone = this.goneOrder.has(inode);
    this.byInode.set(inode, file);
    return file;
  }
}
