import { setTimeout as sleep } from 'node:timers/promises';
import { monotonic } from '@mapscope/native';
import { type Frame, FrameBuilder, How, Kind, SourceId } from '@mapscope/shared/trace';
import { pageSize } from '../../host/index.ts';
import { frameOf, saySource, type Sink, type SourceFacts } from '../source.ts';
import { askOf, bytesOfPages, folioState } from './ask.ts';
import type { OpenFiles } from './open-files.ts';
import type { Opening, WatchedFile } from './opener.ts';
import { type Budget, changes, DOUBT, type PageRun, replace, survey } from './survey.ts';

export interface PageCacheOptions {
  readonly opening: Opening;
  readonly files: () => Iterable<WatchedFile>;
  /** Others have told of folios before: also what is not cached is told, once. */
  readonly isDoubted?: boolean;
  readonly intervalMs?: number;
  /** System calls in one round; what is left over comes first in the next. */
  readonly calls?: number;
  /** Files held open. */
  readonly open?: number;
  /** Bytes of a page, where it is not this machine's. */
  readonly page?: number;
}

const INTERVAL_MS = 100;
const CALLS = 4000;
/** A file with the same counts and nothing dirty is looked at closely only every so many rounds. */
const CLOSELY = 10;
/** Longest a row waits within a round: the collector does not wait longer for a source. Nanoseconds. */
const HOLD = 5_000_000n;
/** No file has more pages that can be cached: to the end, without knowing its size. */
const END = 2 ** 40;

export const facts = { name: 'pagecache', folios: 'cachestat' } as const;

/** What was told of one file. */
interface Seen {
  runs: readonly PageRun[];
  /** Where the budget ended. */
  resume: number;
  /** Of the whole file, to see quickly that nothing changed. */
  counts: string;
}

/** Rounds over files, and what was told of each. */
export class Watch {
  private readonly options: PageCacheOptions;
  private readonly rows = new FrameBuilder();
  private readonly page: number;
  private readonly seen = new Map<number, Seen>();
  private open!: OpenFiles;
  private sink!: Sink;
  private frames = 0;
  private round = 0;
  /** Where the budget of the round before ended among the files. */
  private next = 0;

  constructor(options: PageCacheOptions) {
    this.options = options;
    this.page = options.page ?? pageSize();
  }

  async until(open: OpenFiles, sink: Sink, signal: AbortSignal): Promise<void> {
    this.open = open;
    this.sink = sink;
    this.state('ok');
    while (!signal.aborted) {
      await this.lookAround(signal);
      this.tell();
      await sleep(this.options.intervalMs ?? INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
    this.state('ended');
    this.tell();
  }

  private tell(until = monotonic()): void {
    this.sink(frameOf(this.rows, until, this.frames++));
  }

  private state(state: SourceFacts['state']): void {
    saySource(this.rows, monotonic(), SourceId.pagecache, { ...facts, state, why: '', help: '' });
  }

  /** One round over the files, from where the last one ended. */
  private async lookAround(signal: AbortSignal): Promise<void> {
    const files = [...this.options.files()],
      budget = { left: this.options.calls ?? CALLS };
    this.round++;
    const watched = new Set(files.map(({ inode }) => inode));
    await this.open.begin(watched);
    for (const inode of this.seen.keys()) if (!watched.has(inode)) this.seen.delete(inode);
    if (this.next >= files.length) this.next = 0;
    for (let n = 0; n < files.length && budget.left > 0 && !signal.aborted; n++) {
      const file = files[this.next]!,
        fd = this.open.fdOf(file.inode) ?? (await this.openLate(file));
      if (fd !== undefined && !this.look(file.inode, fd, budget)) return;
      this.next = (this.next + 1) % files.length;
      if (this.rows.count > 0 && monotonic() - this.rows.time[0]! > HOLD) this.tell();
    }
  }

  /** Nothing waits for an open: the server may let it wait. */
  private async openLate(file: WatchedFile): Promise<number | undefined> {
    if (!this.open.mayOpen(file.inode)) return undefined;
    if (this.rows.count > 0) this.tell();
    return this.open.open(file);
  }

  /** Looks at one file; false when the budget ended within it. */
  private look(inode: number, fd: number, budget: Budget): boolean {
    const at = monotonic(),
      seen = this.seenOf(inode),
      ask = askOf(fd, this.page),
      whole = ask(0, 0);
    budget.left--;
    if (!whole) return true;
    const counts = `${whole.cache} ${whole.dirty} ${whole.writeback}`,
      isQuiet = counts === seen.counts && whole.dirty === 0 && whole.writeback === 0 && !seen.runs.some(({ state }) => state === DOUBT);
    if (isQuiet && seen.resume === 0 && (this.round + inode) % CLOSELY !== 0) return true;
    const { runs, stop } = survey(ask, seen.resume, END, seen.runs, budget),
      now = replace(seen.runs, seen.resume, stop, runs);
    for (const run of changes(seen.runs, now, seen.resume, stop)) this.row(inode, at, run);
    seen.runs = now;
    seen.resume = stop < END ? stop : 0;
    seen.counts = counts;
    return stop === END;
  }

  heard(frame: Frame): void {
    for (let i = 0; i < frame.count; i++) {
      if (frame.kind[i] !== Kind.folio || frame.source[i] === SourceId.pagecache) continue;
      const seen = this.seenOf(frame.inode[i]!),
        from = Math.min(Math.floor(Number(frame.offset[i]) / this.page), END),
        to = Math.min(Math.ceil(Number(frame.offset[i]! + frame.length[i]!) / this.page), END);
      seen.runs = replace(seen.runs, from, to, [{ from, to, state: DOUBT }]);
    }
  }

  private seenOf(inode: number): Seen {
    const runs = this.options.isDoubted === true ? [{ from: 0, to: END, state: DOUBT }] : [],
      seen = this.seen.get(inode) ?? { runs, resume: 0, counts: '0 0 0' };
    this.seen.set(inode, seen);
    return seen;
  }

  private row(inode: number, at: bigint, { from, to, state }: PageRun): void {
    if (this.rows.isFull) this.tell(at);
    const i = this.rows.row(Kind.folio, at);
    this.rows.inode[i] = inode;
    this.rows.source[i] = SourceId.pagecache;
    this.rows.how[i] = How.reported;
    this.rows.type[i] = folioState(state);
    this.rows.offset[i] = bytesOfPages(from, this.page);
    this.rows.length[i] = bytesOfPages(to - from, this.page);
  }
}
