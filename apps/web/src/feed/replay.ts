import type { Model } from '@mapscope/shared/model';
import { OpHistory } from './op-history.ts';
import { type Step, stepFrom, type StepUnit } from './op-steps.ts';
import { Playhead } from './playhead.ts';
import { ReplayClock } from './replay-clock.ts';
import type { Recorded, Stretch } from './stretch.ts';

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

export interface ReplayOptions {
  readonly pageSize: bigint;
  /** Milliseconds of any clock that only goes forward. */
  readonly now: () => number;
  /** Something is another than it was. */
  readonly changed: () => void;
  /** Playing came to the end of what is recorded. */
  readonly reachedEnd: () => void;
}

/** Stretches next to one another that are kept: the timeline shows the operations of all of them. */
const MOST_STRETCHES = 5;
/** Rows in one picture, played as fast as can be. */
const ROWS_A_TICK = 8192;
/** Playing asks for the next stretch so long before it comes to it. */
const AHEAD_MS = 500;
/** Playing that comes to the end of what was fetched so lately has come to the newest. */
const NEWEST_MS = 2000;
/** Steps look through so many stretches for an operation on the file. */
const MOST_SEARCHED = 20;

/** Looking back: a moment of what was recorded, moved by hand or by the clock. */
export class Replay {
  private readonly recorded: Recorded;
  private readonly options: ReplayOptions;
  private readonly clock = new ReplayClock();
  private playhead: Playhead | undefined;
  private ops: OpHistory | undefined;
  /** In order, none missing in between; the playhead is in one of them. */
  private stretches: Stretch[] = [];
  private wanted: bigint;
  private isPlaying = false;
  private speed = 1;
  private isLoading = false;
  private isExtending = false;
  private isOver = false;
  private fetchedMs = 0;
  /** Of the moment that is wanted; another one lets it go. */
  private fetching: AbortController | undefined;
  private why = '';
  private jumps = 0;

  /** `at`: the moment that is on screen already. */
  constructor(recorded: Recorded, at: bigint, options: ReplayOptions) {
    this.recorded = recorded;
    this.wanted = at;
    this.options = options;
  }

  get view(): ReplayView {
    const { wanted: at, isPlaying, speed, isLoading, why, jumps } = this;
    return { at, isPlaying, speed, isLoading, why, jumps };
  }

  /** What was so then, and a model whose operations may be later. Undefined: what was on screen before still is. */
  get shown(): { readonly model: Model; readonly ops: Model } | undefined {
    return this.playhead && this.ops && { model: this.playhead.model, ops: this.ops.model };
  }

  /** Parts of what was read that could not be. */
  get damage(): number {
    return this.stretches.reduce((sum, { damage }) => sum + damage, 0);
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
    if (!this.ops) await this.go(this.wanted);
    let step: Step | undefined;
    for (let n = 0; n < MOST_SEARCHED && this.ops && !this.isOver && !step; n++) {
      step = stepFrom(this.ops.model, inode, this.wanted, by, unit, false);
      if (step || (await this.extend(by))) continue;
      step = stepFrom(this.ops.model, inode, this.wanted, by, unit, true);
      break;
    }
    if (step) await this.go(step.at);
    this.options.changed();
    return step?.target;
  }

  /** The clock has gone on. */
  tick(): void {
    const { playhead } = this;
    if (!this.isPlaying || this.isLoading || !playhead) return;
    const nowMs = this.options.now(),
      at = this.speed === Infinity ? playhead.ahead(ROWS_A_TICK) : this.clock.at(nowMs),
      { next, until } = playhead.stretch;
    const end = next ?? until;
    if (at < end) {
      void this.go(at);
      if (Number(end - at) < AHEAD_MS * 1e6 * Math.min(this.speed, 100)) void this.extend(1);
    } else void this.crossTo(at, end);
  }

  /**
   * Operations between these times are on screen: stretches beside the one that is shown are fetched as far as they are kept, and what has been
   * recorded up to `newest` since the last one was.
   */
  async cover(from: bigint, to: bigint, newest: bigint): Promise<void> {
    const first = this.stretches[0],
      last = this.stretches.at(-1);
    if (!first || !last || this.isExtending) return;
    const known = last.next ?? last.until,
      isFull = this.stretches.length >= MOST_STRETCHES;
    if (to > known && newest > known && (last.next === undefined || !isFull)) await this.extend(1);
    else if (from < first.from && !isFull) await this.extend(-1);
  }

  /** What was so at moments before the one on screen, `every` nanoseconds apart and at most `most`, as far as its stretch tells. */
  before<T>(every: bigint, most: number, take: (model: Model, at: bigint) => T): T[] {
    const out: T[] = [],
      { playhead, wanted } = this;
    if (!playhead) return out;
    const { stretch } = playhead,
      first = wanted - every * BigInt(most),
      runner = new Playhead(stretch, { pageSize: this.options.pageSize });
    for (let at = first > stretch.from ? first : stretch.from; at < wanted; at += every) {
      runner.moveTo(at);
      out.push(take(runner.model, at));
    }
    return out;
  }

  /** Nobody looks any more. */
  end(): void {
    this.isOver = true;
    this.fetching?.abort();
  }

  /** Behind the end of a stretch: the next one, or what has been recorded meanwhile; else this is the end. */
  private async crossTo(at: bigint, end: bigint): Promise<void> {
    // As fast as can be: the beginning of the next one, or one behind the end, which asks whether more has been recorded since.
    const next = this.playhead?.stretch.next,
      isNewest = next === undefined && this.options.now() - this.fetchedMs < NEWEST_MS;
    if (!isNewest) await this.go(this.speed === Infinity ? (next ?? end + 1n) : at);
    const stretch = this.playhead?.stretch;
    if (!stretch || this.isOver || !this.isPlaying) return;
    if (!isNewest && (stretch.next !== undefined || stretch.until > end)) return;
    if (isNewest) this.show(stretch, end);
    this.isPlaying = false;
    this.options.reachedEnd();
  }

  private async go(at: bigint): Promise<void> {
    this.wanted = at;
    this.fetching?.abort();
    const here = this.stretches.find((stretch) => holds(stretch, at));
    this.isLoading = here === undefined;
    if (here) return this.show(here, at);
    this.options.changed();
    const { signal } = (this.fetching = new AbortController());
    try {
      const stretch = await this.recorded.stretch(at, signal);
      if (signal.aborted) return;
      this.isLoading = false;
      this.join(stretch);
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
    if (this.playhead?.stretch !== stretch) this.playhead = new Playhead(stretch, { pageSize: this.options.pageSize });
    // What is recorded has a beginning and an end.
    const end = stretch.next ?? stretch.until;
    this.wanted = at < stretch.from ? stretch.from : at > end ? end : at;
    this.playhead.moveTo(this.wanted);
    this.options.changed();
  }

  /** Puts a stretch beside those that are here, or in place of them where it is not next to them. */
  private join(stretch: Stretch): void {
    this.fetchedMs = this.options.now();
    const last = this.stretches.at(-1),
      first = this.stretches[0];
    if (last?.from === stretch.from) this.grow(last, stretch);
    else if (last?.next === stretch.from) {
      this.stretches.push(stretch);
      this.ops?.add(stretch);
    } else {
      const isBefore = first !== undefined && stretch.next === first.from;
      this.stretches = isBefore ? [stretch, ...this.stretches] : [stretch];
      this.ops = undefined;
    }
    this.makeRoom(stretch);
    this.ops ??= new OpHistory(this.stretches as [Stretch, ...Stretch[]], this.options.pageSize);
  }

  /** The same stretch, of which more has been recorded since: what it had is as it was. */
  private grow(last: Stretch, longer: Stretch): void {
    this.stretches[this.stretches.length - 1] = longer;
    if (this.playhead?.stretch === last) this.playhead.grow(longer);
    this.ops?.add({ ...longer, log: longer.log.slice(last.log.length) });
  }

  /** The one farthest from the newest goes. */
  private makeRoom(newest: Stretch): void {
    if (this.stretches.length <= MOST_STRETCHES) return;
    if (this.stretches[0] === newest) this.stretches.pop();
    else this.stretches.shift();
  }

  /** The stretch before or behind those that are here, or more of the last; false: there is none. */
  private async extend(by: 1 | -1): Promise<boolean> {
    const first = this.stretches[0],
      last = this.stretches.at(-1);
    if (!first || !last || this.isExtending) return false;
    const at = by > 0 ? (last.next ?? last.until + 1n) : first.from - 1n;
    if (at < 0n) return false;
    this.isExtending = true;
    try {
      const stretch = await this.recorded.stretch(at);
      // Before all that is kept there is the first again, behind it the last.
      const isNews = by > 0 ? stretch.until > last.until : stretch.from < first.from;
      if (this.isOver || this.stretches[0] !== first || this.stretches.at(-1) !== last || !isNews) return false;
      this.join(stretch);
      this.options.changed();
      return true;
    } catch {
      // It is asked for again when the moment itself is wanted, and then it is said why not.
      return false;
    } finally {
      this.isExtending = false;
    }
  }
}

const holds = ({ from, until, next }: Stretch, at: bigint): boolean => at >= from && (next === undefined ? at <= until : at < next);
