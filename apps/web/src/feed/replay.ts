import type { Model } from '@mapscope/shared/model';
import { type Step, stepFrom, type StepUnit } from './op-steps.ts';
import { Playhead } from './playhead.ts';
import { ReplayClock } from './replay-clock.ts';
import type { Recorded, Stretch } from './stretch.ts';
import { Stretches, type StretchesOptions } from './stretches.ts';

/** What is said of the time cursor, while it is not at the newest. */
export interface ReplayView {
  /** The moment on screen, nanoseconds. */
  readonly at: bigint;
  readonly isPlaying: boolean;
  /** Times as fast as it was; infinite: as fast as can be. */
  readonly speed: number;
  /** A moment was asked for that is not here yet. */
  readonly isLoading: boolean;
  /** Why a moment cannot be shown; '': it can. */
  readonly why: string;
  /** Changes when time did not go on but jumped: what was seen before is not what came before. */
  readonly jumps: number;
}

export interface ReplayOptions extends StretchesOptions {
  /** Something is another than it was. */
  readonly changed: () => void;
  /** Playing came to the end of what is recorded. */
  readonly reachedEnd: () => void;
}

/** Rows in one picture, played as fast as can be. */
const ROWS_A_TICK = 8192;
/** Playing asks for the next stretch so long before it comes to it. */
const AHEAD_MS = 500;
/** Playing that comes to the end of what was fetched so lately has come to the newest. */
const NEWEST_MS = 2000;
/** Steps look through so many stretches that have rows about the file: not all of them are of an operation. */
const MOST_SEARCHED = 20;

/** Looking back: a moment of what was recorded, moved by hand or by the clock. */
export class Replay {
  private readonly options: ReplayOptions;
  private readonly stretches: Stretches;
  private readonly clock = new ReplayClock();
  private playhead: Playhead | undefined;
  private wanted: bigint;
  private isPlaying = false;
  private speed = 1;
  private isLoading = false;
  private isOver = false;
  private why = '';
  private jumps = 0;
  /** Of the moment that is wanted; another one lets it go. */
  private fetching: AbortController | undefined;

  /** `at`: the moment that is on screen already. */
  constructor(recorded: Recorded, at: bigint, options: ReplayOptions) {
    this.stretches = new Stretches(recorded, options);
    this.wanted = at;
    this.options = options;
  }

  get view(): ReplayView {
    const { wanted: at, isPlaying, speed, isLoading, why, jumps } = this;
    return { at, isPlaying, speed, isLoading, why, jumps };
  }

  /** What was so then, and a model whose operations may be later. Undefined: what was on screen before still is. */
  get shown(): { readonly model: Model; readonly ops: Model } | undefined {
    const { ops } = this.stretches;
    return this.playhead && ops && { model: this.playhead.model, ops };
  }

  /** Parts of what was read that could not be. */
  get damage(): number {
    return this.stretches.damage;
  }

  /** Shows another moment. Resolves when it is shown, another one is wanted, or it is clear that it cannot be. */
  async seek(at: bigint): Promise<void> {
    this.jumps++;
    await this.go(at);
    this.clock.start(this.wanted, this.speed, this.options.now());
  }

  play(): void {
    this.isPlaying = true;
    this.clock.start(this.wanted, this.speed, this.options.now());
    // What is on screen may have been there before anybody looked back.
    if (!this.playhead) void this.go(this.wanted);
    this.options.changed();
  }

  pause(): void {
    this.isPlaying = false;
    this.options.changed();
  }

  setSpeed(speed: number): void {
    this.speed = speed;
    this.clock.start(this.wanted, speed, this.options.now());
    this.options.changed();
  }

  /** Goes to where an operation on the file begins or ends next, or did last; answers which it is. */
  async step(by: 1 | -1, unit: StepUnit, inode: number): Promise<Step['target'] | undefined> {
    this.isPlaying = false;
    if (!this.stretches.ops) await this.go(this.wanted);
    const find = (isAll: boolean): Step | undefined => {
      const { ops } = this.stretches;
      return ops && stepFrom(ops, inode, this.wanted, by, unit, isAll);
    };
    let step = find(false);
    for (let n = 0; n < MOST_SEARCHED && !step && !this.isOver; n++) {
      const isMore = await this.stretches.searchOn(inode, by);
      step = find(!isMore);
      if (!isMore) break;
    }
    if (step) await this.go(step.at);
    this.options.changed();
    return step?.target;
  }

  /** The clock has gone on. */
  tick(): void {
    const { playhead } = this;
    if (!this.isPlaying || this.isLoading || !playhead) return;
    const at = this.speed === Infinity ? playhead.ahead(ROWS_A_TICK) : this.clock.at(this.options.now()),
      { next, until } = this.stretches.newest(playhead.stretch),
      end = next ?? until;
    if (at < end) {
      void this.go(at);
      const isNear = Number(end - at) < AHEAD_MS * 1e6 * Math.min(this.speed, 100);
      if (isNear && next !== undefined && !this.stretches.at(next)) void this.stretches.extend(1);
    } else void this.crossTo(at, end, next);
  }

  /** Operations between these times are on screen, and `newest` is the newest there is. */
  async cover(from: bigint, to: bigint, newest: bigint): Promise<void> {
    if (await this.stretches.cover(from, to, newest)) this.options.changed();
  }

  /** What was so at moments before the one on screen, `every` nanoseconds apart and at most `most`, as far as what was fetched tells. */
  before<T>(every: bigint, most: number, take: (model: Model, at: bigint) => T): T[] {
    return this.playhead ? this.stretches.before(this.playhead.stretch, this.wanted, every, most, take) : [];
  }

  /** Nobody looks any more. */
  end(): void {
    this.isOver = true;
    this.fetching?.abort();
  }

  /** Behind the end of a stretch: the next one, or what has been recorded meanwhile; else this is the end. */
  private async crossTo(at: bigint, end: bigint, next: bigint | undefined): Promise<void> {
    const isNewest = next === undefined && this.options.now() - this.stretches.fetchedMs < NEWEST_MS;
    // As fast as can be: the beginning of the next one, or one behind the end, which asks whether more has been recorded since.
    await this.go(isNewest ? end : this.speed === Infinity ? (next ?? end + 1n) : at);
    if (!this.playhead || this.isOver || !this.isPlaying) return;
    const { stretch } = this.playhead;
    if (!isNewest && (stretch.next !== undefined || stretch.until > end)) return;
    this.isPlaying = false;
    this.options.reachedEnd();
  }

  private async go(at: bigint): Promise<void> {
    this.wanted = at;
    this.fetching?.abort();
    const here = this.stretches.at(at);
    this.isLoading = here === undefined;
    if (here) return this.show(here, at);
    this.options.changed();
    const { signal } = (this.fetching = new AbortController());
    try {
      const stretch = await this.stretches.fetch(at, signal);
      this.isLoading = false;
      this.show(stretch, at);
    } catch (error) {
      if (signal.aborted) return;
      this.isLoading = this.isPlaying = false;
      this.why = error instanceof Error ? error.message : String(error);
      // What is on screen is what was there before.
      this.wanted = this.playhead?.model.until ?? at;
      this.options.changed();
    }
  }

  private show(stretch: Stretch, at: bigint): void {
    this.why = '';
    if (this.playhead?.stretch.from === stretch.from) this.playhead.grow(stretch);
    else this.playhead = new Playhead(stretch, { pageSize: this.options.pageSize });
    // What is recorded has a beginning and an end.
    const end = stretch.next ?? stretch.until;
    this.wanted = at < stretch.from ? stretch.from : at > end ? end : at;
    this.playhead.moveTo(this.wanted);
    this.options.changed();
  }
}
