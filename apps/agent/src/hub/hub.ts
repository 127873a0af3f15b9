import { createModel, type FileState, type Model, reduce } from '@mapscope/shared/model';
import { decodeFrame, type Frame, FrameBuilder, Kind, SourceId } from '@mapscope/shared/trace';
import { type Flaw, isFlaw, utf8 } from '@mapscope/shared/units';
import { ClockWaiters } from './clock.ts';
import { type Claimed, claimedOf, type KernelName, namedBy, namedFiles } from './claimed.ts';
import { MarkWaiters } from './marks.ts';
import { Passing } from './passing.ts';
import { fileOf, show, type Shown } from './show.ts';
import { Subscription, type SubscriptionOptions } from './subscription.ts';
import { ToldCounts } from './told.ts';

/** Words of a `source` row of the hub's own (docs/architecture.md). */
export interface SourceWords {
  readonly name: string;
  readonly state: 'ok' | 'unavailable' | 'ended';
  readonly why: string;
  readonly help: string;
  /** Where it is a recording that is played: its name. */
  readonly recording?: string;
}

export interface HubFacts {
  /** Rows reduced. */
  readonly events: number;
  readonly until: bigint;
  readonly files: number;
  readonly lost: bigint;
  readonly late: bigint;
  /** Frames that could not be read. */
  readonly flaws: number;
  /** Bytes kept for, and on their way to, clients. */
  readonly clientBytes: number;
  /** What each source says of itself. */
  readonly sources: readonly unknown[];
}

/** Gets every frame of the stream, its rows already in the model. */
export type FrameListener = (frame: Frame) => void;

/** Where the stream arrives: the model, and everybody who wants to know. No sockets, no clock of its own: time is what frames say. */
export class Hub {
  readonly model: Model;
  private readonly subscriptions = new Set<Subscription>();
  private readonly listeners = new Set<FrameListener>();
  private readonly clock = new ClockWaiters();
  private readonly marks = new MarkWaiters();
  private readonly told = new ToldCounts();
  private flaws = 0;

  /** `model`: where to begin, when the stream goes on from a recording. */
  constructor(model: Model = createModel()) {
    this.model = model;
  }

  /** The next frame of the stream, encoded. Answers why it is none: then it is counted, and the stream goes on. */
  take(bytes: Uint8Array): Flaw | undefined {
    const frame = decodeFrame(bytes);
    if (isFlaw(frame)) {
      this.flaws++;
      return frame;
    }
    this.deliver(frame);
    return undefined;
  }

  /** The next frame, decoded. */
  deliver(frame: Frame): void {
    reduce(this.model, frame);
    this.told.take(frame);
    for (const listener of this.listeners) listener(frame);
    const passing = new Passing(frame);
    for (const subscription of this.subscriptions) subscription.take(passing);
    this.marks.take(frame);
    this.clock.tick(this.model.until);
  }

  /** A row of our own: what the hub, or the server around it, can no longer tell. `source`: of whom it speaks. */
  saySource(words: SourceWords, source: SourceId = SourceId.hub): void {
    const rows = new FrameBuilder(1),
      at = this.model.until;
    rows.source[rows.row(Kind.source, at)] = source;
    rows.bytes(utf8(JSON.stringify(words)));
    this.deliver(decodeFrame(rows.take(at)) as Frame);
  }

  /** Sections first, then live. The second value ends it. */
  subscribe(options: SubscriptionOptions): readonly [Subscription, () => void] {
    const subscription = new Subscription(this.model, options);
    this.subscriptions.add(subscription);
    return [subscription, () => void this.subscriptions.delete(subscription)];
  }

  /** Answers how to stop listening. */
  listen(listener: FrameListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Resolves true when every row up to `at` has been reduced, false when `signal` aborts first. */
  whenPassed(at: bigint, signal: AbortSignal): Promise<boolean> {
    return this.model.until > at ? Promise.resolve(true) : this.clock.wait(at, signal);
  }

  /** Resolves true when a mark with this text has come, with everything that came before it; false when `signal` aborts first. */
  whenMarked(text: string, signal: AbortSignal): Promise<boolean> {
    return this.marks.wait(text, signal);
  }

  /** What the model says of a file now, by the name that the kernel has for it; undefined: it knows no such file. */
  claimed(name: KernelName, since?: bigint): Claimed | undefined {
    const file = namedBy(this.model, name);
    return file && claimedOf(this.model, file, this.told.of(file.inode), this.told.all, since);
  }

  /** Paths of the files that are watched. */
  get watched(): readonly string[] {
    return namedFiles(this.model);
  }

  /** The file of our mount that its filesystem calls `ino`. */
  find(ino: bigint): FileState | undefined {
    return fileOf(this.model, ino);
  }

  /** `seen`: the size that stat(2) says. */
  show(file: FileState, seen?: bigint): Shown {
    return show(this.model, file, seen);
  }

  facts(): HubFacts {
    const { model } = this;
    return {
      events: model.rows,
      until: model.until,
      files: model.files.size,
      lost: model.lost,
      late: model.late,
      flaws: this.flaws,
      clientBytes: [...this.subscriptions].reduce((sum, { bytes }) => sum + bytes, 0),
      sources: [...model.sources.values()].map(({ source, text }) => ({ source, ...words(text) })),
    };
  }
}

function words(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : { name: text };
  } catch {
    return { name: text };
  }
}
