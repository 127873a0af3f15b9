import { BlockType, type ByteSource, type Frame, type Inflate, openRecording, type RecordingHeader } from '@mapscope/shared/trace';
import { type Flaw, isFlaw, sayFlaw } from '@mapscope/shared/units';

export interface ReadReport {
  readonly header: RecordingHeader | undefined;
  readonly frames: number;
  /** One sentence where not everything could be read. */
  readonly flaw: string | undefined;
}

export interface Reading {
  header(header: RecordingHeader): void;
  frame(frame: Frame): void;
  progress(done: number, total: number): void;
  /** True: stop here. */
  isCancelled(): boolean;
}

/**
 * All frames of a recording in their order. One that lost its beginning (a capped spool) starts with a keyframe: that is read too,
 * those after the first events are not, since the events say the same.
 */
export async function readRecording(source: ByteSource, inflate: Inflate, reading: Reading): Promise<ReadReport> {
  const recording = await openRecording(source, inflate);
  if (isFlaw(recording))
    return { header: undefined, frames: 0, flaw: `This is no recording that mapscope can read: ${sayFlaw(recording)}.` };
  reading.header(recording.header);
  const flaws: Flaw[] = [...recording.flaws];
  let frames = 0,
    hasEvents = false;
  for (const [k, entry] of recording.entries.entries()) {
    if (reading.isCancelled()) break;
    if (entry.type === BlockType.events) hasEvents = true;
    else if (hasEvents || entry.type === BlockType.index) continue;
    const content = await recording.content(entry);
    for (const frame of content.frames) reading.frame(frame);
    frames += content.frames.length;
    flaws.push(...content.flaws);
    reading.progress(k + 1, recording.entries.length);
  }
  return { header: recording.header, frames, flaw: sayDamage(flaws) };
}

/** A cut end is usual (its writer was killed); damage inside is not. */
export function sayDamage(flaws: readonly Flaw[]): string | undefined {
  const inside = flaws.filter(({ code }) => code !== 'E_CUT').length,
    cut = flaws.find(({ code }) => code === 'E_CUT');
  if (inside > 0)
    return `${inside === 1 ? '1 part' : `${inside} parts`} of the recording could not be read.${cut ? ' It ends early.' : ''}`;
  return cut && `Recording ends early: ${cut.found} could not be read.`;
}
