import { type Flaw, sayFlaw } from '@mapscope/shared/units';

/** What of a recording could not be read: in three words, and a sentence. */
export interface Damage {
  readonly what: string;
  readonly detail: string;
}

export function noRecording(why: Flaw): Damage {
  const { code, found, allowed } = why;
  if (code === 'E_VERSION')
    return { what: 'This recording is of a newer mapscope', detail: `Its format is version ${found}, and this page reads ${allowed}.` };
  const begins = `It begins with ${found}, and a recording begins with ${JSON.stringify(allowed)}.`;
  return { what: 'This is no recording of mapscope', detail: code === 'E_MAGIC' ? begins : `${sayFlaw(why)}.` };
}

/**
 * Of a recording: flaws by which it was opened, and parts that were found damaged since. A cut end is usual (its writer was killed); damage inside
 * is not.
 */
export function sayDamage(flaws: readonly Flaw[], found = 0): Damage | undefined {
  const inside = flaws.filter(({ code }) => code !== 'E_CUT').length + found,
    cut = flaws.find(({ code }) => code === 'E_CUT');
  const ends = cut ? `Its end is missing: ${cut.found} could not be read.` : '';
  if (inside === 0) return cut && { what: 'Recording ends early', detail: ends };
  return { what: 'Recording is damaged', detail: `${inside === 1 ? '1 part' : `${inside} parts`} of it could not be read. ${ends}`.trim() };
}
