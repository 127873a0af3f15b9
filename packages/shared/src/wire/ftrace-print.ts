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

const CALL = /__print_(flags|symbolic)(?:_u64)?\(/g;
const ENTRY = /\{\s*([^{}"]+?)\s*,\s*"((?:[^"\\]|\\.)*)"\s*\}/g;
/** `REC->flags`, perhaps in brackets or behind a cast; anything computed has no table of its own. */
const PLAIN = /^[\s()]*(?:\(\s*[a-z_][\w\s]*\)[\s(]*)?REC->(\w+)[\s()]*$/;

/** Text past these lengths is no kernel's: it is left out before a pattern is tried on it. */
const MAX_PRINT = 1 << 16;
const MAX_ARGUMENT = 256;

/** The tables of a `print fmt` line by field. An entry whose value is no constant expression is left out. */
export function parsePrint(print: string): ReadonlyMap<string, SymbolTable> {
  const tables = new Map<string, SymbolTable>();
  if (print.length > MAX_PRINT) return tables;
  for (const call of print.matchAll(CALL)) {
    const from = call.index + call[0].length,
      inside = print.slice(from, endOfCall(print, from)),
      comma = inside.indexOf(','),
      field = comma < MAX_ARGUMENT ? PLAIN.exec(inside.slice(0, comma))?.[1] : undefined;
    if (field === undefined || tables.has(field)) continue;
    const entries: (readonly [bigint, string])[] = [];
    for (const [, expression, name] of inside.matchAll(ENTRY)) {
      const value = evaluate(expression!);
      if (value !== undefined) entries.push([value, name!]);
    }
    tables.set(field, { isFlags: call[1] === 'flags', entries });
  }
  return tables;
}

/** Index of the bracket that closes the call whose arguments begin at `from`; brackets in strings do not count. */
function endOfCall(text: string, from: number): number {
  let depth = 1,
    inText = false;
  for (let i = from; i < text.length; i++) {
    const c = text[i];
    if (inText) {
      if (c === '\\') i++;
      else if (c === '"') inText = false;
    } else if (c === '"') inText = true;
    else if (c === '(') depth++;
    else if (c === ')' && --depth === 0) return i;
  }
  return text.length;
}

const TOKEN = /\s*(?:(0x[0-9a-f]{1,16}|\d{1,20})[ul]*|(<<|>>|[()|&~+-]))\s*/iy;
const CAST = /\(\s*(?:[a-z_]\w*\s+)*[a-z_]\w*\s*\**\s*\)/gi;
/** Weakest first. */
const levels: readonly Readonly<Record<string, (a: bigint, b: bigint) => bigint>>[] = [
  { '|': (a, b) => a | b },
  { '&': (a, b) => a & b },
  { '<<': (a, b) => (b >= 0n && b < 64n ? BigInt.asUintN(64, a << b) : 0n), '>>': (a, b) => (b >= 0n && b < 64n ? a >> b : 0n) },
  { '+': (a, b) => a + b, '-': (a, b) => a - b },
];
const MAX_DEPTH = 32;

/** The value of a constant C expression of integers, as u64; `undefined` for anything it does not understand. */
function evaluate(expression: string): bigint | undefined {
  const tokens: string[] = [],
    text = expression.replace(CAST, ' ');
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < text.length;) {
    const found = TOKEN.exec(text);
    if (!found) return undefined;
    tokens.push(found[1] ?? found[2]!);
  }
  let next = 0;
  const binary = (level: number, depth: number): bigint | undefined => {
    const operators = levels[level];
    if (!operators) return unary(depth);
    let left = binary(level + 1, depth);
    for (let act = operators[tokens[next]!]; left !== undefined && act; act = operators[tokens[next]!]) {
      next++;
      const right = binary(level + 1, depth);
      left = right === undefined ? undefined : act(left, right);
    }
    return left;
  };
  const unary = (depth: number): bigint | undefined => {
    const token = tokens[next++];
    if (token === undefined || depth > MAX_DEPTH) return undefined;
    if (token === '(') {
      const inner = binary(0, depth + 1);
      return tokens[next++] === ')' ? inner : undefined;
    }
    if (token === '-' || token === '~') {
      const of = unary(depth + 1);
      return of === undefined ? undefined : token === '-' ? -of : ~of;
    }
    if (/^0[0-7]+$/.test(token)) return BigInt(`0o${token.slice(1)}`);
    return /^(0|[1-9]\d*|0x[0-9a-f]+)$/i.test(token) ? BigInt(token) : undefined;
  };
  const value = binary(0, 0);
  return value === undefined || next < tokens.length ? undefined : BigInt.asUintN(64, value);
}
