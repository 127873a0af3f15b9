import { BlockType, type ByteSource, type Frame, type Inflate, openRecording, type RecordingHeader } from '@mapscope/shared/trace';
import { type Flaw, isFlaw, sayFlaw } from '@mapscope/shared/units';
import type { Damage } from './link.ts';

export interface ReadReport {
  readonly header: RecordingHeader | undefined;
  readonly frames: number;
  /** Where not everything could be read. */
  readonly damage: Damage | undefined;
}

export interface Reading {
  header(header: RecordingHeader): void;
  frame(frame: Frame): void;
  /** The keyframe that it begins with is given, if there is one. Said more than once. */
  keyframeEnd(): void;
  progress(done: number, total: number): void;
  /** True: stop here. */
  isCancelled(): boolean;
}

/**
 * All frames of a recording. One that lost its beginning (a capped spool) starts with a keyframe, in the file its sections and list before it, to
 * the reducer after it. Keyframes after the first events are left out: the events say the same.
 */
export async function readRecording(source: ByteSource, inflate: Inflate, reading: Reading): Promise<ReadReport> {
  const recording = await openRecording(source, inflate);
  if (isFlaw(recording))
    return { header: undefined, frames: 0, damage: { what: 'This is no recording of mapscope', detail: `${sayFlaw(recording)}.` } };
  reading.header(recording.header);
  const flaws: Flaw[] = [...recording.flaws],
    start = recording.entries.findIndex(({ type }) => type === BlockType.events),
    before = start < 0 ? recording.entries : recording.entries.slice(0, start);
  const blocks = [
    ...before.filter(({ type }) => type === BlockType.keyframe),
    ...before.filter(({ type }) => type === BlockType.inodes),
    ...before.filter(({ type }) => type === BlockType.sections),
    ...recording.entries.filter(({ type }) => type === BlockType.events),
  ];
  let frames = 0;
  for (const [k, entry] of blocks.entries()) {
    if (reading.isCancelled()) break;
    if (entry.type === BlockType.events) reading.keyframeEnd();
    const content = await recording.content(entry);
    for (const frame of content.frames) reading.frame(frame);
    frames += content.frames.length;
    flaws.push(...content.flaws);
    reading.progress(k + 1, blocks.length);
  }
  reading.keyframeEnd();
  return { header: recording.header, frames, damage: sayDamage(flaws) };
}

/** A cut end is usual (its writer was killed); damage inside is not. */
export function sayDamage(flaws: readonly Flaw[]): Damage | undefined {
  const inside = flaws.filter(({ code }) => code !== 'E_CUT').length,
    cut = flaws.find(({ code }) => code === 'E_CUT');
  const ends = cut ? `Its end is missing: ${cut.found} could not be read.` : '';
  if (inside === 0) return cut && { what: 'Recording ends early', detail: ends };
  return { what: 'Recording is damaged', detail: `${inside === 1 ? '1 part' : `${inside} parts`} of it could not be read. ${ends}`.trim() };
}
