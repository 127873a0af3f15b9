import { FrameBuilder, FrameFlag, Kind, SourceId, stampClock } from '@mapscope/shared/trace';
import { type FileState, type Model, snapshot, snapshotSections } from '@mapscope/shared/model';
import type { Inodes, Passing } from './passing.ts';

export interface SubscriptionOptions {
  /** Chosen by the client; stands in every frame it gets. */
  readonly id: number;
  readonly inodes: Inodes;
  /** Bytes that may be on their way: sent, and not returned as credit yet. A single frame may be larger when nothing else is. */
  readonly credits: number;
  readonly send: (frame: Uint8Array) => void;
  /** Bytes that the transport takes without keeping them in memory beyond its own limit. */
  readonly room?: () => number;
  /** Bytes of frames that are kept for a client whose credits are used up, before rows are skipped. */
  readonly hold?: number;
}

/** Rows of sections that are made at a time. */
const GROUP_ROWS = 8192;

/**
 * One client's view of the stream: first the state of everything (a *round*: keyframe, then sections), then every frame. A client that
 * does not keep up is skipped, told how many rows by a `gap`, and gets another round when its credits are back.
 *
 *   round ── keyframe with inode 0 ── sections … ── sectionsEnd ── live … ── live
 *     ^         live frames go in between: a section says what is so at its place in the stream     |
 *     └──────────────────────── skipped: hold is full, or paused ───────────────────────────────────┘
 *
 * A section is made when there is room for it, not before: a client costs `hold`, one group of sections and its credits, no more.
 */
export class Subscription {
  private readonly options: Required<SubscriptionOptions>;
  private readonly model: Model;
  /** Encoded frames that wait for credits, oldest first. */
  private readonly queue: Uint8Array[] = [];
  private queued = 0;
  /** Bytes on their way. */
  private flying = 0;
  /** Inodes whose section this round has not given yet, last first; `undefined`: the round is over. */
  private todo: number[] | undefined;
  private skipped = 0n;
  private isSkipping = false;
  private isPaused = false;
  /** The clock of what was given. */
  private told = 0n;

  constructor(model: Model, options: SubscriptionOptions) {
    this.model = model;
    this.options = { room: () => Number.MAX_SAFE_INTEGER, hold: 4 << 20, ...options };
    this.begin();
    this.pump();
  }

  get id(): number {
    return this.options.id;
  }

  /** Bytes that this client costs here. */
  get bytes(): number {
    return this.queued + this.flying;
  }

  /** The next frame of the stream; the model has it already. */
  take(passing: Passing): void {
    const { id, inodes, hold } = this.options;
    if (this.isPaused || this.isSkipping) this.skip(passing);
    else if (this.queue.length > 0 && passing.frame.count === 0) {
      // Only a clock: the next frame has a newer one.
    } else {
      const bytes = passing.bytesFor(id, inodes);
      if (this.queue.length === 0 && this.mayFly(bytes)) this.fly(bytes);
      else if (this.queued + bytes.length <= hold) this.enqueue(bytes);
      else this.skip(passing);
      if (!this.isSkipping) this.told = passing.frame.until;
    }
    this.pump();
  }

  /** The client has reduced so many bytes. */
  credit(bytes: number): void {
    this.flying = Math.max(0, this.flying - bytes);
    this.pump();
  }

  pause(isPaused: boolean): void {
    this.isPaused = isPaused;
    this.pump();
  }

  private skip(passing: Passing): void {
    const rows = passing.rowsFor(this.options.inodes);
    if (rows === 0) return;
    this.skipped += BigInt(rows);
    this.isSkipping = true;
  }

  /** Sends what may be sent, and makes more of a round while there is room. */
  private pump(): void {
    while (!this.isPaused) {
      const next = this.queue[0];
      if (next) {
        if (!this.mayFly(next)) return;
        this.queue.shift();
        this.queued -= next.length;
        this.fly(next);
      } else if (this.todo) this.goOn(this.todo);
      else if (this.isSkipping && this.flying <= this.options.credits / 2) this.begin();
      else return;
    }
  }

  private mayFly(bytes: Uint8Array): boolean {
    return this.flying === 0 || (this.flying + bytes.length <= this.options.credits && bytes.length <= this.options.room());
  }

  private fly(bytes: Uint8Array): void {
    this.flying += bytes.length;
    this.options.send(bytes);
  }

  private enqueue(bytes: Uint8Array): void {
    this.queue.push(bytes);
    this.queued += bytes.length;
  }

  /** Everything but the sections, whole: rows of the stream must not come in between. */
  private begin(): void {
    const { id, inodes } = this.options,
      { model } = this;
    this.told = model.until;
    if (this.skipped > 0n) this.sayGap();
    for (const frame of snapshot(model, { inodes: [], subscription: id, isAnswer: false })) this.enqueue(withoutClock(frame));
    this.todo = [...(inodes === 'all' ? numbers(model) : inodes)].reverse();
    this.isSkipping = false;
    this.skipped = 0n;
  }

  /** The next group of sections, or the end of the round. */
  private goOn(todo: number[]): void {
    const { id: subscription } = this.options,
      group: number[] = [];
    for (let rows = 0; todo.length > 0 && rows < GROUP_ROWS;) {
      const inode = todo.pop()!,
        size = sizeOf(this.model.files.find(inode));
      if (size === 0) continue;
      group.push(inode);
      rows += size;
    }
    const until = this.told;
    if (group.length > 0)
      for (const frame of snapshotSections(this.model, group, { subscription, until, isAnswer: false })) this.enqueue(withoutClock(frame));
    if (todo.length > 0) return;
    this.enqueue(new FrameBuilder(1).take(until, { flags: FrameFlag.keyframe | FrameFlag.sectionsEnd, subscription }));
    this.todo = undefined;
  }

  private sayGap(): void {
    const rows = new FrameBuilder(1),
      i = rows.row(Kind.gap, this.told);
    rows.source[i] = SourceId.hub;
    rows.result[i] = this.skipped;
    this.enqueue(rows.take(this.told, { subscription: this.options.id }));
  }
}

/** Part of a round: only its end says up to when everything has been said. */
function withoutClock(frame: Uint8Array): Uint8Array {
  stampClock(frame, 0n, 0);
  return frame;
}

function* numbers(model: Model): Iterable<number> {
  for (const file of model.files.all()) yield file.inode;
}

/** Rows of a section. A file whose maps are empty needs none, since a round begins with nothing, unless the list of inodes does not name it. */
function sizeOf(file: FileState | undefined): number {
  if (!file) return 0;
  return file.data.size + file.pending.size + file.folios.size + file.layouts.size + (file.introduced ? 0 : 1);
}
