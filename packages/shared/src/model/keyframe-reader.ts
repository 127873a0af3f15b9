import { type BlockEntry, BlockType, type Frame, Kind, KeyframeEdge, KeyframePart, type Recording } from '../trace/index.ts';
import type { Flaw } from '../units/index.ts';
import type { Model } from './model.ts';
import { reduce, reduceRows } from './reduce.ts';

/** Entry of the last keyframe that begins before `end` and knows nothing later than `at`; -1 if there is none. */
export function lastKeyframe(entries: readonly BlockEntry[], end: number, at: bigint): number {
  for (let k = end - 1; k >= 0; k--) {
    const entry = entries[k]!;
    if (entry.type === BlockType.keyframe && !entry.continues && entry.until <= at) return k;
  }
  return -1;
}

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
  const everything = await contentFrom(recording, k, flaws);
  if (!everything) return false;
  for (const frame of everything) reduce(model, frame);
  if (everything[0]?.type[0] === KeyframePart.allButInodes && !(await reduceList(recording, model, k, flaws))) return false;
  if (!(await reduceSections(recording, model, k, wanted, flaws))) return false;
  // A part whose end nobody said is not whole: the block with it is gone.
  return !model.rebuilding && model.section === 0;
}

/** The newest whole list before `k`, then what changed in it up to there. */
async function reduceList({ entries, ...recording }: Recording, model: Model, k: number, flaws: Flaw[]): Promise<boolean> {
  const isOf = (i: number, type: BlockType): boolean => entries[i]!.type === type && !entries[i]!.continues;
  let whole = k - 1;
  while (whole >= 0 && !isOf(whole, BlockType.inodes)) whole--;
  if (whole < 0) return false;
  for (let i = whole; i < k; i++) {
    if (i !== whole && !isOf(i, BlockType.inodeChanges)) continue;
    const frames = await contentFrom({ entries, ...recording }, i, flaws);
    if (!frames) return false;
    for (const frame of frames) reduce(model, frame);
  }
  return true;
}

/** Of each file the newest section before `k`; one without has none because nothing was known of it. */
async function reduceSections(
  recording: Recording,
  model: Model,
  k: number,
  wanted: ReadonlySet<number> | undefined,
  flaws: Flaw[],
): Promise<boolean> {
  const { entries } = recording,
    missing = new Set<number>();
  if (wanted) for (const inode of wanted) if (model.files.has(inode)) missing.add(inode);
  if (!wanted) for (const inode of model.files.inodes()) missing.add(inode);
  for (let s = k - 1; s >= 0 && missing.size > 0; s--) {
    const { type, continues } = entries[s]!;
    if (type !== BlockType.sections || continues || !mayHold(entries, s, missing)) continue;
    const frames = await contentFrom(recording, s, flaws);
    if (!frames) return false;
    for (const inode of takeSections(model, frames, missing)) missing.delete(inode);
  }
  return true;
}

/** The frames of the blocks that belong together from `k` on, `undefined` when one is damaged. */
async function contentFrom(recording: Pick<Recording, 'entries' | 'content'>, k: number, flaws: Flaw[]): Promise<Frame[] | undefined> {
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
  for (let i = k; i === k || entries[i]?.continues; i++) {
    const there = entries[i]!.inodes;
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

function holds(ascending: Uint32Array, inode: number): boolean {
  let low = 0,
    high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < inode) low = middle + 1;
    else high = middle;
  }
  return ascending[low] === inode;
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
