import { maxBig, minBig } from '@mapscope/shared/units';
import type { Inode } from './inode.ts';
import { tellMap } from './publish.ts';
import { type Routine, settle } from './routine.ts';
import type { Session } from './session.ts';

/** Rows told at one go, give or take those of one layout: a millisecond or two of work. */
const SLICE_ROWS = 1024;
/**
 * From one to the next: 100,000 rows a second are a quarter of what a reader reduces (`npm run bench -- codec`). Where more is lost soon after,
 * that was too much beside what else goes on: the pause doubles, and shrinks again by and by.
 */
const PAUSE_NS = 10_000_000n;
const LONGEST_PAUSE_NS = 32n * PAUSE_NS;
const SHRINKS_BY = 16n;
/** A loss so long after the end of a round has nothing to do with it. */
const CALM_NS = 10_000_000_000n;

/** Once through everything. */
interface Round {
  /** Those that are still to come; undefined before the first. */
  inodes: Iterator<Inode> | undefined;
  /** Later ones are told by whoever makes them. */
  newest: number;
  /** A file whose map was too long for one slice, and from where on it is still to be told. */
  rest: { readonly inode: Inode; readonly at: bigint } | undefined;
}

/**
 * Tells anew what is there, because rows were lost on their way and to the readers all maps are unknown from then on: devices, then every
 * inode with its maps and its layout. It does so slice by slice between requests; what they change meanwhile they tell themselves.
 */
export class Retelling {
  private readonly session: Session;
  private round: Round | undefined;
  private isTelling = false;
  private due = 0n;
  private pause = PAUSE_NS;
  private endedAt = -CALM_NS;

  constructor(session: Session) {
    this.session = session;
  }

  /** From the start, also where a round is under way: what it has told may be among what was lost. */
  begin(): void {
    const { at } = this.session.report,
      isTooMuch = this.round !== undefined || at - this.endedAt < CALM_NS;
    this.pause = isTooMuch ? minBig(2n * this.pause, LONGEST_PAUSE_NS) : PAUSE_NS;
    this.due = at + this.pause;
    this.round = { inodes: undefined, newest: 0, rest: undefined };
  }

  /** There is something to tell, and readers had time for what was told before. */
  isDue(now: bigint): boolean {
    return this.round !== undefined && !this.isTelling && now >= this.due;
  }

  /** The next rows. */
  *slice(): Routine<void> {
    const { round } = this,
      { report } = this.session,
      end = report.told + SLICE_ROWS,
      isEnough = (): boolean => report.told >= end;
    if (!round) return;
    this.isTelling = true;
    try {
      while (this.round === round && !isEnough()) {
        const inode = round.rest?.inode ?? this.next(round),
          from = round.rest?.at ?? 0n;
        round.rest = undefined;
        if (!inode) {
          this.round = undefined;
          this.endedAt = report.at;
          return;
        }
        const at = yield* this.tell(inode, from, isEnough);
        if (at !== undefined) round.rest = { inode, at };
      }
    } finally {
      this.isTelling = false;
      this.due = report.at + this.pause;
      this.pause = maxBig(PAUSE_NS, this.pause - this.pause / SHRINKS_BY);
    }
  }

  private next(round: Round): Inode | undefined {
    const { engine, inodes } = this.session;
    if (!round.inodes) {
      engine.storage.publish();
      round.inodes = inodes.all();
      round.newest = inodes.newest;
    }
    const { value, done } = round.inodes.next();
    return done || value.number > round.newest ? undefined : value;
  }

  /** Answers from where on its map is still to be told, undefined when all is. */
  private *tell(inode: Inode, from: bigint, isEnough: () => boolean): Routine<bigint | undefined> {
    const { session } = this,
      { engine, inodes, layouts } = session;
    yield* settle(inode.takeTurn());
    try {
      // It may have gone since the last slice.
      if (inodes.get(inode.node) !== inode) return undefined;
      if (from === 0n) {
        inodes.say(inode);
        if (!inode.isRegular) return undefined;
        engine.evidence.begin(inode);
      }
      const at = yield* tellMap(session, inode, from, session.fs.maxBytes, isEnough);
      if (at !== undefined) return at;
      inode.layout = undefined;
      yield* layouts.look(inode);
      return undefined;
    } finally {
      inode.giveTurn();
    }
  }
}
