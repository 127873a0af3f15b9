import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonic } from '@mapscope/native';
import type { RulesName } from '@mapscope/shared/derive';
import { type Frame, FrameBuilder, SourceId } from '@mapscope/shared/trace';
import { sayDevice } from '@mapscope/shared/units';
import { parseMountTable } from '@mapscope/shared/wire';
import { parseCommand } from '../commands.ts';
import type { Collecting } from '../collecting.ts';
import type { Stream } from '../inlet.ts';
import { Merge } from '../merge.ts';
import type { Logger } from '../../host/log.ts';
import { createFiemap, type Fiemap } from '../../sources/fiemap/index.ts';
import { frameOf, hasLost, type Source } from '../../sources/source.ts';
import { createTracefs, type TracefsPlace } from '../../sources/tracefs/index.ts';
import { CacheLooks } from './cache-looks.ts';
import { MOST_FILES, WatchedFiles } from './files.ts';
import { Finder } from './finder.ts';
import { ownThreads } from './own-threads.ts';
import { Telling } from './telling.ts';
import { Volumes } from './volumes.ts';

export interface WatchingOptions {
  /** Absolute, without links. */
  readonly paths: readonly string[];
  /** Whether FIEMAP and cachestat are asked again when events leave something unknown; each file is asked once anyway. */
  readonly refreshes: boolean;
  readonly tracefs: TracefsPlace;
  /** Name of the trace instance. */
  readonly instance: string;
  /** Of each CPU; otherwise as `createTracefs` chooses. */
  readonly bufferKb?: number;
  /** Gets the merged stream. */
  readonly sink: (frame: Uint8Array) => void;
  readonly hasRoom: () => boolean;
  readonly log: Logger;
}

/** How often merged rows are sent. */
const TICK_MS = 5;
/** How often it is looked whether a filesystem is still mounted. Nanoseconds. */
const MOUNTS = 500_000_000n;
/** Waited for, since nobody outside of this process keeps it: only a stall of our own is longer. Nanoseconds. */
const PATIENCE = 500_000_000n;
/** Rows of these streams bear the time at which they are made. */
const NONE = 0n;
/** How long the first look at every file may take before the page is there. */
const FIRST_LOOK_MS = 5000;
/** Between two looks at everything, where no trace tells. */
const POLL_MS = 1000;

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
  private readonly traced: Stream;
  private readonly asked: Stream;
  private readonly fiemap: Fiemap;
  private readonly looks: CacheLooks;
  private readonly timer: NodeJS.Timeout;
  /** Moves the clock of who has nothing to say. */
  private readonly beat = new FrameBuilder(1);
  private before = monotonic();
  private lookedAtMounts = this.before;
  private isLooking = false;

  constructor(options: WatchingOptions) {
    this.options = options;
    this.merge = new Merge({ sink: options.sink });
    this.now = this.opened(SourceId.collector);
    this.past = this.opened(SourceId.tracefs);
    this.volumes = new Volumes(this.now);
    this.files = new WatchedFiles(this.volumes, this.now, this.past);
    this.finder = new Finder({
      files: this.files,
      volumes: this.volumes,
      caughtUp: () => this.caughtUp(),
      strange: (inode) => this.isLooking && this.look(inode),
      full: () => this.options.log.warn({ most: MOST_FILES }, 'there are more files than are watched'),
    });
    this.traced = this.merge.open(SourceId.tracefs, PATIENCE);
    this.asked = this.merge.open(SourceId.fiemap, PATIENCE);
    this.fiemap = createFiemap({
      open: (inode) => this.finder.open(inode),
      deviceNumber: this.volumes.deviceNumber,
      refused: (inode, why) => options.log.warn({ file: String(this.files.find(inode)?.path), ...why.problem }, 'a file tells no map'),
    });
    this.looks = new CacheLooks({
      open: (inode) => this.finder.open(inode),
      stream: this.merge.open(SourceId.pagecache, NONE),
      hasRoom: options.hasRoom,
      seesWriteback: (inode) => ['xfs', 'ext4'].includes(this.files.find(inode)?.volume.traced.filesystem ?? ''),
    });
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  command(line: string): void {
    const asked = parseCommand(line),
      why = typeof asked === 'string' ? asked : this.files.find(asked.inode) ? undefined : `inode ${asked.inode} is not watched`;
    if (why !== undefined) this.options.log.warn({ command: line.slice(0, 200), why }, 'command refused');
    else if (typeof asked === 'object') this.look(asked.inode);
  }

  lookAgain(): void {
    if (this.options.refreshes) for (const { inode } of this.files.all()) this.look(inode);
  }

  async follow(signal: AbortSignal, isLooking: () => void): Promise<void> {
    const over = new AbortController(),
      asking = this.fiemap.run((frame) => this.asked.take(frame), AbortSignal.any([signal, over.signal]));
    try {
      await this.finder.begin(this.options.paths);
      const { ended } = await this.trace(signal);
      this.isLooking = true;
      for (const { inode } of this.files.all()) this.look(inode);
      await this.firstLook(signal);
      isLooking();
      await ended;
      // Somebody took the trace away: what is cached is asked for from here on.
      while (!signal.aborted) await this.poll(signal);
    } finally {
      this.finder.end();
      over.abort();
      await asking;
    }
  }

  async end(): Promise<void> {
    clearInterval(this.timer);
    await this.looks.end();
    this.flush();
    this.merge.release(monotonic());
    this.merge.end();
    this.options.log.info({ late: this.merge.late, fiemap: this.fiemap.asked, looks: this.looks.count }, 'watching ended');
  }

  /** Starts the trace; resolves once it has begun, or is known not to. */
  private async trace(signal: AbortSignal): Promise<{ readonly ended: Promise<void> }> {
    const { tracefs, instance, bufferKb } = this.options,
      volumes = this.volumes.all();
    const source = createTracefs({
      tracefs,
      instance,
      devices: volumes.map(({ filesystem }) => sayDevice(filesystem.device)),
      rules: [...new Set(volumes.map(({ traced }): RulesName => traced.filesystem))],
      identify: this.files.identify,
      hears: this.files,
      volume: this.volumes.traced,
      volumeOfBdi: this.volumes.tracedOfBdi,
      ownPids: await ownThreads(),
      ...(bufferKb !== undefined && { bufferKb }),
    });
    let hasBegun = (): void => undefined;
    const begun = new Promise<void>((resolve) => (hasBegun = resolve)),
      ended = this.run(source, signal, () => hasBegun());
    await begun;
    return { ended };
  }

  private async run(source: Source, signal: AbortSignal, hasBegun: () => void): Promise<void> {
    const take = (frame: Frame): void => {
      this.traced.take(frame);
      hasBegun();
      this.heard(frame);
    };
    try {
      await source.run(take, signal);
    } catch (error) {
      this.options.log.error({ err: error, source: source.name }, 'a source failed');
      const why = error instanceof Error ? error.message : String(error);
      this.now.state(SourceId.tracefs, { name: source.name, state: 'ended', why, help: 'The log says more.', folios: 'none' });
      this.now.lost(0);
      hasBegun();
    } finally {
      this.traced.end();
    }
  }

  /** Waits for the trace, while there is one and it comes on. */
  private async caughtUp(): Promise<void> {
    const now = monotonic();
    while (this.isLooking && this.traced.passed <= now && monotonic() - now < PATIENCE) await sleep(TICK_MS);
  }

  /** What became unknown is asked for. */
  private heard(frame: Frame): void {
    if (!this.options.refreshes) return;
    this.fiemap.heard(frame);
    this.looks.heard(frame);
    if (hasLost(frame)) this.lookAgain();
  }

  /** Map and cache of a file are asked for. */
  private look(inode: number): void {
    this.fiemap.ask(inode);
    this.looks.ask(inode);
  }

  private async firstLook(signal: AbortSignal): Promise<void> {
    for (const end = performance.now() + FIRST_LOOK_MS; performance.now() < end && !signal.aborted; await sleep(TICK_MS))
      if (this.fiemap.isIdle && this.looks.isIdle) return;
  }

  private async poll(signal: AbortSignal): Promise<void> {
    this.lookAgain();
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }

  private tick(): void {
    const now = monotonic();
    this.files.forgetNameless(now);
    if (now - this.lookedAtMounts > MOUNTS) this.lookAtMounts(now);
    this.looks.tick(now);
    this.flush();
    // What is asked for from now on bears a later time.
    if (!this.fiemap.isAsking) this.asked.take(frameOf(this.beat, now));
    this.merge.release(this.before);
    this.before = now;
  }

  private flush(): void {
    this.now.flush();
    this.past.flush();
    this.looks.flush();
  }

  /** A filesystem that is unmounted takes its files along. */
  private lookAtMounts(now: bigint): void {
    this.lookedAtMounts = now;
    const mounted = new Set(parseMountTable(readFileSync('/proc/self/mountinfo', 'utf8')).map(sayDevice));
    for (const volume of this.volumes.all()) {
      if (mounted.has(sayDevice(volume.filesystem.device))) continue;
      this.options.log.warn({ mount: volume.filesystem.mount.path }, 'unmounted while it was watched');
      this.files.leave(volume);
      this.volumes.leave(volume);
    }
  }

  /** Rows of our own, for a stream of the merge. */
  private opened(source: SourceId): Telling {
    const stream = this.merge.open(source, NONE);
    return new Telling(source, monotonic, (frame) => {
      stream.take(frame);
      if (this.options.refreshes) this.fiemap.heard(frame);
    });
  }
}
