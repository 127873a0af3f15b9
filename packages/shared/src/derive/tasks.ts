import type { Direct } from './directs.ts';
import type { Submission } from './ext4/submission.ts';
import type { Fault } from './faults.ts';
import type { Holes } from './holes.ts';
import type { Inode } from './inode.ts';
import { type ForkRecord, noRecord } from './xfs/forks.ts';
import type { PackedRun } from './xfs/learn-rules.ts';
import type { LearnedXfs } from './xfs/learned.ts';
import type { CachedRead } from './read-rules.ts';
import type { Space } from './spaces.ts';
import type { Step } from './steps.ts';
import type { Found } from './transfers.ts';
import type { Upcall } from './upcalls.ts';
import type { WritingFolio } from './ioends.ts';

/** What a deriver remembers of a task between two records. */
export class Task {
  readonly pid: number;
  /** Calls of the iomap iterator under way, the innermost last: a write whose buffer faults reads another file inside. */
  readonly steps: Step[] = [];
  /** Direct I/O that it is starting. */
  direct: Direct | undefined;
  /** What it has found on the disk and may read or write next. */
  readonly found: Found[] = [];
  /** Its filesystem has said that the direct I/O that it begins is a write, or that it is none. */
  isWriting: boolean | undefined;
  /** A direct write that did not get through, so that a buffered one follows, from this position on. */
  private fellBack: { readonly direct: Direct; from: bigint } | undefined;
  /** What it reads out of the page cache. */
  cachedRead: CachedRead | undefined;
  /** A fault it is in. */
  fault: Fault | undefined;
  /** A question about a mapping that it has put to a FUSE server. */
  upcall: Upcall | undefined;
  /** A truncate, fallocate or remap it is in. */
  space: Space | undefined;
  /** The folio it is writing back, and the ioend that its runs go to. */
  readonly writing: WritingFolio = { inode: undefined, from: 0n, to: 0n, hasRun: false, ioend: undefined };
  /** The part of a folio that it is dropping, and the size of the file. */
  readonly dropping: { inode: Inode | undefined; from: bigint; to: bigint; size: bigint } = {
    inode: undefined,
    from: 0n,
    to: 0n,
    size: 0n,
  };
  /** XFS: the extent record that is being changed. */
  readonly before: ForkRecord = noRecord();
  /** XFS: up to where it has read the records of which fork. */
  readonly reading: { inode: object | undefined; to: bigint } = { inode: undefined, to: 0n };

  /** XFS: what it takes out of the data fork of a file, and what it puts into one that another has too. Bytes. */
  readonly unmaps: { inode: Inode | undefined; from: bigint; to: bigint } = { inode: undefined, from: 0n, to: 0n };
  readonly shares: { inode: Inode | undefined; from: bigint; to: bigint } = { inode: undefined, from: 0n, to: 0n };
  /** XFS: the file that it clones, whose byte `from` is to be byte `to` of the clone; and the extent of it that is next. */
  clones: { readonly inode: Inode; readonly from: bigint; readonly to: bigint } | undefined;
  cloned: { readonly from: bigint; readonly addr: bigint | undefined; readonly isWritten: boolean } | undefined;
  /** XFS: the place that it is about to share, bytes of the device. */
  readonly sharing: Holes = [];
  /** XFS: places of records of a file that it has just changed or taken away, bytes: what gets them now had them before. */
  readonly had: { inode: Inode | undefined; readonly places: Holes } = { inode: undefined, places: [] };
  /** XFS: it exchanges extents of two files: what one gets the other had, and perhaps others have it too. */
  exchanges = false;
  /** XFS: a mapping in blocks, whose bytes the iterator is about to tell. */
  packed: { readonly volume: LearnedXfs; readonly start: bigint; readonly count: bigint } | undefined;
  /** XFS: the same of a mapping whose bytes a run of its writeback is about to tell. */
  packedRun: PackedRun | undefined;
  /** Persistent memory that it is flushing. */
  flush: { readonly inode: Inode; readonly op: number; bytes: bigint } | undefined;
  /** ext4: the write that it is in, and the range of pages that it is writing back. */
  write: { readonly inode: Inode; readonly op: number; readonly pos: bigint } | undefined;
  pages: Submission | undefined;
  /** ext4: the writeback that it is in. */
  writepages: Submission | undefined;
  /** ext4: a file whose data must be on the disk before its journal says so: of it only what has a place already is written. */
  orders: Inode | undefined;
  /** ext4: an inode that it takes out of memory. */
  evicts: Inode | undefined;
  /** btrfs: the block that it allocated last, and one of a tree that it gave up, perhaps because it has copied it. Addresses of the filesystem. */
  reserved: bigint | undefined;
  dropped: { readonly dev: number; readonly block: bigint; readonly root: bigint } | undefined;
  /** XFS: it is making a file in a folder, or changes the attributes of one, or frees one. */
  creates: { readonly parent: bigint | undefined } | undefined;
  sets: Inode | undefined;
  frees: { readonly dev: number; readonly ino: bigint } | undefined;

  constructor(pid: number) {
    this.pid = pid;
  }

  /** The rest of `direct`, from `from` on, goes through the page cache. undefined: another one begins. */
  fallBack(direct: Direct | undefined, from = 0n): void {
    this.fellBack = direct && { direct, from };
  }

  /** The direct write whose rest a buffered one at `pos` is; 0: none. Whoever writes the same bytes later writes them anew. */
  fellBackAt(inode: Inode, pos: bigint): number {
    const { fellBack } = this;
    if (fellBack?.direct.inode !== inode || pos < fellBack.from || pos >= fellBack.direct.pos + fellBack.direct.count) return 0;
    fellBack.from = pos + 1n;
    return fellBack.direct.op;
  }

  /** It begins something else: what it took out of a fork, or shared, is done. */
  moveOn(): void {
    this.unmaps.inode = undefined;
    this.shares.inode = undefined;
    this.had.inode = undefined;
    this.exchanges = false;
    // To set a length is a call out of compiled code, each time.
    if (this.sharing.length > 0) this.sharing.length = 0;
  }
}

/** Tasks whose last doings are remembered; those that did nothing longest go first. */
const MOST_TASKS = 4096;

export class Tasks {
  private readonly byPid = new Map<number, Task>();
  private last: Task | undefined;

  of(pid: number): Task {
    if (this.last?.pid === pid) return this.last;
    let task = this.byPid.get(pid);
    if (!task) {
      if (this.byPid.size >= MOST_TASKS) this.forgetIdle();
      task = new Task(pid);
      this.byPid.set(pid, task);
    }
    this.last = task;
    return task;
  }

  all(): Iterable<Task> {
    return this.byPid.values();
  }

  forget(): void {
    this.byPid.clear();
    this.last = undefined;
  }

  private forgetIdle(): void {
    let n = MOST_TASKS / 4;
    for (const [pid, task] of this.byPid)
      if (task.steps.every(({ op }) => op === 0) && !task.direct && !task.fault && !task.space && !task.upcall) {
        this.byPid.delete(pid);
        if (--n === 0) return;
      }
    if (n === MOST_TASKS / 4) this.forget();
  }
}
