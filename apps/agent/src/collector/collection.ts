import { monotonic } from '@mapscope/native';
import { Answers, type AnswerViolation } from '@mapscope/shared/derive';
import { decodeFrame, type Frame, FrameBuilder, How, Kind, SourceId } from '@mapscope/shared/trace';
import { isFlaw, sayFlaw, utf8 } from '@mapscope/shared/units';
import type { Logger } from '../host/log.ts';
import { type MountFacts, ownThreads, pageSize } from '../host/index.ts';
import { beneath, createPageCache, type PageCache, probeCachestat, type WatchedFile } from '../sources/pagecache/index.ts';
import { Root } from '../sources/pagecache/open-beneath.ts';
import { hasLost, saySource, type Source, type SourceFacts } from '../sources/source.ts';
import { createTracefs, type TracefsPlace } from '../sources/tracefs/index.ts';
import type { Collecting } from './collecting.ts';
import { parseCommand } from './commands.ts';
import type { Stream } from './inlet.ts';
import { KnownInodes } from './known-inodes.ts';
import { Merge } from './merge.ts';
import { Refreshes } from './refreshes.ts';

export interface CollectionOptions {
  readonly mount: MountFacts;
  readonly tracefs: TracefsPlace;
  /** Name of the trace instance. */
  readonly instance: string;
  /** Gets the merged stream. */
  readonly sink: (frame: Uint8Array) => void;
  /** False while who gets it is behind. */
  readonly hasRoom?: () => boolean;
  readonly log: Logger;
}

/** How often merged rows are sent. */
const TICK_MS = 5;
/** tracefs waits for nobody outside of this process, so its clock may be waited for: only a stall of our own is longer. Nanoseconds. */
const TRACEFS_PATIENCE = 500_000_000n;
/**
 * The order of the session's rows and the tracepoints' is what says whether a page is dirty: a session that stalls is waited for rather than told late,
 * which would leave the picture wrong for good. One that runs says every 20 ms how far it is. Nanoseconds.
 */
const SESSION_PATIENCE = 500_000_000n;
/** How long the session's past is waited for at the beginning: it has begun before us. Nanoseconds. */
const CATCH_UP = 1_000_000_000n;
/** Violations of a frame of ours. */
const MOST_BROKEN = 512;
/** Rows of these streams carry the time at which they are made. */
const NONE = 0n;

/**
 * What the collector does: the session's frames and what sources see of its mount, merged by time into one stream; and commands, which
 * can only name inodes that the session has introduced.
 */
export class Collection implements Collecting {
  private readonly options: CollectionOptions;
  private readonly merge: Merge;
  private readonly known = new KnownInodes();
  private readonly session: Stream;
  private readonly own: Stream;
  private readonly refreshes: Refreshes;
  /** What is known only here: what the session answered, and what of the file was dirty meanwhile. */
  private readonly answers = new Answers(pageSize());
  private readonly broken: AnswerViolation[] = [];
  private pageCache: PageCache | undefined;
  private readonly timer: NodeJS.Timeout;
  private readonly begun = monotonic();
  /** When the tick before was: what is older than it has been read from every pipe. */
  private before = this.begun;

  constructor(options: CollectionOptions) {
    const { mount, sink } = options;
    this.options = options;
    this.merge = new Merge({
      sink: (bytes) => {
        const frame = decodeFrame(bytes);
        if (!isFlaw(frame)) this.broken.push(...this.answers.take(frame));
        sink(bytes);
      },
    });
    this.session = this.merge.open(SourceId.fuse, SESSION_PATIENCE);
    this.own = this.merge.open(SourceId.collector, NONE);
    const looked = this.merge.open(SourceId.pagecache, NONE);
    this.refreshes = new Refreshes(
      this.known,
      () => Root.open(mount.path, mount.device),
      (frame) => looked.take(frame),
      options.hasRoom ?? (() => true),
    );
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.say(SourceId.fuse, { name: 'fuse', state: 'ok', why: '', help: '', folios: 'none' });
  }

  /** The next frame of the session, encoded. */
  take(bytes: Uint8Array): void {
    const frame = decodeFrame(bytes);
    if (isFlaw(frame)) return this.options.log.error({ why: sayFlaw(frame) }, 'a frame of the session cannot be read');
    // What was to be introduced first was lost; or its name was, and it could not be found.
    this.known.learn(frame, (inode, wasKnown) => (wasKnown ? this.refreshes.retry(inode) : this.refreshes.ask(inode)));
    this.session.take(frame);
    this.pageCache?.heard(frame);
    if (hasLost(frame)) this.lookAgain();
  }

  /** Rows were lost, here or behind us: what the page cache holds of any file is to be looked at again. */
  lookAgain(): void {
    this.refreshes.askAll();
  }

  /** The session says nothing any more. */
  sessionEnded(why: string): void {
    this.session.end();
    this.say(SourceId.fuse, { name: 'fuse', state: 'ended', why, help: '', folios: 'none' });
  }

  /** A line from the server. What is not on the list, or names an inode that nobody introduced, is refused. */
  command(line: string): void {
    const asked = parseCommand(line);
    const why =
      typeof asked === 'string'
        ? asked
        : asked.ask !== 'refresh'
          ? 'it is for watched paths'
          : this.refreshes.ask(asked.inode)
            ? undefined
            : `inode ${asked.inode} is no file of this mount`;
    if (why !== undefined) this.options.log.warn({ command: line.slice(0, 200), why }, 'command refused');
  }

  /**
   * Follows the page cache until `signal` aborts: by tracepoints, and by cachestat where there are none or they end. `isLooking` is called as soon as
   * one of them looks, or none can, and perhaps again.
   */
  async follow(signal: AbortSignal, isLooking: () => void): Promise<void> {
    const { mount, tracefs, instance } = this.options;
    await this.run(
      createTracefs({
        tracefs,
        instance,
        devices: [mount.device],
        rules: 'served',
        identify: (_, ino) => this.known.numberOf(ino),
        ownPids: await ownThreads(),
        settled: () => this.session.passed,
      }),
      SourceId.tracefs,
      TRACEFS_PATIENCE,
      signal,
      isLooking,
    );
    if (signal.aborted) return;
    const probe = probeCachestat();
    if (probe.ok) {
      const files = (): Iterable<WatchedFile> => this.known.regular();
      this.pageCache = createPageCache({ opening: beneath(mount.path, mount.device), files, isDoubted: tracefs.path !== null });
      await this.run(this.pageCache, SourceId.pagecache, undefined, signal, isLooking);
    } else this.say(SourceId.pagecache, { name: 'pagecache', state: 'unavailable', why: probe.why, help: probe.remedy, folios: 'none' });
    isLooking();
  }

  /** Sends what is left. */
  async end(): Promise<void> {
    clearInterval(this.timer);
    await this.refreshes.end();
    this.merge.release(monotonic());
    this.sayBroken();
    this.merge.end();
    this.options.log.info({ late: this.merge.late }, 'collection ended');
  }

  private async run(source: Source, id: SourceId, patience: bigint | undefined, signal: AbortSignal, isLooking: () => void): Promise<void> {
    const stream = this.merge.open(id, patience);
    const take = (frame: Frame): void => {
      stream.take(frame);
      isLooking();
      if (hasLost(frame)) this.lookAgain();
    };
    try {
      await source.run(take, signal);
    } catch (error) {
      this.options.log.error({ err: error, source: source.name }, 'a source failed');
      const why = error instanceof Error ? error.message : String(error);
      this.say(id, { name: source.name, state: 'ended', why, help: 'The log says more.', folios: 'none' });
    } finally {
      stream.end();
    }
  }

  private tick(): void {
    const now = monotonic(),
      isCatchingUp = this.session.passed < this.begun && now - this.begun < CATCH_UP;
    if (!isCatchingUp) this.merge.release(this.before);
    this.sayBroken();
    this.before = now;
  }

  /** Rules that answers broke, told behind them. */
  private sayBroken(): void {
    while (this.broken.length > 0) {
      const rows = new FrameBuilder(MOST_BROKEN),
        now = monotonic();
      for (const { op, inode, offset, text } of this.broken.splice(0, MOST_BROKEN)) {
        const i = rows.row(Kind.violation, now);
        rows.op[i] = op;
        rows.inode[i] = inode;
        rows.offset[i] = offset;
        rows.source[i] = SourceId.collector;
        rows.how[i] = How.derived;
        rows.bytes(utf8(text));
      }
      this.own.take(decodeFrame(rows.take(now)) as Frame);
    }
  }

  private say(source: SourceId, facts: SourceFacts): void {
    const rows = new FrameBuilder(1),
      now = monotonic();
    saySource(rows, now, source, facts);
    this.own.take(decodeFrame(rows.take(now)) as Frame);
  }
}
