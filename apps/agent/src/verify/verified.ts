import { knownOf } from '@mapscope/shared/verify';
import { isSame, type Judgement } from './judge.ts';

/** What a running model, or a recorded one, was told when it was asked. */
export interface ModelFacts {
  /** Process that has it; null: a recording. */
  readonly pid: number | null;
  /** Rows that it was told of all files; of a running model those of events, and of what the kernel was asked. */
  readonly events: number;
  /** null: a recording does not count them apart. */
  readonly refreshes: number | null;
}

/** `verify` of one file. */
export interface Verified {
  readonly file: string;
  readonly size: bigint;
  readonly model: ModelFacts;
  /** Looks that were needed: something happened to the file during all but the last, or, when it is busy, during all; or it was not known enough of it. */
  readonly tries: number;
  /** Of the last look, or of the last two: as the file was, and after it was written back. */
  readonly isBusy: boolean;
  /** undefined: it was busy. */
  readonly judgement: Judgement | undefined;
  /** The same after the file was written back; undefined: it was not, or the file was busy then. */
  readonly synced?: Judgement;
}

/** The worst thing that is so of a file, worst first; numbers are exit codes. */
export const Verdict = { differs: 1, busy: 2, 'knows-too-little': 3, same: 0 } as const;
export type VerdictName = keyof typeof Verdict;

/** Less than this share of pages known is too little. */
const ENOUGH = 0.99;
export const knowsEnough = ({ known }: Judgement): boolean => knownOf(known.pages) >= ENOUGH;

export function verdictOf({ judgement, synced, isBusy }: Pick<Verified, 'judgement' | 'synced' | 'isBusy'>): VerdictName {
  const all = [judgement, synced].filter((it) => it !== undefined);
  if (all.some((it) => !isSame(it))) return 'differs';
  if (isBusy) return 'busy';
  return all.every(knowsEnough) ? 'same' : 'knows-too-little';
}

/** Of several: the first in the order of `Verdict`. */
export const worst = (verdicts: readonly VerdictName[]): VerdictName =>
  (Object.keys(Verdict) as VerdictName[]).find((name) => verdicts.includes(name)) ?? 'same';
