import { columns, type FolioState, FrameBuilder, How, Kind, type SourceId } from '../trace/index.ts';
import type { Inode } from './inode.ts';
import type { Moment } from './ops.ts';

/** How long rows wait for their inode to be introduced, in nanoseconds, and how many. */
const PATIENCE = 2_000_000_000n;
const MOST_WAITING = 4096;

/**
 * The rows a deriver makes, in order of time. A row of an inode that is not introduced yet waits, and comes late when it is: a file's first
 * write and the answer that made the file reach us by different ways.
 */
export class Rows {
  /** Where the columns of the newest row are set. */
  columns: FrameBuilder;
  /** Rows that waited in vain: their inode was never introduced. */
  forgotten = 0;
  private waiting = new FrameBuilder();
  private spare = new FrameBuilder();
  private inodes: Inode[] = [];
  private readonly awaited = new Set<Inode>();
  private last = 0n;
  private late = 0;
  private readonly out: FrameBuilder;
  private readonly full: () => void;
  private readonly ask: (inode: Inode) => number;
  private readonly source: SourceId;

  /** `ask`: the stream's number of an inode now. */
  constructor(out: FrameBuilder, full: () => void, ask: (inode: Inode) => number, source: SourceId) {
    this.columns = out;
    this.ask = ask;
    this.out = out;
    this.full = full;
    this.source = source;
  }

  /** Begin a row about an inode, or about what no inode is known of: observed, with these columns set and the rest zero. */
  begin(kind: Kind, time: bigint, cpu: number, pid: number, inode: Inode | undefined): number {
    if (inode && inode.number > 0 && this.awaited.size > 0 && this.awaited.has(inode)) this.sift(() => false);
    const i = inode?.number === 0 ? this.wait(kind, time, inode) : this.next(kind, time),
      c = this.columns;
    c.inode[i] = inode?.number ?? 0;
    c.cpu[i] = cpu;
    c.pid[i] = pid;
    c.source[i] = this.source;
    c.how[i] = How.observed;
    return i;
  }

  /** Begin a row about bytes of a file in the page cache. */
  folio({ time, cpu, pid }: Moment, inode: Inode, state: FolioState, offset: bigint, length: bigint): number {
    const i = this.begin(Kind.folio, time, cpu, pid, inode),
      c = this.columns;
    c.type[i] = state;
    c.offset[i] = offset;
    c.length[i] = length;
    return i;
  }

  /** Gives the newest row this text. A row that waits for its inode goes without. */
  text(bytes: Uint8Array): void {
    if (this.columns === this.out) this.out.bytes(bytes);
  }

  /** Begin a row about no inode. */
  note(kind: Kind, time: bigint): number {
    const i = this.next(kind, time);
    this.out.source[i] = this.source;
    this.out.how[i] = How.observed;
    return i;
  }

  /** Everything earlier than `until` has been told: rows from before it are late from now on. */
  flush(until: bigint): void {
    if (this.waiting.count > 0 && (this.isStale(0, until) || this.isAnyIntroduced())) this.sift((i) => this.isStale(i, until));
    if (this.late > 0) {
      const late = this.late;
      this.out.result[this.note(Kind.late, this.last)] = BigInt(late);
      this.late = 0;
    }
    if (until > this.last) this.last = until;
  }

  private next(kind: Kind, time: bigint): number {
    if (this.out.isFull) this.full();
    this.columns = this.out;
    return this.out.row(kind, this.stamp(time));
  }

  private stamp(time: bigint): bigint {
    if (time < this.last) this.late++;
    else this.last = time;
    return this.last;
  }

  private wait(kind: Kind, time: bigint, inode: Inode): number {
    if (this.waiting.count >= MOST_WAITING) this.sift((i) => i < MOST_WAITING / 2);
    this.columns = this.waiting;
    return this.hold(this.waiting.row(kind, time), inode);
  }

  private hold(i: number, inode: Inode): number {
    this.inodes[i] = inode;
    this.awaited.add(inode);
    return i;
  }

  private isStale(i: number, until: bigint): boolean {
    return this.waiting.time[i]! + PATIENCE < until;
  }

  private isAnyIntroduced(): boolean {
    for (const inode of this.awaited) if (this.ask(inode) !== 0) return true;
    return false;
  }

  /** Tells the waiting rows whose inode is known by now, forgets those that `isOver`, and keeps the rest. */
  private sift(isOver: (i: number) => boolean): void {
    const { waiting, inodes } = this,
      kept = this.spare;
    this.inodes = [];
    this.awaited.clear();
    for (let i = 0; i < waiting.count; i++) {
      const inode = inodes[i]!,
        number = this.ask(inode);
      if (number > 0) copyRow(waiting, i, this.out, this.next(waiting.kind[i] as Kind, waiting.time[i]!), number);
      else if (number === 0 && !isOver(i)) copyRow(waiting, i, kept, this.hold(kept.row(Kind.none, 0n), inode), 0, waiting.time[i]);
      else this.forgotten++;
    }
    waiting.count = 0;
    this.waiting = kept;
    this.spare = waiting;
  }
}

/** Every column but the heap's end (these rows have no bytes), the inode, and the time unless it is given. */
function copyRow(from: FrameBuilder, i: number, to: FrameBuilder, j: number, inode: number, time = to.time[j]!): void {
  for (const [name] of columns) if (name !== 'heap') to[name][j] = from[name][i] as never;
  to.inode[j] = inode;
  to.time[j] = time;
}
