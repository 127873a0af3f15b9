/** What is wrong with bytes from outside, as a value. A decoder returns one instead of throwing. */
export interface Flaw {
  /** For machines: tests, counters, the icon. The codes are those of `spec/protocol.md` 4.1 and 9. */
  readonly code: string;
  /** Index of the first byte that made no sense. */
  readonly at: number;
  readonly field: string;
  /** With `allowed` the sentence for people: "nextents is 33, allowed: 1 to 32". */
  readonly found: string;
  readonly allowed: string;
}

const flaws = new WeakSet<object>();

/** The one door, so that one breakpoint sees every flaw. */
export function flaw(parts: Flaw): Flaw {
  const made = Object.freeze({ ...parts });
  flaws.add(made);
  return made;
}

/** Only what `flaw` made: a value from outside that looks like one is none. */
export const isFlaw = (value: unknown): value is Flaw => typeof value === 'object' && value !== null && flaws.has(value);

/** `E_NEXTENTS: nextents is 33, allowed: 1 to 32 (byte 8)`. */
export const sayFlaw = (f: Flaw): string => `${f.code}: ${f.field} is ${f.found}, allowed: ${f.allowed} (byte ${f.at})`;
