import type { Model } from '@mapscope/shared/model';
import { OpHistory } from './op-history.ts';
import { Playhead } from './playhead.ts';
import type { Recorded, Stretch } from './stretch.ts';

/** More are not kept: the timeline shows the operations of all of them. */
const MOST = 5;
/** Rows that are run through once more to say what was before: a good part of a second. */
const MOST_RUN_ROWS = 200_000;

export interface StretchesOptions {
  readonly pageSize: bigint;
  /** Milliseconds of any clock that only goes forward. */
  readonly now: () => number;
}

/** Stretches that lie next to one another, none missing in between, and the operations of all of them. */
export class Stretches {
  private readonly recorded: Recorded;
  private readonly options: StretchesOptions;
  private list: readonly Stretch[] = [];
  private history: OpHistory | undefined;
  private isExtending = false;
  /** When something came last. */
  fetchedMs = 0;

  constructor(recorded: Recorded, options: StretchesOptions) {
    this.recorded = recorded;
    this.options = options;
  }

  /** The operations; undefined: nothing is here. */
  get ops(): Model | undefined {
    return this.history?.model;
  }

  /** Parts that could not be read. */
  get damage(): number {
    return this.list.reduce((sum, { damage }) => sum + damage, 0);
  }

  /** The one that holds a moment, if it is here. */
  at(moment: bigint): Stretch | undefined {
    return this.list.find(({ from, until, next }) => moment >= from && (next === undefined ? moment <= until : moment < next));
  }

  /** The same stretch as it is now: it may have grown. */
  newest(stretch: Stretch): Stretch {
    return this.list.find(({ from }) => from === stretch.from) ?? stretch;
  }

  /** The one that holds a moment, fetched. Rejects with a sentence, and when `signal` aborts. */
  async fetch(moment: bigint, signal?: AbortSignal): Promise<Stretch> {
    const stretch = await this.recorded.stretch(moment, signal);
    signal?.throwIfAborted();
    this.join(stretch);
    return stretch;
  }

  /** The one before or behind those that are here, or more of the last; false: there is none, or it cannot be had. */
  async extend(by: 1 | -1): Promise<boolean> {
    const { first, last } = this;
    if (!first || !last || this.isExtending) return false;
    const at = by > 0 ? (last.next ?? last.until + 1n) : first.from - 1n;
    if (at < 0n) return false;
    this.isExtending = true;
    try {
      const stretch = await this.recorded.stretch(at);
      // Before all that is kept there is the first again, behind it the last.
      const isNews = by > 0 ? stretch.until > last.until : stretch.from < first.from;
      if (this.first !== first || this.last !== last || !isNews) return false;
      this.join(stretch);
      return true;
    } catch {
      // It is asked for again when the moment itself is wanted, and then it is said why not.
      return false;
    } finally {
      this.isExtending = false;
    }
  }

  /** The next one, beyond those that are here, in which something happened to a file; false: there is none, or it cannot be had. */
  async searchOn(inode: number, by: 1 | -1): Promise<boolean> {
    const { first, last } = this;
    if (!first || !last) return false;
    try {
      const at = await this.recorded.find(inode, by > 0 ? (last.next ?? last.until) : first.from, by);
      if (at === undefined) return false;
      const stretch = await this.recorded.stretch(at);
      if (stretch.from === (by > 0 ? last : first).from) return false;
      this.join(stretch);
      return true;
    } catch {
      return false;
    }
  }

  /** Fetches what lies beside them, and what has been recorded since up to `newest`, as far as it is between these times. */
  async cover(from: bigint, to: bigint, newest: bigint): Promise<boolean> {
    const { first, last } = this;
    if (!first || !last) return false;
    const known = last.next ?? last.until,
      isFull = this.list.length >= MOST;
    if (to > known && newest > known && (last.next === undefined || !isFull)) return this.extend(1);
    return from < first.from && !isFull ? this.extend(-1) : false;
  }

  /** What was so at moments of a stretch and those before it, `every` nanoseconds apart, at most `most` of them, up to `end`. */
  before<T>(stretch: Stretch, end: bigint, every: bigint, most: number, take: (model: Model, at: bigint) => T): T[] {
    const out: T[] = [];
    let at = end - every * BigInt(most);
    for (const one of this.runUpTo(stretch)) {
      const runner = new Playhead(one, { pageSize: this.options.pageSize }),
        stop = one === stretch ? end : (one.next ?? end);
      if (at < one.from) at = one.from;
      for (; at < stop; at += every) {
        runner.moveTo(at);
        out.push(take(runner.model, at));
      }
    }
    return out;
  }

  private get first(): Stretch | undefined {
    return this.list[0];
  }

  private get last(): Stretch | undefined {
    return this.list.at(-1);
  }

  /** A stretch and those before it that are here, oldest first: not more than can be run through while a person waits. */
  private runUpTo(stretch: Stretch): readonly Stretch[] {
    const end = this.list.indexOf(stretch) + 1;
    if (end === 0) return [stretch];
    let from = end - 1,
      left = MOST_RUN_ROWS - rowsOf(stretch);
    while (from > 0 && rowsOf(this.list[from - 1]!) <= left) left -= rowsOf(this.list[--from]!);
    return this.list.slice(from, end);
  }

  /** Puts one beside those that are here, or in place of them where it is not next to them. Of too many the one farthest from it goes. */
  private join(stretch: Stretch): void {
    const { first, last } = this;
    this.fetchedMs = this.options.now();
    if (last?.from === stretch.from) {
      // More of it has been recorded since: what it had is as it was.
      this.list = [...this.list.slice(0, -1), stretch];
      this.history?.add({ ...stretch, log: stretch.log.slice(last.log.length) });
    } else if (last?.next === stretch.from) {
      this.list = [...this.list, stretch].slice(-MOST);
      this.history?.add(stretch);
    } else {
      this.list = first !== undefined && stretch.next === first.from ? [stretch, ...this.list].slice(0, MOST) : [stretch];
      this.history = undefined;
    }
    this.history ??= new OpHistory(this.list as [Stretch, ...Stretch[]], this.options.pageSize);
  }
}

const rowsOf = ({ log }: Stretch): number => log.reduce((sum, { count }) => sum + count, 0);
