import { type Flaw, sayFlaw } from '@mapscope/shared/units';

/** What of a recording could not be read: in three words, and a sentence. */
export interface Damage {
  readonly what: string;
  readonly detail: string;
}

export const noRecording = (why: Flaw): Damage =>
  why.code === 'E_VERSION'
    ? { what: 'This recording is of a newer mapscope', detail: `Its format is version ${why.found}, and this page reads ${why.allowed}.` }
    : { what: 'This is no recording of mapscope', detail: `${sayFlaw(why)}.` };

/**
 * Of a recording that was opened (`flaws`), and of the stretch of it that is looked at. A cut end is usual (its writer was killed); damage inside
 * is not.
 */
export function sayDamage(flaws: readonly Flaw[], inStretch = 0): Damage | undefined {
  const inside = flaws.filter(({ code }) => code !== 'E_CUT').length + inStretch,
    cut = flaws.find(({ code }) => code === 'E_CUT');
  const ends = cut ? `Its end is missing: ${cut.found} could not be read.` : '';
  if (inside === 0) return cut && { what: 'Recording ends early', detail: ends };
  return { what: 'Recording is damaged', detail: `${inside === 1 ? '1 part' : `${inside} parts`} of it could not be read. ${ends}`.trim() };
}
