import { setTimeout as sleep } from 'node:timers/promises';
import { type ByteRange, dirtyFolios, type FileClaims } from '@mapscope/shared/verify';
import { pageSize } from '../host/index.ts';
import { writeBack } from '../sources/verify/index.ts';
import { type AskOptions, askKernel, type Judgement, judge, readBytes } from './judge.ts';
import { type Subject, withSubject } from './subject.ts';
import { knowsEnough, type ModelFacts, type Verified } from './verified.ts';

/** What a running model says of a file, with everything in it that happened before it was asked. */
export interface ClaimsNow {
  /** Of a file of so many bytes. */
  readonly claims: (size: bigint) => FileClaims;
  /** Another one: something was told of the file in between. */
  readonly version: string;
  /** Another one: pages of the file became dirty in between, or left the cache. */
  readonly changed: number;
  /** Up to when everything is in it: CLOCK_MONOTONIC, nanoseconds. */
  readonly until: bigint;
  /** What writeback has put into I/Os since the moment that was asked with; undefined: that is not known, or was not asked. */
  readonly written: readonly ByteRange[] | undefined;
  /** What it knows no longer it asks the kernel for, within a second. */
  readonly isAsking: boolean;
  readonly facts: ModelFacts;
}

/** `since`: from when on it is asked what was written back. Throws `Refused` where the model does not know the file. */
export type AskModel = (subject: Subject, since?: bigint) => Promise<ClaimsNow>;

const MOST_TRIES = 5;
/** Between two looks at a model that asks for what it does not know: 0.8 s of four, and it waits for 0.5 s at most. */
const ASKED_MS = 200;

/**
 * The running model against the kernel. The kernel is asked between two questions to the model: when the model was told of the file in between, what it was
 * asked about may have changed meanwhile, and all is asked again; so it is when the model is about to ask itself for what it does not know. Then the file is
 * written back and the same done once more: which blocks of a folio were dirty is known from what was written then, and from the bytes of the device. Throws
 * `Refused`.
 */
export const verifyRunning = (ask: AskModel, file: string, options: AskOptions): Promise<Verified> =>
  withSubject(file, async (subject) => {
    const first = await look(ask, subject, options),
      { size, now, tries, judgement } = first;
    if (!judgement) return { file, size, model: now.facts, tries, isBusy: true, judgement };
    await writeBack(subject.fd, file, subject.identity.filesystem);
    const second = await look(ask, subject, options, first);
    return {
      file,
      size,
      model: second.now.facts,
      tries: Math.max(tries, second.tries),
      isBusy: second.judgement === undefined,
      judgement,
      synced: second.judgement,
    };
  });

interface Look {
  readonly size: bigint;
  /** What the model said last. */
  readonly now: ClaimsNow;
  readonly tries: number;
  readonly judgement: Judgement | undefined;
}

/** `dirty`: the look before the file was written back. */
async function look(ask: AskModel, subject: Subject, options: AskOptions, dirty?: Look): Promise<Look> {
  for (let tries = 1; ; tries++) {
    const before = await ask(subject),
      kernel = await askKernel(subject, options),
      { size } = kernel,
      model = before.claims(size),
      wasDirty = dirty?.now.claims(dirty.size),
      bytes = readBytes(model, kernel, subject, dirtyFolios(wasDirty ?? model, BigInt(pageSize()))),
      now = await ask(subject, dirty?.now.until);
    if (now.version === before.version) {
      const written = now.changed === dirty?.now.changed ? now.written : undefined,
        writtenBack = wasDirty && { before: wasDirty, written },
        judgement = judge(model, kernel, subject, { isRunning: true, bytes, ...(writtenBack && { writtenBack }) });
      if (!now.isAsking || tries === MOST_TRIES || knowsEnough(judgement)) return { size, now, tries, judgement };
      await sleep(ASKED_MS);
    } else if (tries === MOST_TRIES) return { size, now, tries, judgement: undefined };
  }
}
