import { type Problem, problem } from '@mapscope/shared/units';

/** A problem on its way up to whoever says it. Anything else that is thrown is a bug and keeps its stack. */
export class Refused extends Error {
  readonly problem: Problem;

  constructor(why: Problem, cause?: unknown) {
    super(why.message, cause === undefined ? undefined : { cause });
    this.name = 'Refused';
    this.problem = why;
  }
}

/** `throw refused('E_…', 'what is so', 'what helps')`: as `problem`, for throwing. */
export const refused = (code: string, message: string, help: string, cause?: unknown): Refused =>
  new Refused(problem(code, message, help), cause);

/** The message of anything that was thrown. */
export const sayError = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** `ENOENT` and its like, when `error` came from the operating system. */
export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
