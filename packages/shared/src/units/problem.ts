/** What could not be done, as a value: stable code for machines, one sentence for people, and the way out. */
export interface Problem {
  /** `E_NO_FUSE_DEVICE`: scripts and tests go by this. */
  readonly code: string;
  /** One sentence without a full stop: what is so. */
  readonly message: string;
  /** What would help, as something to do. */
  readonly help: string;
}

const problems = new WeakSet<object>();

/** The one door, so that one breakpoint sees every problem. */
export function problem(code: string, message: string, help: string): Problem {
  const made = Object.freeze({ code, message, help });
  problems.add(made);
  return made;
}

export const isProblem = (value: unknown): value is Problem => typeof value === 'object' && value !== null && problems.has(value);
