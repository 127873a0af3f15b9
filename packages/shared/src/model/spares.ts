/** Arrays of one length that are kept: a map that is written all over needs few at a time. */
const KEEP = 32;

/** Arrays that chunks have outgrown, by their length, for those that grow behind them: a new one, outside the heap and zeroed, costs as much as what is copied into it. */
const spares = new Map<number, Uint32Array[]>();

/** An array of this length, with anything in it. */
export const takeWords = (length: number): Uint32Array => spares.get(length)?.pop() ?? new Uint32Array(length);

/** Nobody reads or writes this array any more. */
export function giveWords(words: Uint32Array): void {
  const kept = spares.get(words.length);
  if (!kept) spares.set(words.length, [words]);
  else if (kept.length < KEEP) kept.push(words);
}
