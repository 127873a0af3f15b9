import type { Frame } from '../trace/index.ts';
import { FileState } from './file-state.ts';
import { Listed } from './listed.ts';

/** How many files that are gone stay, so that a view can say "vanished" and a link still finds them. */
export const KEEP_GONE = 256;

/** All inodes by their stream-local number. */
export class Files {
  private readonly made = new Map<number, FileState>();
  /** Those of keyframes, made when they are asked for. */
  private readonly listed = new Listed();
  /** In the order in which they went. */
  private readonly goneOrder = new Set<number>();
  /** Later than the version of any file that was in the list and is no more. */
  private newest = 0;
  /** Changes when a file is introduced, renamed, resized or goes. */
  version = 0;

  get size(): number {
    return this.made.size + this.listed.waiting;
  }

  /** Without making anything of one that is only listed. */
  has(inode: number): boolean {
    return this.made.has(inode) || this.listed.has(inode);
  }

  find(inode: number): FileState | undefined {
    return this.made.get(inode) ?? this.makeListed(inode);
  }

  /** Number of the last change of its data map that `op` did not make itself. Nothing is news about one that is only listed. */
  changeBeside(op: number, inode: number): number {
    return this.made.get(inode)?.changeBeside(op) ?? 0;
  }

  /** The file a row is about. Rows may come before its introduction, or after it was lost. */
  get(inode: number): FileState {
    let file = this.find(inode);
    if (!file) {
      file = new FileState(inode, this.newest);
      this.made.set(inode, file);
      this.version++;
    }
    return file;
  }

  /** Row `i` of a keyframe's frame tells name and size of a file whose maps nothing was said about yet. It is looked at when it is needed. */
  list(frame: Frame, i: number): void {
    if (this.made.size > 0) this.unmake(frame.inode[i]!);
    this.listed.put(frame, i);
    this.version++;
  }

  /**
   * As `list`, of one whose maps nobody wants; false when it is not one of a keyframe's, or has been asked for, and has to be told what the row says.
   */
  listAgain(frame: Frame, i: number): boolean {
    const inode = frame.inode[i]!;
    if (this.made.has(inode) || !this.listed.has(inode)) return false;
    this.listed.put(frame, i);
    this.version++;
    return true;
  }

  /** The inode is no more. One that had no name yet, and whichever went too long ago, leaves the list: `leaving` is told before. */
  retire(inode: number, leaving: (inode: number) => void): void {
    const file = this.find(inode);
    if (!file || file.gone) return;
    this.version++;
    // No name, no size, and now no file: nothing is left to show.
    if (!file.introduced) {
      leaving(inode);
      this.forget(inode);
      return;
    }
    file.gone = true;
    file.listVersion = ++file.version;
    this.goneOrder.add(inode);
    const oldest = this.goneOrder.size > KEEP_GONE ? this.goneOrder.keys().next().value : undefined;
    if (oldest === undefined) return;
    leaving(oldest);
    this.forget(oldest);
  }

  /** It leaves the list. */
  forget(inode: number): void {
    this.unmake(inode);
    this.listed.remove(inode);
    this.goneOrder.delete(inode);
    this.version++;
  }

  /** Gone ones included, in the order in which they were first heard of. */
  all(): Iterable<FileState> {
    return this.listed.isEmpty ? this.made.values() : this.allListed();
  }

  /** Those of whose blocks or pages something is known. One that is only listed is none of them, and is not made. */
  *known(): Generator<FileState> {
    for (const file of this.made.values()) if (!file.isBlank) yield file;
  }

  /** As `all`, their numbers alone. */
  *inodes(): Generator<number> {
    yield* this.listed.all();
    for (const inode of this.made.keys()) if (!this.listed.has(inode)) yield inode;
  }

  /** Numbers of those gone, oldest first. */
  gone(): Iterable<number> {
    return this.goneOrder;
  }

  empty(): void {
    for (const { version } of this.made.values()) this.newest = Math.max(this.newest, version + 1);
    this.made.clear();
    this.listed.empty();
    this.goneOrder.clear();
    this.version++;
  }

  private *allListed(): Generator<FileState> {
    for (const inode of this.inodes()) yield this.find(inode)!;
  }

  private unmake(inode: number): void {
    const file = this.made.get(inode);
    if (!file) return;
    this.newest = Math.max(this.newest, file.version + 1);
    this.made.delete(inode);
  }

  private makeListed(inode: number): FileState | undefined {
    const row = this.listed.take(inode);
    if (!row) return undefined;
    const file = new FileState(inode, this.newest);
    file.introduce(row.frame, row.i);
    file.gone = this.goneOrder.has(inode);
    this.made.set(inode, file);
    return file;
  }
}
