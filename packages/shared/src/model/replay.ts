import { type BlockEntry, BlockType, type Frame, FrameFlag, Kind, type Recording } from '../trace/index.ts';
import type { Flaw } from '../units/index.ts';
import { AHEAD, keyframeEntries, lastKeyframe, reduceKeyframe } from './keyframe-reader.ts';
import { createModel, type Model, type ModelOptions } from './model.ts';
import { reduceRows, reduceRowsOf } from './reduce.ts';

/** So many entries of the log are asked for together. */
const HALF = AHEAD / 2;
const noInodes: ReadonlySet<number> = new Set();

export interface ReplayOptions {
  /** Whose maps, folios and layouts are wanted; everything else (the list of inodes, ops, losses…) is always whole. All if left out. */
  readonly inodes?: Iterable<number>;
  readonly model?: ModelOptions;
}

/** A model, and why it may know less than there was to know. */
export interface Replayed {
  readonly model: Model;
  /** Damage that was met on the way. */
  readonly flaws: readonly Flaw[];
}

/**
 * The model as it was at `at`: the last whole keyframe before it, of its sections those that are wanted, then the log up to the
 * first row after `at`. Without a keyframe that can be read the log alone, from nothing. Of a file that is not wanted nothing is known
 * but what the list says.
 */
export async function modelAt(recording: Recording, at: bigint, options: ReplayOptions = {}): Promise<Replayed> {
  const { entries } = recording,
    flaws: Flaw[] = [];
  for (let k = lastKeyframe(entries, entries.length, at); ; k = lastKeyframe(entries, k, at)) {
    const log = logUpTo(entries, Math.max(0, k), at),
      wanted = options.inodes && (await withSharers(recording, log, new Set(options.inodes)));
    const model = modelOf(recording, options.model);
    recording.ahead([...(k >= 0 ? keyframeEntries(entries, k, wanted ?? noInodes) : []), ...log.slice(0, AHEAD)]);
    if (k >= 0 && !(await reduceKeyframe(recording, model, k, wanted, flaws))) continue;
    for (const [i, entry] of log.entries()) {
      if (i % HALF === 0) recording.ahead(log.slice(i + AHEAD - HALF, i + AHEAD));
      const content = await recording.content(entry);
      flaws.push(...content.flaws);
      for (const frame of content.frames) if (reduceUpTo(model, frame, at, wanted)) return { model, flaws };
    }
    return { model, flaws };
  }
}

/** What keyframe `k` of the entries says alone, without the log behind it; `undefined` when a block it needs is damaged. */
export async function modelOfKeyframe(recording: Recording, k: number, options: ModelOptions = {}): Promise<Model | undefined> {
  const model = modelOf(recording, options);
  return (await reduceKeyframe(recording, model, k, undefined, [])) ? model : undefined;
}

const modelOf = ({ header }: Recording, options: ModelOptions | undefined): Model =>
  createModel({ pageSize: BigInt(header.pageSize), ...options });

/** The blocks of the stream from entry `k` on that have rows up to `at`. */
function logUpTo(entries: readonly BlockEntry[], k: number, at: bigint): BlockEntry[] {
  const out: BlockEntry[] = [];
  for (let i = k; i < entries.length; i++) {
    const entry = entries[i]!;
    if (entry.type === BlockType.events) out.push(entry);
    if (entry.until > at) break;
  }
  return out;
}

/** True: the rest of the stream is later than `at`. */
function reduceUpTo(model: Model, frame: Frame, at: bigint, wanted: ReadonlySet<number> | undefined): boolean {
  const stop = rowsUpTo(frame, at),
    isOver = stop < frame.count || frame.until > at,
    until = isOver ? at : frame.until;
  if (wanted) reduceRowsOf(model, frame, 0, stop, wanted);
  else reduceRows(model, frame, 0, stop);
  if (until > model.until) model.until = until;
  return isOver;
}

/**
 * End of the rows of `[from, count)` that are so at `at`: the stream is in order, so what follows is not yet. A keyframe's rows are of all times and
 * are so together.
 */
export function rowsUpTo({ count, time, kind, flags_ }: Frame, at: bigint, from = 0): number {
  if ((flags_ & FrameFlag.keyframe) !== 0) return count > 0 && kind[0] === Kind.keyframe && time[0]! > at ? 0 : count;
  if (count > 0 && time[count - 1]! <= at) return count;
  for (let i = from; i < count; i++) if (time[i]! > at) return i;
  return count;
}

/** With the files that ranges of these come from, or went to: their maps have to be known as well. */
async function withSharers(recording: Recording, log: readonly BlockEntry[], inodes: Set<number>): Promise<ReadonlySet<number>> {
  const pairs: (readonly [number, number])[] = [];
  for (const entry of log)
    if (entry.counts?.[Kind.remap] !== 0) for (const frame of (await recording.content(entry)).frames) pairs.push(...remapsIn(frame));
  for (let before = -1; before < inodes.size;) {
    before = inodes.size;
    for (const [a, b] of pairs) if (inodes.has(a) || inodes.has(b)) inodes.add(a).add(b);
  }
  return inodes;
}

/** Pairs of files of which one got a range of its map from the other: who does not know both cannot follow. */
export function remapsIn(frame: Frame): (readonly [number, number])[] {
  const out: (readonly [number, number])[] = [];
  for (let i = 0; i < frame.count; i++)
    if (frame.kind[i] === Kind.remap && frame.parent[i] !== 0) out.push([frame.inode[i]!, frame.parent[i]!]);
  return out;
}
