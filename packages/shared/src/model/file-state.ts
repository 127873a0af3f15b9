import { type Frame, heapOf, type How, type SourceId } from '../trace/index.ts';
import { ceilTo, U64_MAX, utf8Text } from '../units/index.ts';
import { Changes } from './changes.ts';
import { ExtentMap } from './extents.ts';
import { FolioMap } from './folios.ts';
import { Layouts } from './layouts.ts';
import type { RowRange } from './row-range.ts';

/** What is known of one inode beside its name and size. */
class Maps {
  readonly data = new ExtentMap();
  readonly pending = new ExtentMap();
  readonly folios = new FolioMap();
  readonly layouts = new Layouts();
}

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
  path: Uint8Array = nothing;
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
  /** Grows with every row about this inode; a file that takes over a number goes on from where the one before was. */
  version: number;
  /** The version at which what a list of inodes says of it last changed. */
  listVersion: number;
  /** Number of the last change of its data map that was news (a keyframe's rows are not): an op that began before it saw the map change. */
  private lastChange = 0;
  /** The op that made it; 0: none. */
  private changedBy = 0;
  /** Number of the last change that another op made, or none. */
  private othersChange = 0;
  private readonly firstVersion: number;
  /** Made when they are first asked for: of most files in a long list nobody does. */
  private maps: Maps | undefined;
  private changesMade: Changes | undefined;

  constructor(inode: number, version = 0) {
    this.inode = inode;
    this.version = this.listVersion = this.firstVersion = version;
  }

  /** Its data map changed: the change with this number, made by `op`, 0 by none. */
  mapChanged(sequence: number, op: number): void {
    if (op !== this.changedBy) this.othersChange = this.lastChange;
    this.changedBy = op;
    this.lastChange = sequence;
  }

  /** Number of the last change of its data map that `op` did not make itself. */
  changeBeside(op: number): number {
    return this.changedBy === op ? this.othersChange : this.lastChange;
  }

  /** What FIEMAP would say. */
  get data(): ExtentMap {
    return (this.maps ?? this.makeMaps()).data;
  }

  /** Delalloc and copy-on-write, until they are remapped. */
  get pending(): ExtentMap {
    return (this.maps ?? this.makeMaps()).pending;
  }

  get folios(): FolioMap {
    return (this.maps ?? this.makeMaps()).folios;
  }

  get layouts(): Layouts {
    return (this.maps ?? this.makeMaps()).layouts;
  }

  get changes(): Changes {
    if (!this.changesMade) {
      this.changesMade = new Changes();
      this.changesMade.all(this.firstVersion);
    }
    return this.changesMade;
  }

  /** Nothing is known of its blocks and pages. Asking this makes no maps. */
  get isBlank(): boolean {
    const { maps } = this;
    return !maps || maps.data.size + maps.pending.size + maps.folios.size + maps.layouts.size === 0;
  }

  /** Changes with every change of what is known of its blocks and pages. */
  get mapsVersion(): number {
    const { maps } = this;
    return maps ? maps.data.version + maps.pending.version + maps.folios.version + maps.layouts.version : 0;
  }

  private makeMaps(): Maps {
    return (this.maps = new Maps());
  }

  get pathText(): string {
    return utf8Text(this.path);
  }

  /** Row `i` tells name, size and mode. */
  introduce(f: Frame, i: number): void {
    this.introduced = true;
    this.since = f.time[i]!;
    this.how = f.how[i] as How;
    this.source = f.source[i] as SourceId;
    this.path = heapOf(f, i).slice();
    this.ino = f.offset[i]!;
    this.size = f.length[i]!;
    this.generation = f.addr[i]!;
    this.root = BigInt.asUintN(64, f.result[i]!);
    this.device = f.device[i]!;
    this.blockSize = f.flags[i]!;
    this.mode = f.type[i]!;
    this.listVersion = ++this.version;
  }

  /** This range of this file changed then. */
  touch(range: RowRange): void {
    this.changes.note(range.words, ++this.version);
  }

  /**
   * A smaller size drops the pages that lie wholly past it; a size that only lags behind the kernel's drops nothing. Where
   * the old size is in doubt, so is what became of the pages past the new one.
   */
  resize(size: bigint, pageSize: bigint, isOldInDoubt: boolean, at: bigint): void {
    const end = ceilTo(size, pageSize);
    if (isOldInDoubt) this.folios.doubt(at, end);
    else if (this.introduced && size < this.size) this.maps?.folios.clear(end, U64_MAX);
    this.size = size;
  }

  /** Name and size may have changed unseen. */
  doubt(at: bigint): void {
    this.how = 0;
    this.since = at;
    this.listVersion = ++this.version;
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

const nothing = new Uint8Array(0);
