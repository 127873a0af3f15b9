import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { cachestat, monotonic } from '@mapscope/native';
import { decodeFrame, FolioState, FrameBuilder, How, Kind, SourceId } from '@mapscope/shared/trace';
import { isFlaw, sayFlaw } from '@mapscope/shared/units';
import { pageSize } from '../page-size.ts';
import { type Probe, saySource, type Sink, type Source, type SourceFacts } from '../source.ts';
import { Root } from './open-beneath.ts';
import { OpenFiles } from './open-files.ts';
import { type Ask, type Budget, changes, holding, PageBit, type PageRun, replace, survey } from './survey.ts';

/** A file of the mount that is to be watched. */
export interface WatchedFile {
  /** The stream's number. */
  readonly inode: number;
  readonly ino: bigint;
  /** Relative to the mount. */
  readonly path: Uint8Array;
  /** Bytes, as far as known: pages past it are found too. */
  readonly size: bigint;
}

export interface PageCacheOptions {
  /** Where the mount is, and its `major:minor`: nothing outside of it is opened. */
  readonly root: string;
  readonly device: string;
  readonly files: () => Iterable<WatchedFile>;
  readonly intervalMs?: number;
  /** System calls in one round; what is left over comes first in the next. */
  readonly calls?: number;
  /** Files held open. */
  readonly open?: number;
}

const INTERVAL_MS = 100;
const CALLS = 4000;
const OPEN = 256;
/** A file with the same counts and nothing dirty is looked at closely only every so many rounds. */
const CLOSELY = 10;
/** Longest a row waits within a round: the collector does not wait longer for a source. Nanoseconds. */
const HOLD = 5_000_000n;
const ENOSYS = -38;

/**
 * What the page cache holds of a mount's files, where tracepoints are not to be had: asked of cachestat(2) by bisection, some ten times a second.
 * It changes nothing in the cache (fact: live-facts 14), but opening a file asks the mount's server. Page by page: it knows no block state and no order.
 */
export function createPageCache(options: PageCacheOptions): Source {
  return {
    name: 'pagecache',
    probe: async () => probeCachestat(),
    async run(sink, signal) {
      const root = await Root.open(options.root, options.device);
      if (!root) return unavailable(sink, `${options.root} is not the mount ${options.device}`);
      const files = new OpenFiles(root, options.open ?? OPEN);
      try {
        await new Run(options, files, sink).until(signal);
      } finally {
        await files.closeAll();
        await root.close();
      }
    },
  };
}

export function probeCachestat(): Probe {
  const fd = openSync(process.execPath, 'r');
  try {
    // Refused for a file of somebody else it is there all the same.
    return cachestat(fd, 0n, 1n) === ENOSYS
      ? { ok: false, why: 'this kernel has no cachestat', remedy: 'Linux 6.5 or newer, or root and tracefs.' }
      : { ok: true };
  } finally {
    closeSync(fd);
  }
}

const facts = { name: 'pagecache', folios: 'cachestat' } as const;

function unavailable(sink: Sink, why: string): void {
  const rows = new FrameBuilder(1),
    now = monotonic();
  saySource(rows, now, SourceId.pagecache, { ...facts, state: 'unavailable', why, help: 'Start mapscope again.', folios: 'none' });
  tell(sink, rows, now, 0);
}

function tell(sink: Sink, rows: FrameBuilder, until: bigint, sequence: number): void {
  const frame = decodeFrame(rows.take(until, { sequence }));
  if (isFlaw(frame)) throw new Error(`a frame of our own: ${sayFlaw(frame)}`);
  sink(frame);
}

/** What was told of one file. */
interface Seen {
  runs: readonly PageRun[];
  /** Told dirty in the round before: told once more if it holds, since a row of the server may have come between the look and its row. */
  fresh: readonly PageRun[];
  /** Where the budget ended. */
  resume: number;
  /** Of the whole file, to see quickly that nothing changed. */
  counts: string;
}

class Run {
  private readonly options: PageCacheOptions;
  private readonly open: OpenFiles;
  private readonly sink: Sink;
  private readonly rows = new FrameBuilder();
  private readonly page = pageSize();
  private readonly seen = new Map<number, Seen>();
  private frames = 0;
  private round = 0;
  /** Where the budget of the round before ended among the files. */
  private next = 0;

  constructor(options: PageCacheOptions, open: OpenFiles, sink: Sink) {
    this.options = options;
    this.open = open;
    this.sink = sink;
  }

  async until(signal: AbortSignal): Promise<void> {
    this.state('ok');
    while (!signal.aborted) {
      await this.lookAround(signal);
      tell(this.sink, this.rows, monotonic(), this.frames++);
      await sleep(this.options.intervalMs ?? INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
    this.state('ended');
    tell(this.sink, this.rows, monotonic(), this.frames++);
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
        fd = await this.open.fdOf(file);
      if (fd !== undefined && !this.look(file, fd, budget)) return;
      this.next = (this.next + 1) % files.length;
      const now = monotonic();
      if (this.rows.count > 0 && now - this.rows.time[0]! > HOLD) tell(this.sink, this.rows, now, this.frames++);
    }
  }

  /** Looks at one file; false when the budget ended within it. */
  private look(file: WatchedFile, fd: number, budget: Budget): boolean {
    const at = monotonic(),
      seen = this.seen.get(file.inode) ?? { runs: [], fresh: [], resume: 0, counts: '' },
      whole = this.ask(fd, 0, 0);
    budget.left--;
    if (!whole || (whole.cache === 0 && seen.runs.length === 0)) return true;
    const counts = `${whole.cache} ${whole.dirty} ${whole.writeback}`,
      isQuiet = counts === seen.counts && whole.dirty === 0 && whole.writeback === 0 && seen.fresh.length === 0;
    if (isQuiet && seen.resume === 0 && (this.round + file.inode) % CLOSELY !== 0) return true;
    const end = this.endOf(file, seen, fd, whole.cache, budget),
      { runs, stop } = survey((from, to) => this.ask(fd, from, to), seen.resume, end, seen.runs, budget),
      now = replace(seen.runs, seen.resume, stop, runs),
      news = changes(seen.runs, now, seen.resume, stop);
    for (const run of [...news, ...holding(seen.fresh, now)]) this.row(file.inode, at, run);
    this.seen.set(file.inode, {
      runs: now,
      fresh: news.filter(({ state }) => (state & PageBit.dirty) !== 0),
      resume: stop < end ? stop : 0,
      counts,
    });
    return stop === end;
  }

  /** The page behind the last one that can be in the cache: the size that is known may be too small. */
  private endOf({ size }: WatchedFile, { runs }: Seen, fd: number, cached: number, budget: Budget): number {
    let end = Math.max(1, Math.ceil(Number(size) / this.page), runs.at(-1)?.to ?? 0);
    for (; end < 2 ** 40 && budget.left > 0; end *= 2) {
      budget.left--;
      if ((this.ask(fd, 0, end)?.cache ?? cached) >= cached) break;
    }
    return end;
  }

  /** Pages [from, to); [0, 0) is the whole file. */
  private ask(fd: number, from: number, to: number): ReturnType<Ask> {
    const found = cachestat(fd, BigInt(from) * BigInt(this.page), BigInt(to - from) * BigInt(this.page));
    return typeof found === 'number'
      ? undefined
      : { cache: Number(found.cache), dirty: Number(found.dirty), writeback: Number(found.writeback) };
  }

  private row(inode: number, at: bigint, { from, to, state }: PageRun): void {
    if (this.rows.isFull) tell(this.sink, this.rows, at, this.frames++);
    const i = this.rows.row(Kind.folio, at),
      page = BigInt(this.page);
    this.rows.inode[i] = inode;
    this.rows.source[i] = SourceId.pagecache;
    this.rows.how[i] = How.observed;
    this.rows.type[i] = folioState(state);
    this.rows.offset[i] = BigInt(from) * page;
    this.rows.length[i] = BigInt(to - from) * page;
  }
}

/** A page that is dirty again while it is written back is dirty: it has to be written once more. */
function folioState(state: number): FolioState {
  if ((state & PageBit.dirty) !== 0) return FolioState.folioDirty;
  if ((state & PageBit.writeback) !== 0) return FolioState.writeback;
  return state === 0 ? FolioState.removed : FolioState.clean;
}
