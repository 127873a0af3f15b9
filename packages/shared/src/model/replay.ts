import { type BlockEntry, BlockType, type Frame, Kind, KeyframeEdge, type Recording } from '../trace/index.ts';
import type { Flaw } from '../units/index.ts';
import { createModel, type Model, type ModelOptions } from './model.ts';
import { reduce, reduceRows } from './reduce.ts';

export interface ReplayOptions {
  /** Whose maps are wanted; the list of inodes is always whole. All if left out. */
  readonly inodes?: Iterable<number>;
  readonly model?: ModelOptions;
}

export interface Replayed {
  readonly model: Model;
  /** Damage that was met on the way. */
  readonly flaws: readonly Flaw[];
}

/**
 * The model as it was at `at`: the last whole keyframe before it, of its sections those that are wanted, then the log up to the
 * first row after `at`. Without a keyframe that can be read the log alone, from nothing.
 */
export async function modelAt(recording: Recording, at: bigint, options: ReplayOptions = {}): Promise<Replayed> {
  const { entries } = recording,
    flaws: Flaw[] = [];
  const wanted = options.inodes && new Set(options.inodes);
  for (let k = lastKeyframe(entries, entries.length, at); ; k = lastKeyframe(entries, k, at)) {
    const model = createModel({ pageSize: BigInt(recording.header.pageSize || 4096), ...options.model });
    if (k >= 0 && !(await fromKeyframe(recording, model, k, wanted, flaws))) continue;
    await log(recording, model, Math.max(0, k), at, flaws);
    return { model, flaws };
  }
}

/** What keyframe `k` of the entries says alone, without the log behind it; `undefined` when a block it needs is damaged. */
export async function modelOfKeyframe(recording: Recording, k: number, options: ModelOptions = {}): Promise<Model | undefined> {
  const model = createModel({ pageSize: BigInt(recording.header.pageSize || 4096), ...options });
  return (await fromKeyframe(recording, model, k, undefined, [])) ? model : undefined;
}

/** Entry of the last keyframe that begins before `end` and knows nothing later than `at`; -1 if there is none. */
function lastKeyframe(entries: readonly BlockEntry[], end: number, at: bigint): number {
  for (let k = end - 1; k >= 0; k--) {
    const entry = entries[k]!;
    if (entry.type === BlockType.keyframe && !entry.continues && entry.until <= at) return k;
  }
  return -1;
}

/** False when a block it needs is damaged: then an older keyframe and a longer log know more. */
async function fromKeyframe(
  recording: Recording,
  model: Model,
  k: number,
  wanted: ReadonlySet<number> | undefined,
  flaws: Flaw[],
): Promise<boolean> {
  const frames = await read(recording, k, flaws);
  if (!frames) return false;
  for (const frame of frames) reduce(model, frame);
  const missing = new Set<number>();
  for (const file of model.files.all()) if (!wanted || wanted.has(file.inode)) missing.add(file.inode);
  // Newest first: the first block that has an inode has its newest section.
  for (let s = k - 1; s >= 0 && missing.size > 0; s--) {
    const entry = recording.entries[s]!;
    if (entry.type !== BlockType.sections || entry.continues || !mayHold(recording.entries, s, missing)) continue;
    const sections = await read(recording, s, flaws);
    if (!sections) return false;
    for (const inode of takeSections(model, sections, missing)) missing.delete(inode);
  }
  return true;
}

/** The frames of the blocks that belong together from `k` on, `undefined` when one is damaged. */
async function read(recording: Recording, k: number, flaws: Flaw[]): Promise<Frame[] | undefined> {
  const { entries } = recording,
    out: Frame[] = [];
  for (let i = k; i === k || entries[i]?.continues; i++) {
    const content = await recording.content(entries[i]!);
    flaws.push(...content.flaws);
    if (content.flaws.length > 0) return undefined;
    out.push(...content.frames);
  }
  return out;
}

function mayHold(entries: readonly BlockEntry[], k: number, inodes: ReadonlySet<number>): boolean {
  for (let i = k; i === k || entries[i]?.continues; i++) if (entries[i]!.inodes?.some((inode) => inodes.has(inode)) ?? true) return true;
  return false;
}

/** Reduce the sections of `inodes`, pass over the others. */
function takeSections(model: Model, frames: readonly Frame[], inodes: ReadonlySet<number>): number[] {
  const taken: number[] = [];
  let inside = false;
  for (const frame of frames) {
    for (let i = 0; i < frame.count; i++) {
      const isEdge = frame.kind[i] === Kind.keyframe,
        isBegin = isEdge && frame.role[i] === KeyframeEdge.begin;
      if (isBegin) {
        inside = inodes.has(frame.inode[i]!);
        if (inside) taken.push(frame.inode[i]!);
      }
      if (inside) reduceRows(model, frame, i, i + 1);
      if (isEdge && !isBegin) inside = false;
    }
  }
  return taken;
}

async function log(recording: Recording, model: Model, from: number, at: bigint, flaws: Flaw[]): Promise<void> {
  for (const entry of recording.entries.slice(from)) {
    if (entry.type !== BlockType.events) continue;
    const content = await recording.content(entry);
    flaws.push(...content.flaws);
    for (const frame of content.frames) {
      const stop = firstAfter(frame, at);
      reduceRows(model, frame, 0, stop);
      if (stop < frame.count || frame.until > at) {
        if (at > model.until) model.until = at;
        return;
      }
      if (frame.until > model.until) model.until = frame.until;
    }
  }
}

/** First row later than `at`: the stream is in order, so the rest is not yet so. */
function firstAfter(frame: Frame, at: bigint): number {
  for (let i = 0; i < frame.count; i++) if (frame.time[i]! > at) return i;
  return frame.count;
}
