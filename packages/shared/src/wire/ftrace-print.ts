import { kernelConstants } from './ftrace-constants.ts';
import { type Constants, constantOf, type Expression, parseArguments } from './ftrace-expression.ts';

/** Names of a field's values as `print fmt` knows them. */
export interface SymbolTable {
  /** Several bits at once, or one value. */
  readonly isFlags: boolean;
  readonly entries: readonly (readonly [value: bigint, name: string])[];
}

/** The names of `value`, joined by `|`. What has no name is shown as hex with a question mark (flags) or as it is. */
export function printSymbol({ isFlags, entries }: SymbolTable, value: bigint): string {
  let rest = BigInt.asUintN(64, value);
  if (!isFlags) return entries.find(([of]) => of === rest)?.[1] ?? value.toString();
  const words: string[] = [];
  for (const [mask, name] of entries)
    if (mask !== 0n && (rest & mask) === mask) {
      words.push(name);
      rest &= ~mask;
    }
  if (rest !== 0n) words.push(`0x${rest.toString(16)}?`);
  return words.join('|');
}

/** Text past this length is no kernel's. */
const MAX_PRINT = 1 << 16;

/** A `print fmt` line: a string for printf and what goes into it. */
export interface Print {
  readonly format: string;
  readonly args: readonly Expression[];
}

/** undefined: the text does not begin with a string. */
export function parsePrint(print: string): Print | undefined {
  if (print.length > MAX_PRINT) return undefined;
  const args = parseArguments(print),
    [format] = args;
  return format?.kind === 'text' ? { format: format.text, args: args.slice(1) } : undefined;
}

/** The tables of a `print fmt` by field; a value that is computed has none of its own. An entry whose value is no constant is left out. */
export function symbolsOf(print: Print | undefined): ReadonlyMap<string, SymbolTable> {
  const tables = new Map<string, SymbolTable>();
  for (const { name, args } of callsIn(print?.args ?? [])) {
    const [of, ...rest] = args;
    if (!/^__print_(flags|symbolic)(_u64)?$/.test(name) || of?.kind !== 'field' || tables.has(of.name)) continue;
    tables.set(of.name, { isFlags: name.startsWith('__print_flags'), entries: tableOf(rest, kernelConstants) });
  }
  return tables;
}

/** The entries among the arguments of `__print_flags` or `__print_symbolic`. */
export function tableOf(args: readonly Expression[], constants: Constants): (readonly [value: bigint, name: string])[] {
  const entries: (readonly [bigint, string])[] = [];
  for (const entry of args) {
    if (entry.kind !== 'entry') continue;
    const value = constantOf(entry.value, constants);
    if (value !== undefined) entries.push([value, entry.name]);
  }
  return entries;
}

/** Calls wherever they are: in a choice, in an operand, in another call. */
function* callsIn(expressions: readonly Expression[]): Generator<Expression & { kind: 'call' }> {
  for (const it of expressions) {
    if (it.kind === 'call') {
      yield it;
      yield* callsIn(it.args);
    } else if (it.kind === 'choice') yield* callsIn([it.test, it.yes, it.no]);
    else if (it.kind === 'binary') yield* callsIn([it.left, it.right]);
    else if (it.kind === 'unary') yield* callsIn([it.of]);
  }
}
