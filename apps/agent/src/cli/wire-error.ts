import { type Flaw, sayFlaw } from '@mapscope/shared/units';
import { sayViolation, type Violation } from '@mapscope/shared/wire';

/** Why bytes are refused, for scripts. `level`: the decoder refuses, or a rule that somebody else holds to. */
interface WireError {
  readonly code: string;
  readonly level: 'decode' | 'rule';
  readonly message: string;
  readonly help: string;
}

/** The first thing that is wrong; `undefined` when nothing is. */
export function errorOf(flaw: Flaw | undefined, errors: readonly Violation[], help: string): WireError | undefined {
  if (flaw) return { code: flaw.code, level: 'decode', message: sayFlaw(flaw), help };
  const [first] = errors;
  return first && { code: first.code, level: 'rule', message: sayViolation(first), help: `${first.source} states the rule` };
}
