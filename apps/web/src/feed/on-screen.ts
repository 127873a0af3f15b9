import type { Model } from '@mapscope/shared/model';
import type { Frame, Recording } from '@mapscope/shared/trace';
import { type Flaw, maxBig } from '@mapscope/shared/units';
import { resolve } from './answer.ts';
import { BadParts } from './bad-parts.ts';
import { type Damage, sayDamage } from './damage.ts';
import { Heard } from './heard.ts';
import type { Line } from './line.ts';
import type { Look } from './look.ts';
import { KEEP_MOMENTS, type Moment, MOMENT_EVERY, momentOf } from './moment.ts';
import type { StepUnit } from './op-steps.ts';
import type { Overview } from './overview.ts';
import { Picture } from './picture.ts';
import { Replay, type ReplayView } from './replay.ts';
import { type Recorded, recordedIn } from './stretch.ts';
import type { Target } from './target.ts';

/** What the answer to a look is made of. */
export interface Shown {
  readonly model: Model;
  /** Whose operations the timeline shows: looking back, also those that are later than the moment on screen. */
  readonly ops: Model;
  readonly overview: Overview;
}

export interface OnScreenOptions {
  /** Milliseconds of any clock that only goes forward. */
  readonly now: () => number;
  /** Something is another than it was. */
  readonly changed: () => void;
}

interface OpenedRecording {
  readonly recorded: Recorded;
  readonly overview: Overview;
  readonly pageSize: bigint;
  readonly until: bigint;
  readonly flaws: readonly Flaw[];
  readonly bad: BadParts;
}

const PAGE = 4096n;

/**
 * Which moment is on screen, and the models of it.
 *
 *   live ── space, a seek, a step ──> looking back ── L, or playing that comes to the newest ──> live
 *   a recording that was opened is always looked back at; its newest is its end
 */
export class OnScreen {
  private readonly line: Pick<Line, 'pause' | 'looking'>;
  private readonly options: OnScreenOptions;
  private picture = new Picture();
  private heard = new Heard();
  /** Of the agent's recording; undefined: it keeps none, or it has not been asked yet. */
  private agentOverview: Overview | undefined;
  private opened: OpenedRecording | undefined;
  private replay: Replay | undefined;
  private isFreezeWanted = false;

  constructor(line: Pick<Line, 'pause' | 'looking'>, options: OnScreenOptions) {
    this.line = line;
    this.options = options;
  }

  get shown(): Shown {
    const { model } = this.picture,
      shown = this.replay?.shown ?? { model, ops: model };
    return { ...shown, overview: this.overview };
  }

  /** The time cursor; undefined: it is at the newest, and goes on with it. */
  get view(): ReplayView | undefined {
    return this.replay?.view;
  }

  /** A first whole model is there. */
  get isSettled(): boolean {
    return this.replay?.shown !== undefined || (!this.opened && this.picture.isSettled);
  }

  /** Rows heard from the agent since the page was opened. */
  get rows(): number {
    return this.picture.rows;
  }

  /** The newest moment that can be shown. */
  get newest(): bigint {
    if (this.opened) return this.opened.until;
    const { until } = this.picture.model;
    return this.agentOverview ? maxBig(this.agentOverview.until, until) : until;
  }

  /** Whether moments other than the newest can be shown. */
  get isRecorded(): boolean {
    return this.opened !== undefined || this.agentOverview !== undefined;
  }

  /** Of the recording that was opened. */
  get damage(): Damage | undefined {
    return this.opened && sayDamage(this.opened.flaws, Math.max(this.opened.bad.count, this.replay?.damage ?? 0));
  }

  /** The next frame of the stream. */
  frame(frame: Frame): void {
    const { until } = this.picture.model;
    if (this.picture.apply(frame)) {
      // Another agent's clock, or that of a machine that was started again: what was heard is of another time.
      if (frame.time[0]! < until) this.heard = new Heard();
      else this.heard.again();
    }
    this.heard.note(frame);
    if (!this.picture.isSettled) return;
    // Who freezes before there is a picture gets the first one, and then it stands still.
    if (this.isFreezeWanted) this.freeze();
    else if (this.replay) this.line.pause(true);
  }

  /** The line broke: half a keyframe of it is of no use. */
  broken(): void {
    this.picture.giveUpFilling();
  }

  hearOverview(overview: Overview | undefined): void {
    this.agentOverview = overview;
    this.options.changed();
  }

  /** The picture stands still; recording goes on. */
  freeze(): void {
    this.isFreezeWanted = !this.isSettled;
    if (this.isFreezeWanted) return;
    if (this.replay) this.replay.pause();
    else this.lookBack(this.picture.model.until);
  }

  async seek(at: bigint): Promise<void> {
    // What is recorded has a beginning and an end, as far as it is known.
    const { from } = this.overview,
      { newest } = this,
      moment = this.isRecorded ? (at < from ? from : at > newest ? newest : at) : at;
    await this.lookBack(moment).seek(moment);
  }

  /** Goes on from the moment on screen. Where nothing is recorded, only the newest can be gone on with. */
  play(): void {
    if (this.isRecorded) this.replay?.play();
    else this.live();
  }

  setSpeed(speed: number): void {
    this.lookBack(this.picture.model.until).setSpeed(speed);
  }

  step(by: 1 | -1, unit: StepUnit, inode: number): Promise<Target | undefined> {
    return this.lookBack(this.picture.model.until).step(by, unit, inode);
  }

  /** Back to the newest; of a recording its end. */
  live(): void {
    this.isFreezeWanted = false;
    if (this.opened) return void this.seek(this.opened.until);
    this.replay?.end();
    this.replay = undefined;
    this.line.pause(false);
    this.options.changed();
  }

  /** What is drawn beside the moment on screen is fetched as well. */
  cover(from: bigint, to: bigint): void {
    void this.replay?.cover(from, to, this.newest);
  }

  /** The page cache of a file before the moment on screen. */
  momentsBefore({ inode, path, from, to }: NonNullable<Look['file']>): readonly Moment[] {
    const moments = this.replay?.before(MOMENT_EVERY, KEEP_MOMENTS - 1, (model, at) => {
      const file = resolve(model, inode, path);
      return file && momentOf(model, file, at, from, to);
    });
    return moments?.filter((moment) => moment !== undefined) ?? [];
  }

  /** Playing goes on; false: nothing plays. */
  tick(): boolean {
    this.replay?.tick();
    return this.replay?.view.isPlaying ?? false;
  }

  /** Shows a recording instead of the agent, at its end. */
  async open(recording: Recording, overview: Overview): Promise<void> {
    this.letGo();
    this.opened = {
      recorded: recordedIn(recording),
      overview,
      pageSize: BigInt(recording.header.pageSize),
      until: recording.span?.until ?? 0n,
      flaws: recording.flaws,
      bad: new BadParts(recording, this.options.changed),
    };
    if (recording.span) await this.seek(this.opened.until);
  }

  /** Nothing is shown: neither agent nor recording. */
  letGo(): void {
    this.replay?.end();
    this.opened?.bad.end();
    this.replay = this.opened = this.agentOverview = undefined;
    this.picture = new Picture();
    this.heard = new Heard();
    this.line.pause(false);
  }

  private get overview(): Overview {
    return this.opened?.overview ?? this.agentOverview ?? this.heard.view(this.picture.model.until);
  }

  private lookBack(at: bigint): Replay {
    if (this.replay) return this.replay;
    // A first picture comes in any case: there may be nothing else to show.
    if (!this.opened && this.picture.isSettled) this.line.pause(true);
    this.replay = new Replay(this.opened?.recorded ?? this.line.looking, at, {
      pageSize: this.opened?.pageSize ?? PAGE,
      now: this.options.now,
      changed: this.options.changed,
      reachedEnd: () => (this.opened ? this.options.changed() : this.live()),
    });
    this.options.changed();
    return this.replay;
  }
}
