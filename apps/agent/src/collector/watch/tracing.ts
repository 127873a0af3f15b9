import { rmdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonic } from '@mapscope/native';
import type { RulesName, ToldPlaces } from '@mapscope/shared/derive';
import { type Frame, SourceId } from '@mapscope/shared/trace';
import { sayDevice } from '@mapscope/shared/units';
import { instanceAt, ownThreads } from '../../host/index.ts';
import type { Logger } from '../../host/log.ts';
import { createTracefs, type Found, type TracefsPlace } from '../../sources/tracefs/index.ts';
import type { Stream } from '../inlet.ts';
import type { Merge } from '../merge.ts';
import type { WatchedFiles } from './files.ts';
import { PATIENCE } from './patience.ts';
import type { Telling } from './telling.ts';
import type { Volumes } from './volumes.ts';

export interface TracingOptions {
  readonly tracefs: TracefsPlace;
  /** Name of the trace instance. */
  readonly instance: string;
  /** Of each CPU; otherwise as large as is usual. */
  readonly bufferKb?: number;
  /** See `TracefsOptions`. */
  readonly tracesCalls: boolean;
  readonly merge: Merge;
  readonly volumes: Volumes;
  readonly files: WatchedFiles;
  /** For what the source itself could not say. */
  readonly telling: Telling;
  /** What was found by asking, for the deriver. */
  readonly found: Found[];
  readonly places: ToldPlaces;
  readonly heard: (frame: Frame) => void;
  readonly log: Logger;
}

const POLL_MS = 5;
/** As many as the patience has, while nobody else wants to run. */
const MOST_TURNS = Number(PATIENCE) / 1e6 / POLL_MS;
/** Nobody who asks is ignored longer. */
const IGNORED_MS = 30_000;
const MOST_OWN = 1024;
/** Of each CPU, and of all together: a writer of small blocks makes 300,000 records a second, some 20 MB, and for so long others may keep us from reading. */
const BUFFER_KB = 16_384;
const ALL_BUFFERS_KB = 256 << 10;

/** The trace of the watched filesystems: one instance, from its beginning until it ends or somebody takes it away. */
export class Tracing {
  private readonly options: TracingOptions;
  private stream: Stream | undefined;
  private stopping = new AbortController();
  private isAgain = false;
  /** Threads whose work is nobody's: ours, and of others of us who ask. */
  private readonly ours = new Set<number>();
  /** Of these, threads of other collectors. */
  private others: readonly number[] = [];

  constructor(options: TracingOptions) {
    this.options = options;
  }

  /** Every record earlier has been heard. */
  get passed(): bigint {
    return this.stream?.passed ?? 0n;
  }

  /**
   * Waits for every record of before the call, while there is a trace and it comes on. By turns of ours, not by the clock: whoever keeps us from running keeps
   * the records from being read too.
   */
  async caughtUp(): Promise<void> {
    const now = monotonic();
    for (let turns = 0; this.stream && this.stream.passed <= now && turns < MOST_TURNS; turns++) await sleep(POLL_MS);
  }

  /** Ends it. */
  stop(): void {
    this.stopping.abort();
  }

  /** Starts it; resolves once it has begun, or is known not to. */
  async begin(signal: AbortSignal): Promise<{ readonly ended: Promise<void> }> {
    this.own([...(await ownThreads())]);
    if (this.isAgain) this.removeOld();
    this.isAgain = true;
    let hasBegun = (): void => undefined;
    const begun = new Promise<void>((resolve) => (hasBegun = resolve)),
      ended = this.run(AbortSignal.any([signal, (this.stopping = new AbortController()).signal]), () => hasBegun());
    await begun;
    return { ended };
  }

  /** Where tracefs was unmounted, the instance of before could not be removed, and is there again with it. */
  private removeOld(): void {
    const { tracefs, instance } = this.options;
    try {
      rmdirSync(instanceAt(tracefs.path ?? '', instance));
    } catch {
      // It is gone, as it should; or somebody has it open, which is said when no other can be made.
    }
  }

  /** What these threads do is nobody's work, as long as we run. */
  own(threads: readonly number[]): void {
    for (const thread of threads) this.ours.add(thread);
  }

  /** What these threads, and no others of other collectors, do from now on is nobody's work. */
  ignoreOthers(threads: readonly number[]): void {
    const known = new Set(this.others),
      now = new Set(threads);
    for (const thread of known) if (!now.has(thread)) this.ours.delete(thread);
    this.others = threads.filter((thread) => known.has(thread) || !this.ours.has(thread));
    this.own(this.others);
  }

  /** What these threads do from now on is part of nobody's work. Their numbers may be given to others later. */
  ignore(threads: readonly number[]): void {
    if (this.ours.size > MOST_OWN) return;
    const added = threads.filter((thread) => !this.ours.has(thread));
    this.own(added);
    setTimeout(() => added.forEach((thread) => this.ours.delete(thread)), IGNORED_MS).unref();
  }

  private async run(signal: AbortSignal, hasBegun: () => void): Promise<void> {
    const { merge, volumes, files, telling, heard, log, ...given } = this.options,
      stream = (this.stream = merge.open(SourceId.tracefs, PATIENCE));
    // What was found while nothing was traced may have ended since, and nobody would hear of it.
    given.found.length = 0;
    const source = createTracefs({
      bufferKb: Math.min(BUFFER_KB, Math.floor(ALL_BUFFERS_KB / cpus().length)),
      ...given,
      devices: volumes.all().map(({ filesystem }) => sayDevice(filesystem.device)),
      rules: [...new Set(volumes.all().map(({ traced }): RulesName => traced.filesystem))],
      identify: files.identify,
      hears: files,
      volume: volumes.traced,
      volumeOfBdi: volumes.tracedOfBdi,
      volumeOfFsid: volumes.tracedOfFsid,
      ownPids: this.ours,
    });
    const take = (frame: Frame): void => {
      stream.take(frame);
      hasBegun();
      heard(frame);
    };
    try {
      await source.run(take, signal);
    } catch (error) {
      log.error({ err: error, source: source.name }, 'a source failed');
      const why = error instanceof Error ? error.message : String(error);
      telling.state(SourceId.tracefs, { name: source.name, state: 'ended', why, help: 'The log says more.', folios: 'none' });
      telling.lost();
      hasBegun();
    } finally {
      stream.end();
      if (this.stream === stream) this.stream = undefined;
    }
  }
}
