/** A broken rule, for people and for machines. */
export interface Violation {
  /** As in the vectors, and more of the kind: `E_` an error, `W_` what is odd and refused by nobody. */
  readonly code: string;
  /** Which part broke it: `read`, `write`, `reply`, `end`, `extents[1].strips[0]`. */
  readonly side: string;
  /** The sentence of the rule. */
  readonly rule: string;
  /** Document and section that state it. */
  readonly source: string;
  readonly found: string;
  /** Positive errno of the refusal: what the application sees, or the server whose message is refused. 0: nobody notices. */
  readonly errno: number;
}

/** Somebody refuses it, or bytes are lost by it. */
export const isError = ({ code }: Pick<Violation, 'code'>): boolean => code.startsWith('E_');

/** A row of a table of rules; `broken` says what was found where the rule does not hold. */
export interface Rule<Subject> {
  readonly code: string;
  readonly rule: string;
  readonly source: string;
  readonly errno: number;
  readonly broken: (subject: Subject) => string | undefined;
}

/** Shape of a row in the tables below. */
export type RuleRow<Subject> = readonly [code: string, rule: string, broken: (subject: Subject) => string | undefined, errno?: number];

/** Rules of one section of a document; `errno` where a row has none of its own. */
export const rulesOf = <Subject>(source: string, errno: number, rows: readonly RuleRow<Subject>[]): readonly Rule<Subject>[] =>
  rows.map(([code, rule, broken, own = errno]) => ({ code, rule, source, errno: own, broken }));

/** Adds what `subject` breaks, in the order of the rules: nothing is allocated for one that breaks none. */
export function addBroken<Subject>(out: Violation[], rules: readonly Rule<Subject>[], subject: Subject, side: string): void {
  for (const rule of rules) {
    const found = rule.broken(subject);
    if (found !== undefined) out.push({ code: rule.code, side, rule: rule.rule, source: rule.source, found, errno: rule.errno });
  }
}

export function broken<Subject>(rules: readonly Rule<Subject>[], subject: Subject, side: string): Violation[] {
  const out: Violation[] = [];
  addBroken(out, rules, subject, side);
  return out;
}

/** `E_LEN_ZERO read: length is more than 0, found 0 (protocol.md 4.1)`. */
export const sayViolation = ({ code, side, rule, found, source }: Violation): string =>
  `${code} ${side}: ${rule}; found ${found} (${source})`;
