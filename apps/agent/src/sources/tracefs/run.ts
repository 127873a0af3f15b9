import { setTimeout as sleep } from 'node:timers/promises';
import { monotonic } from '@mapscope/native';
import {
  createDeriver,
  type Deriver,
  type FindByFsid,
  type FindVolume,
  type Hears,
  type Identify,
  type RulesName,
  type ToldPlaces,
} from '@mapscope/shared/derive';
import { FrameBuilder, NO_CPU, SourceId } from '@mapscope/shared/trace';
import { maxBig, minBig } from '@mapscope/shared/units';
import { merge, type Merged, PushLane, type RecordPage } from '@mapscope/shared/wire';
import { pageSize, sayError } from '../../host/index.ts';
import { type BufferFacts, frameOf, saySource, type Sink, type SourceFacts } from '../source.ts';
import { Drain } from './drain.ts';
import { namesOf } from './device.ts';
import { Fill } from './fill.ts';
import type { Instance } from './instance.ts';
import { Losses } from './losses.ts';
import { Servers } from './servers.ts';
import type { TracefsPlace } from './probe.ts';

export interface TracefsOptions {
  readonly tracefs: TracefsPlace;
  /** Name of the instance that is made, and removed at the end. It must be written down where a cleaner finds it before `run`. */
  readonly instance: string;
  /** `major:minor` of the filesystems, as in mountinfo; and what they are. */
  readonly devices: readonly string[];
  readonly rules: RulesName | readonly RulesName[];
  readonly identify: Identify;
  readonly ownPids?: ReadonlySet<number>;
  /** See `DeriverOptions`. */
  readonly volume?: FindVolume;
  readonly volumeOfBdi?: FindVolume;
  readonly volumeOfFsid?: FindByFsid;
  readonly hears?: Hears;
  readonly places?: ToldPlaces;
  readonly takesReports?: boolean;
  /**
   * Up to when every inode is known to `identify`: records wait for it, but no longer than the collector's watermark. Left out: they do not wait.
   */
  readonly settled?: () => bigint;
  /** What others have found out, in order of time: it is told to the deriver in its place among the records. Emptied. */
  readonly found?: Found[];
  /** Whether system calls of FUSE servers are traced, which tell when they take requests and when they answer. Costs each system call of the machine. */
  readonly tracesCalls?: boolean;
  /** Buffer of each CPU. */
  readonly bufferKb?: number;
  readonly pollMs?: number;
}

/** A range of a file waited for a place when somebody asked, or was shared. */
export interface Found {
  /** When it was asked; CLOCK_MONOTONIC, nanoseconds. */
  readonly at: bigint;
  readonly dev: number;
  readonly ino: bigint;
  readonly root: bigint;
  /** Bytes of the file. */
  readonly from: bigint;
  readonly to: bigint;
  /** Where on its device it is shared; left out: it waits. */
  readonly addr?: bigint;
}

/**
 * Drained every 10 ms at least, without blocking; twice as often while something comes, since a record is taken at the poll after the one that
 * read it: what is older than the start of the poll before is never followed by older. Facts: live-facts 19, 20.
 */
const IDLE_MS = 10;
const BUSY_MS = 5;
/** The collector's watermark (docs/design "Order"): later than this nothing waits for an introduction. */
const PATIENCE = 20_000_000n;
/** An idle source moves the clock this often: rows of other sources wait for it. */
const BEAT = 10_000_000n;
/** How often it is looked whether the instance is still as we left it. */
const LOOK = 1_000_000_000n;

export const facts = { name: 'tracefs', folios: 'tracepoints' } as const;

/** Records that others took out of a CPU's buffer between two looks; -1n: nobody knows how many. */
interface Taken {
  readonly cpu: number;
  readonly n: bigint;
  readonly from: bigint;
  readonly to: bigint;
}

/** One run: polls, merges, derives, and hands out frames. */
export class Run implements Merged {
  private readonly options: TracefsOptions;
  private readonly instance: Instance;
  private readonly sink: Sink;
  private readonly rows = new FrameBuilder();
  private readonly drain: Drain;
  private readonly fill: Fill;
  private readonly lanes: readonly PushLane[];
  private readonly deriver: Deriver;
  private readonly losses: Losses;
  private readonly servers: Servers | undefined;
  private frames = 0;
  /** Every record before this has been taken. */
  private horizon: bigint;
  private told: bigint;
  private looked: bigint;
  /** Pages read when it was last looked. */
  private pagesAtLook = 0;
  /** What others were found to have taken, told once all before is taken. */
  private taken: Taken[] = [];
  /** What was last said of the buffers. */
  private saidFill: BufferFacts | undefined;

  constructor(options: TracefsOptions, instance: Instance, sink: Sink) {
    const now = monotonic();
    this.options = options;
    this.instance = instance;
    this.sink = sink;
    this.horizon = now;
    this.told = now;
    this.looked = now;
    this.drain = new Drain(instance.shape);
    this.fill = new Fill(instance.bufferBytes);
    this.lanes = instance.buffers.map(({ cpu }) => new PushLane(cpu, now));
    this.losses = new Losses(instance);
    if (instance.canTraceCalls)
      this.servers = new Servers(new Set(options.devices.map((device) => namesOf(device).dev)), options.ownPids ?? new Set());
    this.deriver = createDeriver({
      rules: options.rules,
      formats: instance.formats,
      out: this.rows,
      full: () => this.tell(),
      identify: options.identify,
      pageSize: pageSize(),
      ownPids: options.ownPids,
      volume: options.volume,
      volumeOfBdi: options.volumeOfBdi,
      volumeOfFsid: options.volumeOfFsid,
      hears: options.hears,
      places: options.places,
      takesReports: options.takesReports,
    });
  }

  async until(signal: AbortSignal): Promise<void> {
    this.traceCalls();
    this.state('ok', '');
    this.tell();
    let before = this.horizon,
      why: string | undefined;
    while (!signal.aborted && why === undefined) {
      await sleep(this.options.pollMs ?? (this.isBusy ? BUSY_MS : IDLE_MS), undefined, { signal }).catch(() => undefined);
      const start = monotonic();
      why = this.read() ?? this.look(start);
      this.take(this.safe(before, start));
      if (this.rows.count > 0 || start - this.told >= BEAT) this.tell();
      before = start;
    }
    this.finish(why);
  }

  /** Servers come and go. */
  private traceCalls(): void {
    if (this.servers && this.instance.traceCalls(this.servers.filter())) this.deriver.hearsCallsSince(monotonic());
  }

  private get isBusy(): boolean {
    return this.lanes.some(({ head }) => head !== undefined);
  }

  /** What can be taken now: nothing older comes, and inodes are known; with a limit to the waiting. */
  private safe(before: bigint, start: bigint): bigint {
    const settled = this.options.settled?.();
    return settled === undefined ? before : minBig(before, maxBig(settled, start - PATIENCE));
  }

  /** Reads every CPU; answers why that ended, if it did. */
  private read(): string | undefined {
    for (const [i, buffer] of this.instance.buffers.entries()) {
      const result = this.drain.read(buffer, this.lanes[i]!);
      this.fill.took(this.drain.held * this.instance.shape.size);
      this.losses.took(buffer.cpu, this.drain.records);
      if (result < 0) return `the trace buffer of CPU ${buffer.cpu} cannot be read any more (errno ${-result})`;
    }
    return undefined;
  }

  /** Somebody else may switch the instance off: then nothing would come, and nobody would know. */
  private look(now: bigint): string | undefined {
    if (now - this.looked < LOOK) return undefined;
    const before = this.looked;
    this.looked = now;
    try {
      this.fill.resized(this.instance.bufferBytes);
      this.tellFill();
      this.findTaken(before, now);
      this.tellRest();
      const { changed } = this.instance;
      if (changed !== undefined) return changed;
    } catch {
      return 'the trace instance was removed by somebody else';
    }
    try {
      this.traceCalls();
      return undefined;
    } catch (error) {
      return `the system calls of FUSE servers cannot be traced: ${sayError(error)}`;
    }
  }

  /** Others may read our buffers, or empty them. */
  private findTaken(from: bigint, to: bigint): void {
    for (const { cpu } of this.lanes) {
      const n = this.losses.taken(cpu);
      if (n !== 0n) this.taken.push({ cpu, n, from, to });
    }
  }

  private tellTaken(): void {
    const due = this.taken.filter(({ to }) => to <= this.horizon);
    if (due.length === 0) return;
    this.taken = this.taken.filter((each) => !due.includes(each));
    for (const { cpu, n, from } of due) this.deriver.lost(cpu, n, from, this.horizon);
  }

  /**
   * A page that is full has no room for how many were lost before it, and what was lost behind the last one is told by the next. When a while nothing has come, what the kernel has
   * counted beyond that is all told.
   */
  private tellRest(): void {
    const isQuiet = this.drain.pages === this.pagesAtLook;
    this.pagesAtLook = this.drain.pages;
    if (!isQuiet) return;
    for (const lane of this.lanes) {
      const n = this.losses.rest(lane.cpu, 0n);
      if (n > 0n) this.lost(lane.cpu, n, lane.last, this.horizon);
    }
  }

  private take(horizon: bigint): void {
    const to = maxBig(this.horizon, horizon);
    merge(this.lanes, to, this);
    // Also when there is no record behind it: it would pile up, and be forgotten.
    if (this.options.found) this.tellFound(this.options.found, to);
    this.deriver.flush(to);
    // Only now: a frame that was full on the way has promised no more than before.
    this.horizon = to;
    this.tellTaken();
  }

  record(page: RecordPage, i: number, cpu: number): void {
    const { found } = this.options;
    if (found && found.length > 0) this.tellFound(found, page.times[i]!);
    this.deriver.record(page.view, page.places[i]!, page.sizes[i]!, page.times[i]!, cpu);
  }

  private tellFound(found: Found[], time: bigint): void {
    while (found.length > 0 && found[0]!.at <= time) {
      const { at, dev, ino, root, from, to, addr } = found.shift()!;
      if (addr === undefined) this.deriver.waits(dev, ino, root, from, to);
      else this.deriver.shares(dev, ino, root, from, to, addr, at);
    }
  }

  lost(cpu: number, n: bigint, from: bigint, to: bigint): void {
    this.losses.told(cpu, n);
    this.deriver.lost(cpu, n, from, to);
  }

  done(page: RecordPage): void {
    this.drain.release(page);
  }

  /** Takes what is left, and holds what the pages told of losses against what the kernel counted. */
  private finish(why: string | undefined): void {
    try {
      this.instance.pause();
    } catch {
      // Gone already: `why` says so.
    }
    this.read();
    const now = monotonic();
    try {
      this.findTaken(this.looked, now);
    } catch {
      // Gone, as above.
    }
    this.take(now);
    for (const lane of this.lanes) {
      const n = this.losses.rest(lane.cpu, lane.takeOwed());
      if (n !== 0n) this.deriver.lost(lane.cpu, n, lane.last, now);
    }
    // From here on the cache changes unseen.
    if (why !== undefined) this.deriver.lost(NO_CPU, -1n, this.horizon, now);
    this.state('ended', why ?? '');
    this.tell();
  }

  private state(state: SourceFacts['state'], why: string): void {
    const help = why === '' ? '' : 'Start mapscope again to see the page cache.';
    this.saidFill = this.fill.facts();
    saySource(this.rows, this.horizon, SourceId.tracefs, { ...facts, state, why, help, buffer: this.saidFill });
  }

  /** Once a second, when it has changed. */
  private tellFill(): void {
    const now = this.fill.facts(),
      said = this.saidFill;
    if (said?.fill === now.fill && said.most === now.most) return;
    this.saidFill = now;
    saySource(this.rows, this.horizon, SourceId.tracefs, { ...facts, state: 'ok', why: '', help: '', buffer: now });
  }

  private tell(): void {
    this.told = monotonic();
    this.sink(frameOf(this.rows, this.horizon, this.frames++));
  }
}
