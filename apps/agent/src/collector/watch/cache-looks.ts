import { monotonic } from '@mapscope/native';
import { FolioState, type Frame, FrameBuilder, Kind, SourceId } from '@mapscope/shared/trace';
import type { Stream } from '../inlet.ts';
import { lookAtCache, PageBit, sayCache } from '../../sources/pagecache/index.ts';
import { frameOf } from '../../sources/source.ts';

/** A watched file, open for a moment. */
export interface OpenFile {
  readonly fd: number;
  readonly size: bigint;
  readonly close: () => void;
}

/** Rows after which a frame is cut. */
const MOST_ROWS = 8192;
const MS = 1_000_000n;
/** A file whose pages became unknown is looked at behind so much time, and no sooner behind the last look. Nanoseconds. */
const QUIET = 50n * MS;
/** What is written back is looked at again: the end of that has no event. */
const WRITING = 100n * MS;

export interface CacheLooksOptions {
  /** undefined: it is not that file any more, or not there. */
  readonly open: (inode: number) => Promise<OpenFile | undefined>;
  readonly stream: Stream;
  /** False while who gets the rows is behind. */
  readonly hasRoom: () => boolean;
  /** Whether events tell what of this file is written back; else what is dirty is looked at until it is clean. */
  readonly seesWriteback: (inode: number) => boolean;
}

/** What the page cache holds of watched files, by cachestat: when they are met, and when events cannot tell any more. */
export class CacheLooks {
  private readonly options: CacheLooksOptions;
  private readonly due = new Map<number, bigint>();
  private readonly rows = new FrameBuilder();
  private work: Promise<void> | undefined;
  private isOver = false;
  /** Looks so far. */
  count = 0;

  constructor(options: CacheLooksOptions) {
    this.options = options;
  }

  /** Nothing is to be looked at now. What is dirty may be looked at again and again. */
  get isIdle(): boolean {
    const now = monotonic();
    return !this.work && [...this.due.values()].every((at) => at > now);
  }

  /** Looks at it soon. */
  ask(inode: number, at = 0n): void {
    const known = this.due.get(inode);
    if (known === undefined || at < known) this.due.set(inode, at);
  }

  /** What others told: of pages that are unknown it is asked. */
  heard(frame: Frame): void {
    for (let i = 0; i < frame.count; i++)
      if (frame.kind[i] === Kind.folio && frame.type[i] === FolioState.unknown && frame.source[i] !== SourceId.pagecache)
        this.ask(frame.inode[i]!, frame.time[i]! + QUIET);
      else if (frame.kind[i] === Kind.inodeGone) this.due.delete(frame.inode[i]!);
  }

  /** Begins what is due. */
  tick(now: bigint): void {
    if (this.work || this.isOver || this.due.size === 0) return;
    // Every few milliseconds, and ten thousand may wait.
    const ripe: number[] = [];
    for (const [inode, at] of this.due) if (at <= now) ripe.push(inode);
    if (ripe.length > 0) this.work = this.lookAt(ripe).finally(() => (this.work = undefined));
  }

  async end(): Promise<void> {
    this.isOver = true;
    await this.work;
  }

  private async lookAt(inodes: readonly number[]): Promise<void> {
    for (const inode of inodes) {
      // What is asked for from here on is newer than this look.
      this.due.delete(inode);
      if (this.isOver) return;
      if (!this.options.hasRoom()) {
        this.ask(inode, monotonic() + QUIET);
        continue;
      }
      const file = await this.options.open(inode);
      if (!file) continue;
      try {
        this.look(inode, file);
      } finally {
        file.close();
      }
    }
  }

  /** Sends what was seen: before any row of a later time is released. */
  flush(): void {
    if (this.rows.count > 0) this.options.stream.take(frameOf(this.rows, monotonic()));
  }

  private look(inode: number, { fd, size }: OpenFile): void {
    const found = lookAtCache(fd, size);
    if (this.rows.count > MOST_ROWS) this.flush();
    if (typeof found === 'number' || !sayCache(this.rows, inode, found)) return;
    this.count++;
    const unsettled = this.options.seesWriteback(inode) ? PageBit.writeback : PageBit.writeback | PageBit.dirty;
    if (found.runs.some(({ state }) => (state & unsettled) !== 0)) this.ask(inode, monotonic() + WRITING);
  }
}
