import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonic } from '@mapscope/native';
import { SourceId } from '@mapscope/shared/trace';
import { sayDevice } from '@mapscope/shared/units';
import { parseMountTable } from '@mapscope/shared/wire';
import type { Collecting } from '../collecting.ts';
import { type Command, parseCommand } from '../commands.ts';
import { Merge } from '../merge.ts';
import type { Logger } from '../../host/log.ts';
import type { TracefsPlace } from '../../sources/tracefs/index.ts';
import { Asking } from './asking.ts';
import { MOST_FILES, WatchedFiles } from './files.ts';
import { Finder } from './finder.ts';
import { Away } from './away.ts';
import { NONE } from './patience.ts';
import { Telling } from './telling.ts';
import { Tracing } from './tracing.ts';
import { Volumes } from './volumes.ts';

export interface WatchingOptions {
  /** Absolute, without links. */
  readonly paths: readonly string[];
  /** What lies at or below these is passed over. */
  readonly except: readonly string[];
  /** Whether FIEMAP and cachestat are asked again when events leave something unknown; each file is asked once anyway. */
  readonly refreshes: boolean;
  readonly tracefs: TracefsPlace;
  /** Name of the trace instance. */
  readonly instance: string;
  /** Of each CPU; otherwise as large as is usual. */
  readonly bufferKb?: number;
  /** Whether system calls of FUSE servers are traced. */
  readonly tracesCalls: boolean;
  /** Threads of other collectors on this machine, as of now. */
  readonly others: () => readonly number[];
  /** Gets the merged stream. */
  readonly sink: (frame: Uint8Array) => void;
  readonly hasRoom: () => boolean;
  readonly log: Logger;
}

/** How often merged rows are sent. */
const TICK_MS = 5;
/** How often it is looked whether a filesystem is still mounted, a folder where it was, and who else watches. Nanoseconds. */
const MOUNTS = 500_000_000n;
/** How long the first look at every file may take before the page is there. */
const FIRST_LOOK_MS = 5000;
/** How long somebody who took the trace away has for whatever he does with it. */
const AGAIN_MS = 1000;

/**
 * Watches files of filesystems that mapscope does not serve: tracepoints through the deriver, FIEMAP and cachestat once a file, and again where events leave
 * something unknown.
 */
export class Watching implements Collecting {
  private readonly options: WatchingOptions;
  private readonly merge: Merge;
  private readonly now: Telling;
  private readonly past: Telling;
  private readonly volumes: Volumes;
  private readonly files: WatchedFiles;
  private readonly finder: Finder;
  private readonly asking: Asking;
  private readonly tracing: Tracing;
  private readonly timer: NodeJS.Timeout;
  private before = monotonic();
  private lookedAround = this.before;
  private readonly away: Away;
  /** There is a trace, or what is to be asked is asked without one. */
  private isLooking = false;
  /** Files of which nothing is known, met while nobody looked: what is asked before there is a trace may have changed unseen until there is one. */
  private met: number[] = [];

  constructor(options: WatchingOptions) {
    this.options = options;
    this.merge = new Merge({ sink: options.sink });
    this.away = new Away(options.paths);
    this.now = this.opened(SourceId.collector);
    this.past = this.opened(SourceId.tracefs);
    this.volumes = new Volumes(this.now);
    this.files = new WatchedFiles(this.volumes, this.now, this.past, () => this.tracing.passed);
    this.finder = new Finder({
      files: this.files,
      volumes: this.volumes,
      except: options.except,
      caughtUp: () => this.tracing.caughtUp(),
      strange: (inode) => (this.isLooking ? this.asking.ask(inode) : void this.met.push(inode)),
      full: () => options.log.warn({ most: MOST_FILES }, 'there are more files than are watched'),
      own: (threads) => this.tracing.own(threads),
      silent: (why) => this.silent(why),
    });
    const common = { ...options, merge: this.merge, files: this.files, volumes: this.volumes };
    this.asking = new Asking({ ...common, finder: this.finder });
    this.tracing = new Tracing({
      ...common,
      telling: this.now,
      found: this.asking.found,
      places: this.asking.places,
      heard: (frame) => this.asking.heard(frame),
    });
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  command(line: string): void {
    const why = this.obey(parseCommand(line));
    if (why !== undefined) this.options.log.warn({ command: line.slice(0, 200), why }, 'command refused');
  }

  /** Answers why not. */
  private obey(asked: Command | string): string | undefined {
    if (typeof asked === 'string') return asked;
    if (asked.ask === 'ignore') this.tracing.ignore(asked.threads);
    else if (this.files.find(asked.inode)) this.asking.ask(asked.inode);
    else return `inode ${asked.inode} is not watched`;
    return undefined;
  }

  lookAgain(): void {
    if (this.options.refreshes) this.asking.askAll();
  }

  async follow(signal: AbortSignal, isLooking: () => void): Promise<void> {
    const over = new AbortController(),
      asking = this.asking.run(AbortSignal.any([signal, over.signal]));
    try {
      await this.finder.begin(this.options.paths);
      this.tracing.ignoreOthers(this.options.others());
      const { ended } = await this.tracing.begin(signal);
      this.askMet();
      await this.asking.settled(FIRST_LOOK_MS, signal);
      isLooking();
      await ended;
      // Somebody took the trace away.
      while (!signal.aborted) await this.traceAgain(signal);
    } finally {
      this.finder.end();
      over.abort();
      await asking;
    }
  }

  async end(): Promise<void> {
    clearInterval(this.timer);
    await this.asking.end();
    this.flush();
    this.merge.release(monotonic());
    this.merge.end();
    this.options.log.info({ late: this.merge.late }, 'watching ended');
  }

  /** Nothing was seen meanwhile: what can be asked is asked. */
  private async traceAgain(signal: AbortSignal): Promise<void> {
    await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const { ended } = await this.tracing.begin(signal);
    this.now.lost();
    this.askMet();
    this.lookAgain();
    await ended;
  }

  private askMet(): void {
    this.isLooking = true;
    for (const inode of this.met.splice(0)) this.asking.ask(inode);
  }

  /** What the trace tells of files on FUSE mounts that are known goes on. */
  private silent(why = ''): void {
    const state = why === '' ? 'ok' : 'unavailable',
      help = why === '' ? '' : 'Look whether its server runs; new names and sizes are not seen meanwhile.';
    this.options.log.warn({ why }, 'names on FUSE mounts');
    this.now.state(SourceId.collector, { name: 'names', state, why, help, folios: 'none' });
  }

  private tick(): void {
    const now = monotonic();
    this.files.forgetNameless();
    if (now - this.lookedAround > MOUNTS) this.lookAround(now);
    this.finder.tick();
    this.asking.tick(now);
    this.flush();
    this.merge.release(this.before);
    this.before = now;
  }

  private flush(): void {
    this.now.flush();
    this.past.flush();
  }

  /** A filesystem that is unmounted takes its files along. What is mounted in its place is watched, and so is a folder in the place of one that was moved. */
  private lookAround(now: bigint): void {
    this.lookedAround = now;
    this.tracing.ignoreOthers(this.options.others());
    const table = parseMountTable(readFileSync('/proc/self/mountinfo', 'utf8')),
      mounted = new Set(table.map(sayDevice));
    for (const volume of this.volumes.all()) {
      if (mounted.has(sayDevice(volume.filesystem.device))) continue;
      const { path } = volume.filesystem.mount;
      this.options.log.warn({ mount: path }, 'unmounted while it was watched');
      this.files.leave(volume);
      this.volumes.leave(volume);
      this.away.left(path);
    }
    void this.finder.lookAtRoots();
    const back = this.away.back(table);
    if (back.length > 0) void this.watchAgain(back);
  }

  /** The trace begins anew: of another device, or of another filesystem on the same one. What was not seen meanwhile is asked. */
  private async watchAgain(paths: readonly string[]): Promise<void> {
    this.options.log.info({ paths }, 'mounted again');
    this.isLooking = false;
    try {
      await this.finder.begin(paths);
    } catch (error) {
      this.options.log.warn({ err: error, paths }, 'what was mounted cannot be watched');
    }
    this.now.lost();
    this.tracing.stop();
  }

  /** Rows of our own, for a stream of the merge. */
  private opened(source: SourceId): Telling {
    const stream = this.merge.open(source, NONE);
    return new Telling(source, monotonic, (frame) => {
      stream.take(frame);
      this.asking.heard(frame);
    });
  }
}
