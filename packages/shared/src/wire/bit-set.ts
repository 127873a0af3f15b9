import type { Words } from './words.ts';

/** The name in the headers without prefix, the bit's number, one sentence. */
export type Bit = readonly [name: string, bit: number, meaning: string];

/**
 * A set of named bits. Printing keeps unknown bits as hex (`WRITE|0x200?`), and parsing is its inverse. Bits may lie above 31, so a
 * value is a number (read as unsigned 32 bits) or a bigint.
 */
export interface BitSet<Name extends string = string> extends Words {
  readonly bits: readonly Bit[];
  /** Mask of one bit below 32, as an unsigned number. */
  mask(name: Name): number;
  names(value: number | bigint): string[];
  /** `undefined` when a word is neither a name nor `0x…?`. */
  parse(text: string): bigint | undefined;
}

/** Throws when two names claim one bit: a slip in a table must not reach a user. */
export function bitSet<const B extends readonly Bit[]>(bits: B): BitSet<B[number][0]> {
  const byName = new Map(bits.map(([name, bit]) => [name, bit]));
  if (byName.size !== bits.length || new Set(bits.map(([, bit]) => bit)).size !== bits.length)
    throw new Error(`a name or a bit stands twice in ${bits.map(([name]) => name).join(' ')}`);
  const names = (value: number | bigint): string[] => {
    let rest = typeof value === 'number' ? BigInt(value >>> 0) : BigInt.asUintN(64, value);
    const out: string[] = [];
    for (const [name, bit] of bits) {
      const mask = 1n << BigInt(bit);
      if ((rest & mask) === 0n) continue;
      out.push(name);
      rest &= ~mask;
    }
    if (rest !== 0n) out.push(`0x${rest.toString(16)}?`);
    return out;
  };
  return {
    bits,
    mask: (name) => (1 << byName.get(name)!) >>> 0,
    names,
    print: (value) => names(value).join('|'),
    explain: (value) => names(value).map((name) => [name, bits.find(([known]) => known === name)?.[2] ?? 'a bit without a name']),
    parse(text) {
      let value = 0n;
      for (const word of text === '' ? [] : text.split('|')) {
        const bit = byName.get(word),
          unknown = /^0x([0-9a-f]{1,16})\?$/.exec(word);
        if (bit !== undefined) value |= 1n << BigInt(bit);
        else if (unknown) value |= BigInt(`0x${unknown[1]}`);
        else return undefined;
      }
      return value;
    },
  };
}

/** Masks of the bits 0 to 31 by name, as unsigned numbers. */
export const masksOf = <Name extends string>(set: BitSet<Name>): { readonly [N in Name]: number } =>
  Object.fromEntries(set.bits.filter(([, bit]) => bit < 32).map(([name]) => [name, set.mask(name as Name)])) as { [N in Name]: number };
