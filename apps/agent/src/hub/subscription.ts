import { FrameBuilder, FrameFlag, Kind, SourceId, stampClock } from '@mapscope/shared/trace';
import { type FileState, type Model, snapshot, snapshotSections } from '@mapscope/shared/model';
import { Flight, type FlightOptions } from './flight.ts';
import type { Inodes, Passing } from './passing.ts';

export interface SubscriptionOptions extends FlightOptions {
  /** Chosen by the client; stands in every frame it gets. */
  readonly id: number;
  readonly inodes: Inodes;
  /** Bytes of frames that are kept for a client whose credits are used up, before rows are skipped. */
  readonly hold?: number;
}

/** Bytes that are kept, unless told otherwise. */
const HOLD = 4 << 20;
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
 * A section is made when there is room for it, not before: a client costs `hold`, the beginning of a round or one group of its sections, and its credits,
 * no more.
 */
export class Subscription {
  readonly id: number;
  private readonly inodes: Inodes;
  private readonly hold: number;
  private readonly model: Model;
  private readonly flight: Flight;
  /** Encoded frames that wait for credits, oldest first. */
  private readonly queue: Uint8Array[] = [];
  private queued = 0;
  /** Of these the bytes of a round. They are at the head: more of a round is made only when nothing waits. */
  private ofRound = 0;
  /** Inodes whose section this round has not given yet, last first; `undefined`: the round is over. */
  private todo: number[] | undefined;
  /** Of these inodes a section is given whatever is in it: the client has something else. */
  private readonly again = new Set<number>();
  private skipped = 0n;
  private isSkipping = false;
  private isPaused = false;
  /** The clock of what was given. */
  private told = 0n;

  constructor(model: Model, options: SubscriptionOptions) {
    this.id = options.id;
    this.inodes = options.inodes;
    this.hold = options.hold ?? HOLD;
    this.model = model;
    this.flight = new Flight(options);
    this.begin();
    this.pump();
  }

  /** Bytes that this client costs here. */
  get bytes(): number {
    return this.queued + this.flight.bytes;
  }

  /** The next frame of the stream; the model has it already. */
  take(passing: Passing): void {
    const { id, inodes, hold, flight } = this;
    if (this.isPaused || this.isSkipping) this.skip(passing);
    else if (this.queue.length > 0 && passing.frame.count === 0) {
      // Only a clock: the next frame has a newer one.
    } else {
      const bytes = passing.bytesFor(id, inodes);
      if (this.queue.length === 0 && flight.mayGo(bytes)) flight.go(bytes);
      else if (this.queued - this.ofRound + bytes.length <= hold) this.enqueue(bytes);
      else this.skip(passing);
      if (!this.isSkipping) {
        this.told = passing.frame.until;
        for (const pair of passing.remaps) this.follow(pair);
      }
    }
    this.pump();
  }

  /** The client has reduced so many bytes. */
  credit(bytes: number): void {
    this.flight.returned(bytes);
    this.pump();
  }

  pause(isPaused: boolean): void {
    this.isPaused = isPaused;
    this.pump();
  }

  /**
   * The map of one of these files was made from the other's. A client that has not both, or not yet, cannot follow the row: it gets sections of those
   * that it wants, which say what came of it.
   */
  private follow(pair: readonly [number, number]): void {
    const { inodes, again } = this,
      wanted = pair.filter((inode) => inodes === 'all' || inodes.has(inode));
    if (this.todo === undefined && wanted.length === pair.length) return;
    for (const inode of wanted)
      if (!again.has(inode)) {
        again.add(inode);
        (this.todo ??= []).push(inode);
      }
  }

  private skip(passing: Passing): void {
    const rows = passing.rowsFor(this.inodes);
    if (rows === 0) return;
    this.skipped += BigInt(rows);
    this.isSkipping = true;
  }

  /** Sends what may be sent, and makes more of a round while there is room. */
  private pump(): void {
    const { flight } = this;
    while (!this.isPaused) {
      const next = this.queue[0];
      if (next) {
        if (!flight.mayGo(next)) return;
        this.queue.shift();
        this.queued -= next.length;
        this.ofRound = Math.max(0, this.ofRound - next.length);
        flight.go(next);
      } else if (this.todo) this.goOn(this.todo);
      else if (this.isSkipping && flight.bytes <= flight.credits / 2) this.begin();
      else return;
    }
  }

  private enqueueRound(bytes: Uint8Array): void {
    this.ofRound += bytes.length;
    this.enqueue(bytes);
  }

  private enqueue(bytes: Uint8Array): void {
    this.queue.push(bytes);
    this.queued += bytes.length;
  }

  /** Everything but the sections, whole: rows of the stream must not come in between. */
  private begin(): void {
    const { id, inodes, model } = this;
    this.told = model.until;
    if (this.skipped > 0n) this.sayGap();
    for (const frame of snapshot(model, { inodes: [], subscription: id, isAnswer: false })) this.enqueueRound(withoutClock(frame));
    this.todo = [...(inodes === 'all' ? numbers(model) : inodes)].reverse();
    this.again.clear();
    this.isSkipping = false;
    this.skipped = 0n;
  }

  /** The next group of sections, or the end of the round. */
  private goOn(todo: number[]): void {
    const { id: subscription } = this,
      group: number[] = [];
    for (let rows = 0; todo.length > 0 && rows < GROUP_ROWS;) {
      const inode = todo.pop()!,
        size = sizeOf(this.model.files.find(inode));
      if (!this.again.delete(inode) && size === 0) continue;
      group.push(inode);
      rows += size;
    }
    const until = this.told;
    if (group.length > 0)
      for (const frame of snapshotSections(this.model, group, { subscription, until, isAnswer: false }))
        this.enqueueRound(withoutClock(frame));
    if (todo.length > 0) return;
    this.enqueueRound(new FrameBuilder(1).take(until, { flags: FrameFlag.keyframe | FrameFlag.sectionsEnd, subscription }));
    this.todo = undefined;
  }

  private sayGap(): void {
    const rows = new FrameBuilder(1),
      i = rows.row(Kind.gap, this.told);
    rows.source[i] = SourceId.hub;
    rows.result[i] = this.skipped;
    this.enqueueRound(rows.take(this.told, { subscription: this.id }));
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
