import { type How, type SourceId } from '../trace/index.ts';
import { ceilTo, U64_MAX, utf8Text } from '../units/index.ts';
import { Changes } from './changes.ts';
import { ExtentMap } from './extents.ts';
import { FolioMap } from './folios.ts';
import { Layouts } from './layouts.ts';

/** How many files that are gone stay, so that a view can say "vanished" and a link still finds them. */
export const KEEP_GONE = 256;

/** Everything known of one inode. Read it; only the reducer writes. */
export class FileState {
  /** Stream-local number, never reused. */
  readonly inode: number;
  /** An `inode` row was seen; else only rows about it, and name and size are not known. */
  introduced = false;
  gone = false;
  /** When its name and size became known, or known no longer (`how` unknown). */
  since = 0n;
  how: How = 0;
  source: SourceId = 0;
  /** Bytes as the filesystem gave them. */
  path: Uint8Array = new Uint8Array(0);
  /** Inode number of the filesystem. */
  ino = 0n;
  size = 0n;
  generation = 0n;
  root = 0n;
  /** Number of the device the filesystem is on; 0: our mount. */
  device = 0;
  blockSize = 0;
  /** st_mode. */
  mode = 0;
  /** What FIEMAP would say. */
  readonly data = new ExtentMap();
  /** Delalloc and copy-on-write, until they are remapped. */
  readonly pending = new ExtentMap();
  readonly folios = new FolioMap();
  readonly layouts = new Layouts();
  readonly changes = new Changes();
  /** Grows with every row about this inode; a file that takes over a number goes on from where the one before was. */
  version: number;

  constructor(inode: number, version = 0) {
    this.inode = inode;
    this.version = version;
    this.changes.all(version);
  }

  get pathText(): string {
    return utf8Text(this.path);
  }

  /** `[from, to)` of this file changed at `at`. */
  touch(from: bigint, to: bigint, at: bigint): void {
    this.version++;
    this.changes.note(from, to, at, this.version);
  }

  /**
   * A smaller size drops the pages that lie wholly past it; a size that only lags behind the kernel's drops nothing. Where
   * the old size is in doubt, so is what became of the pages past the new one.
   */
  resize(size: bigint, pageSize: bigint, isOldInDoubt: boolean, at: bigint): void {
    const end = ceilTo(size, pageSize);
    if (isOldInDoubt) this.folios.doubt(at, end);
    else if (this.introduced && size < this.size) this.folios.clear(end, U64_MAX);
    this.size = size;
  }

  /** Before a section: what it is about to say is all there is. */
  emptyMaps(): void {
    this.data.empty();
    this.pending.empty();
    this.folios.empty();
    this.layouts.empty();
    this.changes.all(++this.version);
  }
}

/** All inodes by their stream-local number. */
export class Files {
  private readonly byInode = new Map<number, FileState>();
  /** In the order in which they went. */
  private readonly goneOrder = new Set<number>();
  /** Later than the version of any file that was in the list and is no more. */
  private newest = 0;
  /** Changes when a file is introduced, renamed, resized or goes. */
  version = 0;

  get size(): number {
    return this.byInode.size;
  }

  find(inode: number): FileState | undefined {
    return this.byInode.get(inode);
  }

  /** The file a row is about. Rows may come before its introduction, or after it was lost. */
  get(inode: number): FileState {
    let file = this.byInode.get(inode);
    if (!file) {
      file = new FileState(inode, this.newest);
      this.byInode.set(inode, file);
      this.version++;
    }
    return file;
  }

  /** The inode is no more. One that had no name yet, and whichever went too long ago, leaves the list: `leaving` is told before. */
  retire(inode: number, leaving: (inode: number) => void): void {
    const file = this.byInode.get(inode);
    if (!file || file.gone) return;
    this.version++;
    // No name, no size, and now no file: nothing is left to show.
    if (!file.introduced) {
      this.drop(file, leaving);
      return;
    }
    file.gone = true;
    file.version++;
    this.goneOrder.add(inode);
    const oldest = this.goneOrder.size > KEEP_GONE ? this.goneOrder.keys().next().value : undefined;
    if (oldest !== undefined) this.drop(this.byInode.get(oldest)!, leaving);
  }

  private drop(file: FileState, leaving: (inode: number) => void): void {
    leaving(file.inode);
    this.newest = Math.max(this.newest, file.version + 1);
    this.goneOrder.delete(file.inode);
    this.byInode.delete(file.inode);
  }

  /** Gone ones included, in the order in which they were first heard of. */
  all(): Iterable<FileState> {
    return this.byInode.values();
  }

  /** Numbers of those gone, oldest first. */
  gone(): Iterable<number> {
    return this.goneOrder;
  }

  empty(): void {
    for (const file of this.byInode.values()) this.newest = Math.max(this.newest, file.version + 1);
    this.byInode.clear();
    this.goneOrder.clear();
    this.version++;
  }
}
