import { type Problem, problem } from '@mapscope/shared/units';
import { Refused } from '../host/index.ts';

/** Why a run ends: somebody wants it to, or a part of it cannot go on. */
type Ending = { readonly kind: 'asked'; readonly by: string } | { readonly kind: 'broken'; readonly problem: Problem };

export interface Endings {
  /** Resolves once, with the first reason. */
  readonly first: Promise<Ending>;
  /** Aborts with a second request to end: whoever asks twice does not want to wait. */
  readonly hurry: AbortSignal;
  readonly ask: (by: string) => void;
  readonly breakWith: (problem: Problem) => void;
  /** `work`, unless the run ends before: then rejects with the reason. */
  readonly during: <T>(work: Promise<T>) => Promise<T>;
  /** Stops listening to signals. */
  readonly close: () => void;
}

/** One Ctrl-C may arrive twice: from the terminal, and passed on by npm. */
const SAME_REQUEST_MS = 300;

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Collects the reasons for a run to end: signals, children, its own socket. */
export function collectEndings(): Endings {
  const hurry = new AbortController();
  let tell: (ending: Ending) => void = () => undefined,
    endingSince = Number.POSITIVE_INFINITY;
  const first = new Promise<Ending>((resolve) => (tell = resolve));
  const end = (ending: Ending): void => {
    if (ending.kind === 'asked' && performance.now() - endingSince > SAME_REQUEST_MS) hurry.abort();
    endingSince = Math.min(endingSince, performance.now());
    tell(ending);
  };
  const onSignal = (signal: string): void => end({ kind: 'asked', by: signal });
  const onBug = (error: Error): void =>
    end({ kind: 'broken', problem: problem('E_BUG', `the supervisor failed: ${error.stack ?? error.message}`, 'Please report this') });
  for (const name of signals) process.on(name, onSignal);
  process.on('uncaughtException', onBug);
  return {
    first,
    hurry: hurry.signal,
    ask: (by) => end({ kind: 'asked', by }),
    breakWith: (problem) => end({ kind: 'broken', problem }),
    during: (work) => {
      const cut = first.then((ending): never => {
        throw ending.kind === 'broken' ? new Refused(ending.problem) : new Stopped(ending.by);
      });
      return Promise.race([work, cut]);
    },
    close: () => {
      for (const name of signals) process.off(name, onSignal);
      process.off('uncaughtException', onBug);
    },
  };
}

/** A run that was asked to end before it had begun. */
export class Stopped extends Error {
  constructor(by: string) {
    super(`stopped by ${by}`);
    this.name = 'Stopped';
  }
}
