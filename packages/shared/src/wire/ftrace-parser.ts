import type { Expression } from './ftrace-expression.ts';

interface Token {
  readonly kind: 'text' | 'number' | 'word' | 'sign';
  readonly text: string;
}

const TOKEN = /\s*(?:"((?:[^"\\]|\\.)*)"|(0[xX][0-9a-fA-F]{1,16}|\d{1,20})[uUlL]*(?!\w)|([A-Za-z_]\w*)|(->|<<|>>|<=|>=|==|!=|&&|\|\||\S))/y;
/** Binary operators, weakest first. */
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '>', '<=', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];
const OTHER: Expression = { kind: 'other' };
const MAX_DEPTH = 48;
const MAX_TOKENS = 1 << 14;
const OCTAL = /^0[0-7]+$/;
const DECIMAL_OR_HEX = /^(0|[1-9]\d*|0x[0-9a-f]+)$/i;

/** undefined: more than any kernel's text has. */
export function tokensOf(text: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let found = TOKEN.exec(text); found; found = TOKEN.exec(text)) {
    if (tokens.length >= MAX_TOKENS) return undefined;
    const [, quoted, digits, word, sign] = found;
    if (quoted !== undefined) tokens.push({ kind: 'text', text: quoted });
    else if (digits !== undefined) tokens.push({ kind: 'number', text: digits });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else tokens.push({ kind: 'sign', text: sign! });
  }
  return tokens;
}

/** Reads C by recursive descent; never throws, and reads every token once or skips it. */
export class ExpressionParser {
  private next = 0;
  private readonly tokens: readonly Token[];

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  /** Arguments between commas, to the end. */
  all(): Expression[] {
    const args: Expression[] = [];
    while (this.next < this.tokens.length) {
      args.push(this.argument(0));
      if (!this.takes(',')) break;
    }
    return args;
  }

  /** One argument; what is not understood up to the next comma or closing bracket is `other`. */
  private argument(depth: number): Expression {
    const read = this.is('{') ? this.entry(depth) : this.expression(depth);
    if (this.next >= this.tokens.length || this.is(',') || this.is(')') || this.is('}')) return read;
    for (let open = 0; this.next < this.tokens.length; this.next++) {
      if (this.is('(') || this.is('{') || this.is('[')) open++;
      else if (this.is(')') || this.is('}') || this.is(']')) {
        if (open-- === 0) break;
      } else if (open === 0 && this.is(',')) break;
    }
    return OTHER;
  }

  private entry(depth: number): Expression {
    this.next++;
    const value = this.expression(depth + 1);
    if (!this.takes(',')) return OTHER;
    const { kind, text } = this.tokens[this.next] ?? { kind: 'sign', text: '' };
    if (kind !== 'text') return OTHER;
    this.next++;
    return this.takes('}') ? { kind: 'entry', value, name: text } : OTHER;
  }

  private expression(depth: number): Expression {
    if (depth > MAX_DEPTH) return OTHER;
    const test = this.binary(0, depth);
    if (!this.takes('?')) return test;
    const yes = this.expression(depth + 1);
    if (!this.takes(':')) return OTHER;
    return { kind: 'choice', test, yes, no: this.expression(depth + 1) };
  }

  private binary(level: number, depth: number): Expression {
    const operators = LEVELS[level];
    if (!operators) return this.unary(depth);
    let left = this.binary(level + 1, depth);
    for (;;) {
      const operator = operators.find((sign) => this.takes(sign));
      if (operator === undefined) return left;
      left = { kind: 'binary', operator, left, right: this.binary(level + 1, depth) };
    }
  }

  private unary(depth: number): Expression {
    if (depth > MAX_DEPTH) return OTHER;
    const operator = ['-', '~', '!'].find((sign) => this.takes(sign));
    if (operator !== undefined) return { kind: 'unary', operator, of: this.unary(depth + 1) };
    if (this.castEnd() > 0) {
      this.next = this.castEnd();
      return this.unary(depth + 1);
    }
    return this.primary(depth);
  }

  private primary(depth: number): Expression {
    const token = this.tokens[this.next];
    if (!token) return OTHER;
    if (this.takes('(')) {
      const inner = this.expression(depth + 1);
      return this.takes(')') ? inner : OTHER;
    }
    if (token.kind === 'sign') return OTHER;
    this.next++;
    if (token.kind === 'text') {
      let { text } = token;
      // C joins strings that stand side by side.
      for (; this.tokens[this.next]?.kind === 'text'; this.next++) text += this.tokens[this.next]!.text;
      return { kind: 'text', text };
    }
    if (token.kind === 'number') {
      if (OCTAL.test(token.text)) return { kind: 'number', value: BigInt(`0o${token.text.slice(1)}`) };
      return DECIMAL_OR_HEX.test(token.text) ? { kind: 'number', value: BigInt(token.text) } : OTHER;
    }
    if (this.takes('->')) {
      const name = this.tokens[this.next++];
      return name?.kind === 'word' ? { kind: 'field', name: name.text } : OTHER;
    }
    return this.takes('(') ? this.call(token.text, depth) : { kind: 'name', name: token.text };
  }

  private call(name: string, depth: number): Expression {
    const args: Expression[] = [];
    while (this.next < this.tokens.length && !this.takes(')')) {
      args.push(this.argument(depth + 1));
      if (!this.takes(',') && !this.is(')')) return OTHER;
    }
    return { kind: 'call', name, args };
  }

  /** Behind a cast that begins here: words and stars in brackets, and an operand after them. 0: there is none. */
  private castEnd(): number {
    if (!this.is('(')) return 0;
    let i = this.next + 1,
      words = 0;
    for (; this.tokens[i]?.kind === 'word' || this.tokens[i]?.text === '*'; i++) if (this.tokens[i]!.kind === 'word') words++;
    if (words === 0 || this.tokens[i]?.text !== ')') return 0;
    const after = this.tokens[i + 1];
    return after !== undefined && (after.kind !== 'sign' || ['(', '~', '!'].includes(after.text)) ? i + 1 : 0;
  }

  private is(sign: string): boolean {
    const token = this.tokens[this.next];
    return token?.kind === 'sign' && token.text === sign;
  }

  private takes(sign: string): boolean {
    const found = this.is(sign);
    if (found) this.next++;
    return found;
  }
}
