import { ceilTo } from '../units/index.ts';
import { WriteFlag } from './bits-classic.ts';
import { broken, type Rule, rulesOf, type Violation } from './violation.ts';

/** A WRITE and how much of it was answered to be done. */
export interface AnsweredWrite {
  readonly writeFlags: number;
  /** Bytes asked and bytes done. */
  readonly size: number;
  readonly written: number;
}

const SEEK_DATA = 3;

/** An LSEEK, its answer, and what of the file was dirty in the page cache meanwhile. */
export interface AnsweredSeek {
  readonly whence: number;
  /** Where it began, bytes. */
  readonly offset: bigint;
  /** Where the server found it, bytes; `undefined` for ENXIO. */
  readonly found: bigint | undefined;
  /** Dirty is known by the page. */
  readonly pageSize: bigint;
  /** The first dirty byte in [from, to), as far as is known. */
  readonly firstDirty: (from: bigint, to: bigint) => bigint | undefined;
}

const TO_THE_END = 1n << 63n;

/** SEEK_DATA calls all before its answer a hole; SEEK_HOLE what begins at its answer. A page that is dirty where the file ends says nothing. */
function missed({ whence, offset, found, pageSize, firstDirty }: AnsweredSeek): bigint | undefined {
  if (found === undefined) return firstDirty(offset, TO_THE_END);
  if (whence === SEEK_DATA) return firstDirty(offset, found);
  const page = ceilTo(found, pageSize);
  return firstDirty(page, page + 1n);
}

const writeRules: readonly Rule<AnsweredWrite>[] = rulesOf('live-facts.md 8', 0, [
  [
    'E_SHORT_CACHED_WRITE',
    'a WRITE from the page cache is done whole or answered with an errno: what a short answer leaves out is lost, and fsync says nothing',
    ({ writeFlags, size, written }) => (writeFlags & WriteFlag.CACHE && written < size ? `${written} of ${size} bytes` : undefined),
  ],
]);

const seekRules: readonly Rule<AnsweredSeek>[] = rulesOf('live-facts.md 7', 0, [
  [
    'W_SEEK_DIRTY',
    'LSEEK is asked of the server alone: while pages are dirty it may call a hole what is data',
    (seek) => {
      const dirty = missed(seek);
      return dirty === undefined ? undefined : `dirty bytes from ${dirty} on`;
    },
  ],
]);

/** Fact: spec/live-facts.md 8, seen on 6.18. */
export const checkWriteAnswer = (write: AnsweredWrite): Violation[] => broken(writeRules, write, 'reply');

/** Fact: spec/live-facts.md 7, seen on 6.18. */
export const checkSeekAnswer = (seek: AnsweredSeek): Violation[] => broken(seekRules, seek, 'reply');

/** For the documentation. */
export const allAnswerRules: readonly Rule<never>[] = [...writeRules, ...seekRules];
