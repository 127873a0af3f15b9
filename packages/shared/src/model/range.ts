import { decodeFrame, type Frame, FrameBuilder, FrameFlag, Kind, type Recording, SourceId } from '../trace/index.ts';
import type { Flaw } from '../units/index.ts';
import { Gaps } from './gaps.ts';
import { createModel } from './model.ts';
import { everythingFrames, isKeyframe, isLog, lastKeyframe, sectionFrames } from './keyframe-reader.ts';
import { reduce } from './reduce.ts';
import { snapshot } from './snapshot.ts';

/*
 * Looking back without a model: which frames of a recording say what happened between two times.
 *
 *   keyframe ── log ─────── keyframe ── log ───────────────── keyframe ── log ── …      one recording, or several one after the other
 *                           |           from      to          |
 *                           └── the state ── then the log ────┘ `next`                  a range, widened to whole stretches
 */

/** What a range was found to be, when all of its frames have been given. */
export interface RangeEnd {
  /** The stream's clock where it began: at `from` or before it, unless nothing is kept of so long ago. */
  readonly from: bigint;
  /** The clock behind its last frame. */
  readonly until: bigint;
  /** The clock of the keyframe that what follows begins with; undefined: nothing follows. */
  readonly next: bigint | undefined;
  /** Damage that was met on the way. */
  readonly flaws: readonly Flaw[];
}

/** Keyframe `k` of recording `part`; -1: the log of that recording, from nothing. */
interface Start {
  readonly part: number;
  readonly k: number;
}

/**
 * What happened from `from` to `to`: the state at the last keyframe at or before `from`, closed by an empty frame with `sectionsEnd`, then every
 * frame up to the first keyframe after `to`. `parts`: recordings of one stream, oldest first. They are read as the frames are taken.
 */
export async function* rangeOf(parts: readonly Recording[], from: bigint, to: bigint): AsyncGenerator<Frame, RangeEnd> {
  const flaws: Flaw[] = [];
  let start = startOf(parts, from),
    begun = 0n;
  for (;;) {
    const recording = parts[start.part],
      state = start.k < 0 || !recording ? nothing() : stateFrames(recording, start.k, flaws);
    let isWhole = true;
    for (;;) {
      const next = await state.next();
      if (next.done) isWhole = next.value;
      else yield next.value;
      if (next.done) break;
    }
    begun = beginningOf(parts, start);
    if (isWhole) break;
    // An older keyframe and a longer log know the same.
    start = before(parts, start);
  }
  yield stateEnd(begun);
  const log = logFrames(parts, start, to, flaws);
  for (let until = begun; ;) {
    const next = await log.next();
    if (next.done) return { from: begun, until, next: next.value, flaws };
    if (next.value.until > until) until = next.value.until;
    yield next.value;
  }
}

/** Every frame of the log, from the first: what `replay` plays. Where frames were left out, and where another recording goes on, the state comes in between. */
export const wholeLog = (parts: readonly Recording[]): AsyncGenerator<Frame, bigint | undefined> =>
  logFrames(parts, firstOf(parts), 0xffff_ffff_ffff_ffffn, []);

/** The keyframe that the first recording begins with, where it does. */
export function firstOf(parts: readonly Recording[]): Start {
  const entries = parts[0]?.entries ?? [],
    k = entries.findIndex(isKeyframe),
    log = entries.findIndex(isLog);
  return { part: 0, k: k >= 0 && (log < 0 || k < log) ? k : -1 };
}

function startOf(parts: readonly Recording[], at: bigint, end = parts.length): Start {
  for (let part = end - 1; part >= 0; part--) {
    const { entries } = parts[part]!,
      k = lastKeyframe(entries, entries.length, at);
    if (k >= 0) return { part, k };
  }
  return firstOf(parts);
}

function before(parts: readonly Recording[], { part, k }: Start): Start {
  const { entries } = parts[part]!,
    older = lastKeyframe(entries, k, entries[k]!.until);
  if (older >= 0) return { part, k: older };
  return part > 0 ? startOf(parts, entries[k]!.until, part) : { part: 0, k: -1 };
}

/** The stream's clock at a start. */
function beginningOf(parts: readonly Recording[], { part, k }: Start): bigint {
  const entries = parts[part]?.entries ?? [];
  return (k >= 0 ? entries[k]?.until : entries.find(isLog)?.first) ?? 0n;
}

/** What a keyframe says, for somebody else to reduce: here only the list of files is. */
async function* stateFrames(recording: Recording, k: number, flaws: Flaw[]): AsyncGenerator<Frame, boolean> {
  const list = createModel(),
    frames = everythingFrames(recording, k, flaws);
  for (let next = await frames.next(); ; next = await frames.next()) {
    if (next.done && (!next.value || list.rebuilding)) return false;
    if (next.done) break;
    reduce(list, next.value);
    yield next.value;
  }
  return yield* sectionFrames(recording, k, list, undefined, flaws);
}

/** What a keyframe says, all of it or nothing: half a state in the middle of the log would say of files that they are empty. */
async function wholeState(recording: Recording, k: number, flaws: Flaw[]): Promise<Frame[] | undefined> {
  const out: Frame[] = [],
    frames = stateFrames(recording, k, flaws);
  for (;;) {
    const next = await frames.next();
    if (!next.done) out.push(next.value);
    else return next.value ? [...out, stateEnd(recording.entries[k]!.until)] : undefined;
  }
}

/** What is so here is not known: nothing that was so before can be relied on. */
function lossAt(at: bigint): Frame {
  const rows = new FrameBuilder(1),
    i = rows.row(Kind.lost, at);
  rows.source[i] = SourceId.hub;
  rows.result[i] = -1n;
  rows.offset[i] = rows.length[i] = at;
  return decodeFrame(rows.take(at)) as Frame;
}

/** All that a state says has been given. */
const stateEnd = (at: bigint): Frame =>
  decodeFrame(new FrameBuilder(1).take(at, { flags: FrameFlag.keyframe | FrameFlag.sectionsEnd })) as Frame;

/** "Nothing is known": a keyframe of an empty model. */
async function* nothing(): AsyncGenerator<Frame, boolean> {
  for (const bytes of snapshot(createModel(), { isAnswer: false })) yield decodeFrame(bytes) as Frame;
  return true;
}

/** The log behind a start up to the first keyframe after `to`; answers the clock of that keyframe. */
async function* logFrames(parts: readonly Recording[], start: Start, to: bigint, flaws: Flaw[]): AsyncGenerator<Frame, bigint | undefined> {
  const gaps = new Gaps();
  for (let part = start.part; part < parts.length; part++) {
    const recording = parts[part]!,
      isFirst = part === start.part;
    // What one recording left out at its end the next one does not say.
    let isBroken = !isFirst;
    for (let k = isFirst ? start.k + 1 : 0; k < recording.entries.length; k++) {
      const entry = recording.entries[k]!;
      if (isKeyframe(entry)) {
        if (entry.until > to) return entry.until;
        if (!isBroken) continue;
        const state = await wholeState(recording, k, flaws);
        yield* state ? gaps.toldIn(state) : [lossAt(entry.until)];
        isBroken = state === undefined;
      } else if (isLog(entry)) {
        const content = await recording.content(entry);
        flaws.push(...content.flaws);
        for (const frame of content.frames) {
          if (gaps.note(frame)) isBroken = true;
          yield frame;
        }
      }
    }
  }
  return undefined;
}
