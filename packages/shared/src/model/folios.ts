import { copyU64, isLessU64, U64_MAX, u64At } from '../units/index.ts';
import { FolioFlag, FolioState, type Frame, type How } from '../trace/index.ts';
import { type Chunk, FROM, Row, TO, VALUE } from './chunk.ts';
import type { RowRange } from './row-range.ts';
import { RunMap } from './runs.ts';

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

/** Words of a row: u64 since; u32 op; u8 state, u8 order, u12 errno and u4 how. 32 bytes a run. */
const SINCE = VALUE,
  OP = VALUE + 2,
  KIND = VALUE + 3,
  WIDTH = VALUE + 4;
const kindOf = (state: number, order: number, errno: number, how: number): number =>
  state | ((order & 0xff) << 8) | ((errno & 0xfff) << 16) | (how << 28);

const brush = new Row(WIDTH);
/** The range of the row that is applied, and the part of it that is looked at. */
const whole = new Row(VALUE),
  part = new Row(VALUE);

export const folioSinceOf = (c: Chunk, i: number): bigint => u64At(c.words, i * WIDTH + SINCE);
export const folioStateOf = (c: Chunk, i: number): FolioState => (c.words[i * WIDTH + KIND]! & 0xff) as FolioState;
export const folioOrderOf = (c: Chunk, i: number): number => (c.words[i * WIDTH + KIND]! >>> 8) & 0xff;
export const folioErrnoOf = (c: Chunk, i: number): number => (c.words[i * WIDTH + KIND]! >>> 16) & 0xfff;
export const folioHowOf = (c: Chunk, i: number): How => (c.words[i * WIDTH + KIND]! >>> 28) as How;
export const folioOpOf = (c: Chunk, i: number): number => c.words[i * WIDTH + OP]!;

const isDirty = (state: number): boolean => state === FolioState.dirty || state === FolioState.folioDirty;

/** What a range that was `was` becomes by the news `now`, which belongs to `parent`: a state, or undefined for "as it was". 0 is absent. */
function becomes(was: number, now: number, parent: number): number | undefined {
  switch (now) {
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
      if (parent !== 0) return isDirty(was) || was === FolioState.unknown ? undefined : FolioState.clean;
      // The cache looks clean where a failed writeback dropped bytes: they are lost all the same.
      return was === FolioState.failed ? undefined : FolioState.clean;
    case FolioState.taken:
      return isDirty(was) ? FolioState.clean : undefined;
    case FolioState.submitted:
      return isDirty(was) ? FolioState.writeback : undefined;
    case FolioState.doubted:
      return isDirty(was) ? FolioState.unknown : undefined;
    case FolioState.written:
      return was === FolioState.writeback ? FolioState.clean : undefined;
    case FolioState.split:
      return was === 0 || was === FolioState.failed ? undefined : was;
    case FolioState.dirty:
    case FolioState.writeback:
    case FolioState.failed:
    case FolioState.unknown:
      return now;
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
 *   written      writeback becomes clean; nothing else changes
 *   doubted      dirty and folioDirty become unknown; nothing else changes
 *   split        the order alone changes
 *   clean        clean, but failed stays; as the end of one writeback (`parent`) failed is clean, and dirty, folioDirty and unknown stay
 */
export class FolioMap extends RunMap {
  constructor() {
    super(WIDTH);
  }

  apply(from: bigint, to: bigint, news: FolioNews): void {
    // A page that ends behind the last byte of all begins there: as a u64 it would begin at 0.
    if (from >= to) return;
    whole.wide[0] = from;
    whole.wide[1] = to;
    brush.wide[2] = news.since;
    this.spread(news.state, news.order, news.errno, news.how, news.op, news.parent);
  }

  /** `apply` of a folio row of a frame, whose range is known: no object and no bigint a row. */
  applyRow(range: RowRange, frame: Frame, i: number): void {
    const state = frame.type[i]!,
      flags = frame.flags[i]!,
      order = state === FolioState.added || (flags & FolioFlag.order) !== 0 ? flags & 0xff : NO_ORDER;
    copyU64(whole.words, FROM, range.words, FROM);
    copyU64(whole.words, TO, range.words, TO);
    brush.wide[2] = frame.time[i]!;
    this.spread(state, order, frame.errno[i]!, frame.how[i]!, frame.op[i]!, frame.parent[i]!);
  }

  /** Change the range part by part, each by what it was. A part that is changed leaves those behind it as they were. */
  private spread(now: number, order: number, errno: number, how: number, op: number, parent: number): void {
    const to = whole.words;
    brush.words[OP] = parent || op;
    for (copyU64(part.words, FROM, to, FROM); isLessU64(part.words, FROM, to, TO); copyU64(part.words, FROM, part.words, TO)) {
      const was = this.partAt(),
        state = becomes(was & 0xff, now, parent);
      if (state === undefined) continue;
      if (state === 0) {
        this.wipe(part.words);
        continue;
      }
      copyU64(brush.words, FROM, part.words, FROM);
      copyU64(brush.words, TO, part.words, TO);
      const keepsOrder = order === NO_ORDER && state !== FolioState.unknown;
      brush.words[KIND] = kindOf(state, keepsOrder ? was >>> 8 : order, state === FolioState.failed ? errno : 0, how);
      this.lay(brush.words);
    }
  }

  /** What is so where `part` begins, state and order above it; `part` ends where it is no longer so. Absent is state 0. */
  private partAt(): number {
    this.chunks.seek(part.words, FROM);
    const { c, i } = this.chunks,
      chunk = this.pieces[c];
    copyU64(part.words, TO, whole.words, TO);
    if (!chunk || i === chunk.n) return ABSENT;
    const isGap = chunk.beginsBehind(i, part.words, FROM),
      edge = i * WIDTH + (isGap ? FROM : TO);
    if (isLessU64(chunk.words, edge, whole.words, TO)) copyU64(part.words, TO, chunk.words, edge);
    return isGap ? ABSENT : chunk.words[i * WIDTH + KIND]! & 0xffff;
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

  protected continues(a: Uint32Array, k: number, b: Uint32Array, l: number): boolean {
    return a[k + KIND] === b[l + KIND];
  }

  protected begin(row: Uint32Array, k: number, at: Uint32Array, l: number): void {
    copyU64(row, k + FROM, at, l);
  }

  protected stamp(to: Uint32Array, k: number, from: Uint32Array, l: number): void {
    copyU64(to, k + SINCE, from, l + SINCE);
    to[k + OP] = from[l + OP]!;
  }
}

const ABSENT = NO_ORDER << 8;

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
