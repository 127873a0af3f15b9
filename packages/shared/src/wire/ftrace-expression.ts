import { ExpressionParser, tokensOf } from './ftrace-parser.ts';

/**
 * An argument of a `print fmt` line: C as the kernel's macros leave it, without casts. `other` is what is not understood; it stands for a value that
 * nobody knows.
 */
export type Expression =
  | { readonly kind: 'number'; readonly value: bigint }
  /** A named constant that the format text does not resolve. */
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'text'; readonly text: string }
  /** `REC->name`. */
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'unary'; readonly operator: string; readonly of: Expression }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'choice'; readonly test: Expression; readonly yes: Expression; readonly no: Expression }
  /** `__print_flags(…)`, `__get_str(…)`. */
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  /** `{ value, "name" }` of a table. */
  | { readonly kind: 'entry'; readonly value: Expression; readonly name: string }
  | { readonly kind: 'other' };

/** Named constants that a format text uses, by value. */
export type Constants = Pick<ReadonlyMap<string, bigint>, 'get' | 'has'>;

/**
 * The arguments of a call or of a `print fmt`, the string in front included. What cannot be read is `other`; a text that is longer than any kernel's
 * gives none.
 */
export function parseArguments(text: string): readonly Expression[] {
  const tokens = tokensOf(text);
  return tokens ? new ExpressionParser(tokens).all() : [];
}

/** The value of a constant expression as u64; undefined when it is none, or names what `constants` does not know. */
export function constantOf(expression: Expression, constants: Constants): bigint | undefined {
  const value = integer(expression, constants);
  return value === undefined ? undefined : BigInt.asUintN(64, value);
}

const operators: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  '|': (a, b) => a | b,
  '&': (a, b) => a & b,
  '^': (a, b) => a ^ b,
  '<<': (a, b) => (b >= 0n && b < 64n ? BigInt.asUintN(64, a << b) : 0n),
  '>>': (a, b) => (b >= 0n && b < 64n ? a >> b : 0n),
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => BigInt.asUintN(64, a * b),
};

function integer(expression: Expression, constants: Constants): bigint | undefined {
  switch (expression.kind) {
    case 'number':
      return expression.value;
    case 'name':
      return constants.get(expression.name);
    case 'unary': {
      const of = integer(expression.of, constants);
      if (of === undefined) return undefined;
      return expression.operator === '-' ? -of : expression.operator === '~' ? ~of : of === 0n ? 1n : 0n;
    }
    case 'binary': {
      const left = integer(expression.left, constants),
        right = integer(expression.right, constants),
        act = operators[expression.operator];
      return left === undefined || right === undefined ? undefined : act?.(left, right);
    }
    default:
      return undefined;
  }
}
