import type { FileClaims } from '@mapscope/shared/verify';
import { mapOf } from '../sources/fiemap/index.ts';
import { type AskOptions, askKernel, type Judgement, judge } from './judge.ts';
import { type Subject, withSubject } from './subject.ts';
import type { ModelFacts, Verified } from './verified.ts';

/** What a running model says of a file, with everything in it that happened before it was asked. */
export interface ClaimsNow {
  /** Of a file of so many bytes. */
  readonly claims: (size: bigint) => FileClaims;
  /** Another one: something was told of the file in between. */
  readonly version: string;
  readonly facts: ModelFacts;
}

/** Throws `Refused` where the model does not know the file. */
export type AskModel = (subject: Subject) => Promise<ClaimsNow>;

const MOST_TRIES = 5;

/**
 * The running model against the kernel. The kernel is asked between two questions to the model: when the model was told of the file in between, what it was
 * asked about may have changed meanwhile, and all is asked again. Then the file is written back and the same done once more. Throws `Refused`.
 */
export const verifyRunning = (ask: AskModel, file: string, options: AskOptions): Promise<Verified> =>
  withSubject(file, async (subject) => {
    const first = await look(ask, subject, options),
      { size, facts, tries, judgement } = first;
    if (!judgement) return { file, size, model: facts, tries, isBusy: true, judgement };
    // FIEMAP writes all of a file back before it answers, however little is asked.
    await mapOf(subject.fd, { file, sync: true, most: 1 });
    const second = await look(ask, subject, options);
    return {
      file,
      size,
      model: second.facts,
      tries: Math.max(tries, second.tries),
      isBusy: second.judgement === undefined,
      judgement,
      synced: second.judgement,
    };
  });

interface Look {
  readonly size: bigint;
  readonly facts: ModelFacts;
  readonly tries: number;
  readonly judgement: Judgement | undefined;
}

async function look(ask: AskModel, subject: Subject, options: AskOptions): Promise<Look> {
  for (let tries = 1; ; tries++) {
    const before = await ask(subject),
      kernel = await askKernel(subject, options),
      { version, facts, claims } = await ask(subject),
      { size } = kernel;
    if (version === before.version) return { size, facts, tries, judgement: judge(claims(size), kernel, subject) };
    if (tries === MOST_TRIES) return { size, facts, tries, judgement: undefined };
  }
}
