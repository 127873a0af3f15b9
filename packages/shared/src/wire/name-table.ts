import type { Words } from './words.ts';

/** The name in the headers without prefix, its number, one sentence. */
export type NamedNumber = readonly [name: string, value: number, meaning: string];

/** Numbers with names, of which one holds at a time. A number without a name is kept and shown (`type 7?`); parsing is the inverse of printing. */
export interface NameTable<Name extends string = string> extends Words {
  readonly rows: readonly NamedNumber[];
  /** `undefined` when the text is neither a name nor `word N?`. */
  readonly parse: (text: string) => number | undefined;
  readonly has: (value: number) => boolean;
  readonly valueOf: (name: Name) => number;
}

/** `word` stands before a number without a name. Throws when two rows claim one name or number: a slip in a table must not reach a user. */
export function nameTable<const R extends readonly NamedNumber[]>(word: string, rows: R): NameTable<R[number][0]> {
  const byNumber = new Map(rows.map(([name, value]) => [value, name])),
    byName = new Map<string, number>(rows.map(([name, value]) => [name, value])),
    unnamed = new RegExp(`^${word} (0|-?[1-9]\\d{0,9})\\?$`);
  if (byNumber.size !== rows.length || byName.size !== rows.length)
    throw new Error(`a name or a number stands twice in ${rows.map(([name]) => name).join(' ')}`);
  return {
    rows,
    print: (value) => byNumber.get(Number(value)) ?? `${word} ${value}?`,
    explain: (value) => rows.filter(([, number]) => number === Number(value)).map(([name, , meaning]) => [name, meaning]),
    parse(text) {
      const named = byName.get(text),
        found = unnamed.exec(text);
      return named ?? (found ? Number(found[1]) : undefined);
    },
    has: (value) => byNumber.has(value),
    valueOf: (name) => byName.get(name)!,
  };
}

/** The numbers of a table by name. */
export const numbersOf = <const R extends readonly NamedNumber[]>(rows: R): { readonly [N in R[number] as N[0]]: N[1] } =>
  Object.fromEntries(rows) as unknown as { readonly [N in R[number] as N[0]]: N[1] };
