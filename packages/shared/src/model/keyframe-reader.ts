import {
  holds,
  type BlockEntry,
  BlockType,
  decodeFrame,
  type Frame,
  FrameBuilder,
  Kind,
  KeyframeEdge,
  KeyframePart,
  type Recording,
} from '../trace/index.ts';
import type { Flaw } from '../units/index.ts';
import type { Model } from './model.ts';
import { reduce } from './reduce.ts';

/** Entry of the last keyframe that begins before `end` and knows nothing later than `at`; -1 if there is none. */
export function lastKeyframe(entries: readonly BlockEntry[], end: number, at: bigint): number {
  for (let k = end - 1; k >= 0; k--) if (isKeyframe(entries[k]!) && entries[k]!.until <= at) return k;
  return -1;
}

export const isKeyframe = ({ type, continues }: BlockEntry): boolean => type === BlockType.keyframe && !continues;
export const isLog = ({ type }: BlockEntry): boolean => type === BlockType.events;

/**
 * Brings the model to what keyframe `k` of the entries says, with the sections of `wanted` (all if left out). False when a block that it
 * needs is damaged: then an older keyframe and a longer log know more.
 */
export async function reduceKeyframe(
  recording: Recording,
  model: Model,
  k: number,
  wanted: ReadonlySet<number> | undefined,
  flaws: Flaw[],
): Promise<boolean> {
  if (!(await reduceAll(model, everythingFrames(recording, k, flaws)))) return false;
  if (!(await reduceAll(model, sectionFrames(recording, k, model, wanted, flaws)))) return false;
  // A part whose end nobody said is not whole: the block with it is gone.
  return !model.rebuilding && model.section === 0;
}

async function reduceAll(model: Model, frames: AsyncGenerator<Frame, boolean>): Promise<boolean> {
  for (let next = await frames.next(); ; next = await frames.next()) {
    if (next.done) return next.value;
    reduce(model, next.value);
  }
}

/** Keyframe `k` of the entries but for its sections, the list of inodes included, a block at a time. Answers false when a block of it is damaged. */
export async function* everythingFrames(recording: Recording, k: number, flaws: Flaw[]): AsyncGenerator<Frame, boolean> {
  const everything = await contentFrom(recording, k, flaws);
  if (!everything) return false;
  yield* everything;
  return everything[0]?.type[0] !== KeyframePart.allButInodes || (yield* listFrames(recording, k, flaws));
}

/** Entries that are read and unpacked while those before them are reduced: some 8 MiB. */
export const AHEAD = 16;

/** Entry `k` and those that continue it. */
function partsFrom(entries: readonly BlockEntry[], k: number): BlockEntry[] {
  let end = k + 1;
  while (entries[end]?.continues) end++;
  return entries.slice(k, end);
}

/** The newest whole list before `k`, then what changed in it up to there; none where no list is there. */
function listParts(entries: readonly BlockEntry[], k: number): number[] {
  const isOf = (i: number, type: BlockType): boolean => entries[i]!.type === type && !entries[i]!.continues;
  let whole = k - 1;
  while (whole >= 0 && !isOf(whole, BlockType.inodes)) whole--;
  if (whole < 0) return [];
  const parts = [whole];
  for (let i = whole + 1; i < k; i++) if (isOf(i, BlockType.inodeChanges)) parts.push(i);
  return parts;
}

async function* listFrames(recording: Recording, k: number, flaws: Flaw[]): AsyncGenerator<Frame, boolean> {
  const { entries } = recording,
    parts = listParts(entries, k);
  if (parts.length === 0) return false;
  recording.ahead(parts.slice(0, AHEAD).flatMap((i) => partsFrom(entries, i)));
  for (const [n, i] of parts.entries()) {
    if (n + AHEAD < parts.length) recording.ahead(partsFrom(entries, parts[n + AHEAD]!));
    const frames = await contentFrom(recording, i, flaws);
    if (!frames) return false;
    yield* frames;
  }
  return true;
}

/** Entries that a seek to keyframe `k` with a few files in view needs, as far as the index tells: their sections, the first of the list, the keyframe. */
export function keyframeEntries(entries: readonly BlockEntry[], k: number, wanted: ReadonlySet<number>): BlockEntry[] {
  const missing = new Set(wanted),
    out: BlockEntry[] = [];
  for (let s = k - 1; s >= 0 && missing.size > 0; s--) {
    if (entries[s]!.type !== BlockType.sections || entries[s]!.continues) continue;
    const parts = partsFrom(entries, s),
      found = [...missing].filter((inode) => parts.some(({ inodes }) => inodes && holds(inodes, inode)));
    if (found.length > 0) out.push(...parts);
    for (const inode of found) missing.delete(inode);
  }
  return [
    ...out,
    ...listParts(entries, k)
      .slice(0, AHEAD)
      .flatMap((i) => partsFrom(entries, i)),
    ...partsFrom(entries, k),
  ];
}

/** Of each file that the model lists the newest section before `k`; one without has none because nothing was known of it. False as above. */
export async function* sectionFrames(
  recording: Recording,
  k: number,
  model: Model,
  wanted: ReadonlySet<number> | undefined,
  flaws: Flaw[],
): AsyncGenerator<Frame, boolean> {
  const { entries } = recording,
    missing = new Set<number>();
  if (wanted) for (const inode of wanted) if (model.files.has(inode)) missing.add(inode);
  if (!wanted) for (const inode of model.files.inodes()) missing.add(inode);
  for (let s = k - 1; s >= 0 && missing.size > 0; s--) {
    const { type, continues } = entries[s]!;
    if (type !== BlockType.sections || continues || !mayHold(entries, s, missing)) continue;
    const frames = await contentFrom(recording, s, flaws);
    if (!frames) return false;
    yield* takeSections(frames, missing);
  }
  return true;
}

/** The frames of the blocks that belong together from `k` on, `undefined` when one is damaged. */
async function contentFrom(recording: Pick<Recording, 'entries' | 'content'>, k: number, flaws: Flaw[]): Promise<Frame[] | undefined> {
  const out: Frame[] = [];
  for (const entry of partsFrom(recording.entries, k)) {
    const content = await recording.content(entry);
    flaws.push(...content.flaws);
    if (content.flaws.length > 0) return undefined;
    out.push(...content.frames);
  }
  return out;
}

function mayHold(entries: readonly BlockEntry[], k: number, inodes: ReadonlySet<number>): boolean {
  for (const { inodes: there } of partsFrom(entries, k)) {
    if (!there || meet(there, inodes)) return true;
  }
  return false;
}

/** Whether an ascending list and a set have an inode in common: the shorter one is gone through. */
function meet(there: Uint32Array, inodes: ReadonlySet<number>): boolean {
  if (there.length <= inodes.size) return there.some((inode) => inodes.has(inode));
  for (const inode of inodes) if (holds(there, inode)) return true;
  return false;
}

/** The sections of `missing`, which are missing no more, without those of others. */
function* takeSections(frames: readonly Frame[], missing: Set<number>): Generator<Frame> {
  const taken = new Set<number>();
  let isInside = false;
  for (const frame of frames) {
    const rows: number[] = [];
    for (let i = 0; i < frame.count; i++) {
      const isEdge = frame.kind[i] === Kind.keyframe,
        isBegin = isEdge && frame.role[i] === KeyframeEdge.begin;
      if (isBegin) isInside = missing.has(frame.inode[i]!);
      if (isBegin && isInside) taken.add(frame.inode[i]!);
      if (isInside) rows.push(i);
      if (isEdge && !isBegin) isInside = false;
    }
    if (rows.length > 0) yield rows.length === frame.count ? frame : onlyRows(frame, rows);
  }
  for (const inode of taken) missing.delete(inode);
}

/** Some rows of a frame, as a frame. */
export function onlyRows(frame: Frame, rows: readonly number[]): Frame {
  const out = new FrameBuilder(rows.length);
  for (const i of rows) out.copy(frame, i);
  return decodeFrame(out.take(frame.until, { flags: frame.flags_ })) as Frame;
}
