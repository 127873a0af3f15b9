import { maxBig, minBig, U64_MAX } from '../units/index.ts';
import { FolioState, type How } from '../trace/index.ts';
import type { Chunk } from './chunk.ts';
import { oneRow, RunMap } from './runs.ts';

/** The order of a folio that nobody told. */
export const NO_ORDER = 0xff;

/** What is so of a range of the page cache. Ranges without a run are not in the cache as far as we know. */
export interface FolioRun {
  readonly from: bigint;
  readonly to: bigint;
  /** added (not uptodate), clean, dirty, folioDirty, writeback, failed or unknown; never uptodate (that is clean) or removed. */
  readonly state: FolioState;
  /** Each folio of the run has 2^order pages; `NO_ORDER` where that is not known. */
  readonly order: number;
  readonly how: How;
  /** Why a failed range failed, a positive errno. */
  readonly errno: number;
  /** The op of the newest row about it. */
  readonly op: number;
  readonly since: bigint;
}

/** What a folio row says, beside its range. */
export interface FolioNews {
  readonly state: number;
  /** `NO_ORDER`: keep the order that is known. */
  readonly order: number;
  readonly how: number;
  readonly errno: number;
  readonly op: number;
  /** The writeback, fault or request it belongs to; 0: an observation of the cache as it is. */
  readonly parent: number;
  readonly since: bigint;
}

/** u64 since; u32 op; u16 state with order above it, errno with how above it. 32 bytes a run. */
const shape = { wide: 1, mid: 1, small: 2 } as const;
const brush = oneRow(shape);
const HOW = 12;

export const folioSinceOf = (c: Chunk, i: number): bigint => c.wide[2 * c.room + i]!;
export const folioStateOf = (c: Chunk, i: number): FolioState => (c.small[i]! & 0xff) as FolioState;
export const folioOrderOf = (c: Chunk, i: number): number => c.small[i]! >>> 8;
export const folioHowOf = (c: Chunk, i: number): How => (c.small[c.room + i]! >>> HOW) as How;
export const folioErrnoOf = (c: Chunk, i: number): number => c.small[c.room + i]! & 0xfff;
export const folioOpOf = (c: Chunk, i: number): number => c.mid[i]!;

const isDirty = (state: number): boolean => state === FolioState.dirty || state === FolioState.folioDirty;

/** What a range that was `was` becomes by the news `now`: a state, or undefined for "as it was". 0 is absent. */
function becomes(was: number, now: FolioNews): number | undefined {
  switch (now.state) {
    case FolioState.added:
      return was === FolioState.failed ? undefined : FolioState.added;
    case FolioState.removed:
      // What a failed writeback dropped is lost whether its page is still there or not.
      return was === FolioState.failed ? undefined : 0;
    case FolioState.uptodate:
      return was === 0 || was === FolioState.added ? FolioState.clean : undefined;
    case FolioState.folioDirty:
      // That the folio is dirty says less than that this very range is.
      return was === FolioState.dirty ? undefined : FolioState.folioDirty;
    case FolioState.clean:
      // The end of one writeback says nothing about what was written over meanwhile: dirty stays dirty, unknown may be dirty.
      if (now.parent !== 0) return isDirty(was) || was === FolioState.unknown ? undefined : FolioState.clean;
      // The cache looks clean where a failed writeback dropped bytes: they are lost all the same.
      return was === FolioState.failed ? undefined : FolioState.clean;
    case FolioState.taken:
      return isDirty(was) ? FolioState.clean : undefined;
    case FolioState.submitted:
      return isDirty(was) ? FolioState.writeback : undefined;
    case FolioState.dirty:
    case FolioState.writeback:
    case FolioState.failed:
    case FolioState.unknown:
      return now.state;
    default:
      return undefined;
  }
}

/**
 * The page cache of one file as runs. A row tells what became so of a range; what that makes of each part depends on what
 * the part was:
 *
 *                absent   added   clean   dirty   folioDirty   writeback   unknown   failed
 *   added        added    added   added   added   added        added       added     -
 *   removed      -        absent  absent  absent  absent       absent      absent    -
 *   uptodate     clean    clean   -       -       -            -           -         -
 *   dirty        dirty everywhere                 (so do writeback, failed and unknown)
 *   folioDirty   folioDirty everywhere, but dirty stays dirty
 *   taken        dirty and folioDirty become clean, submitted: writeback; nothing else changes
 *   clean        clean, but failed stays; as the end of one writeback (`parent`) failed is clean, and dirty, folioDirty and unknown stay
 */
export class FolioMap extends RunMap {
  protected readonly shape = shape;

  apply(from: bigint, to: bigint, news: FolioNews): void {
    if (from >= to) return;
    this.seek(from);
    const chunk = this.pieces[this.c],
      i = this.i;
    // Nearly every row is about a range that is all of one state, or of none.
    if (!chunk || chunk.from(i) >= to) this.change(from, to, 0, NO_ORDER, news);
    else if (chunk.from(i) <= from && chunk.to(i) >= to) this.change(from, to, folioStateOf(chunk, i), folioOrderOf(chunk, i), news);
    else for (const part of this.parts(from, to)) this.change(part.from, part.to, part.state, part.order, news);
  }

  /** What each part of a range is, those not cached too: read before any of it changes. */
  private parts(from: bigint, to: bigint): { from: bigint; to: bigint; state: number; order: number }[] {
    const out: { from: bigint; to: bigint; state: number; order: number }[] = [];
    let at = from;
    this.each(from, to, (chunk, i) => {
      const start = maxBig(chunk.from(i), from),
        end = minBig(chunk.to(i), to);
      if (start > at) out.push({ from: at, to: start, state: 0, order: NO_ORDER });
      out.push({ from: start, to: end, state: folioStateOf(chunk, i), order: folioOrderOf(chunk, i) });
      at = end;
    });
    if (at < to) out.push({ from: at, to, state: 0, order: NO_ORDER });
    return out;
  }

  private change(from: bigint, to: bigint, was: number, order: number, news: FolioNews): void {
    const state = becomes(was, news);
    if (state === undefined) return;
    if (state === 0) this.clear(from, to);
    else this.put(from, to, state, news.order === NO_ORDER && state !== FolioState.unknown ? order : news.order, news);
  }

  /** Nothing is known any more from `from` on: pages may have come, become dirty or gone unseen. */
  doubt(since: bigint, from = 0n): void {
    this.apply(from, U64_MAX, { state: FolioState.unknown, order: NO_ORDER, how: 0, errno: 0, op: 0, parent: 0, since });
  }

  at(offset: bigint): FolioRun | undefined {
    let found: FolioRun | undefined;
    this.each(offset, offset + 1n, (chunk, i) => {
      found = folioAt(chunk, i);
      return false;
    });
    return found;
  }

  list(from = 0n, to = U64_MAX): FolioRun[] {
    const out: FolioRun[] = [];
    this.each(from, to, (chunk, i) => void out.push(folioAt(chunk, i)));
    return out;
  }

  private put(from: bigint, to: bigint, state: number, order: number, news: FolioNews): void {
    brush.wide[0] = from;
    brush.wide[1] = to;
    brush.wide[2] = news.since;
    brush.mid[0] = news.parent || news.op;
    brush.small[0] = state | (order << 8);
    brush.small[1] = (state === FolioState.failed ? news.errno & 0xfff : 0) | (news.how << HOW);
    this.lay(brush);
  }

  protected continues(a: Chunk, i: number, _by: bigint, b: Chunk, j: number): boolean {
    return a.small[i] === b.small[j] && a.small[a.room + i] === b.small[b.room + j];
  }

  protected slide(): void {
    // Nothing in a folio's state counts along with its place.
  }

  protected stamp(to: Chunk, i: number, from: Chunk, j: number): void {
    to.wide[2 * to.room + i] = folioSinceOf(from, j);
    to.mid[i] = from.mid[j]!;
  }
}

const folioAt = (chunk: Chunk, i: number): FolioRun => ({
  from: chunk.from(i),
  to: chunk.to(i),
  state: folioStateOf(chunk, i),
  order: folioOrderOf(chunk, i),
  how: folioHowOf(chunk, i),
  errno: folioErrnoOf(chunk, i),
  op: folioOpOf(chunk, i),
  since: folioSinceOf(chunk, i),
});
