import { constantOf, type Constants, type Expression } from './ftrace-expression.ts';
import { kernelConstants } from './ftrace-constants.ts';
import type { FtraceFormat } from './ftrace-format.ts';
import { tableOf } from './ftrace-print.ts';

/**
 * Who printed a text. trace-cmd does not know the enumerations that a format names without a value: it takes each for 0, so that a name of such a
 * table says nothing, and what it cannot name it prints as a number.
 */
export type Dialect = 'kernel' | 'trace-cmd';

/** A value as a text tells it: the bits of the field, text, or the symbol that stands for an address. */
export type ToldValue = bigint | string;

/** What is known of the bits of a field. */
interface Bits {
  value: bigint;
  mask: bigint;
}

const ALL = 0xffff_ffff_ffff_ffffn;

/** Collects what the arguments of one printed record tell of its fields: `print fmt` read backwards. */
export class Told {
  /** By numbers. */
  private readonly hard = new Map<string, Bits>();
  /** By names of values, which are believed where no number is printed. */
  private readonly soft = new Map<string, Bits>();
  private readonly texts = new Map<string, string>();
  private readonly dialect: Dialect;

  constructor(dialect: Dialect) {
    this.dialect = dialect;
  }

  /** An integer was printed: of its bits those in `mask`. */
  integer(of: Expression, value: bigint, mask: bigint): void {
    this.learn(this.hard, of, value, mask);
  }

  /** A text was printed: the field's own, or the name of a value. */
  text(of: Expression, text: string): void {
    if (of.kind === 'field') this.texts.set(of.name, text);
    else if (of.kind === 'choice') this.choice(of, text);
    else if (of.kind === 'call') this.call(of, text);
  }

  /** Fields that are known as a whole. */
  fields(format: FtraceFormat): Map<string, ToldValue> {
    const out = new Map<string, ToldValue>();
    for (const { name, size, form } of format.fields.values()) {
      const text = this.texts.get(name),
        full = form === 'scalar' ? (1n << BigInt(size * 8)) - 1n : ALL,
        bits = [this.hard, this.soft].map((of) => of.get(name)).find((of) => of !== undefined && (of.mask & full) === full);
      if (text !== undefined) out.set(name, text);
      else if (bits) out.set(name, bits.value & full);
    }
    return out;
  }

  /** Undoes what was computed from a field before it was printed. */
  private learn(into: Map<string, Bits>, of: Expression, value: bigint, mask: bigint): void {
    if (of.kind === 'field') {
      const known = into.get(of.name);
      if (known) {
        known.value = (known.value & ~mask) | (value & mask);
        known.mask |= mask;
      } else into.set(of.name, { value: value & mask, mask });
      return;
    }
    if (of.kind !== 'binary') return;
    const by = constantOf(of.right, kernelConstants);
    if (by === undefined) return;
    switch (of.operator) {
      // Pages to bytes: nobody has a file whose upper bits are lost by it.
      case '<<':
        return this.learn(into, of.left, BigInt.asUintN(64, value) >> by, mask === ALL ? ALL : mask >> by);
      case '>>':
        return this.learn(into, of.left, BigInt.asUintN(64, value << by), BigInt.asUintN(64, mask << by));
      case '&':
        return this.learn(into, of.left, value & by, mask & by);
      case '+':
        return this.learn(into, of.left, BigInt.asUintN(64, value - by), mask);
      case '-':
        return this.learn(into, of.left, BigInt.asUintN(64, value + by), mask);
    }
  }

  private choice({ test, yes, no }: Expression & { kind: 'choice' }, text: string): void {
    const isYes = yes.kind === 'text' && yes.text === text,
      isNo = no.kind === 'text' && no.text === text;
    if (isYes === isNo) return;
    if (test.kind === 'binary' && test.operator === '&') {
      const bit = constantOf(test.right, kernelConstants);
      // One bit: set or not. Of several nobody knows which.
      if (bit !== undefined && (isNo || (bit & (bit - 1n)) === 0n)) this.learn(this.soft, test.left, isYes ? bit : 0n, bit);
    } else if (test.kind === 'field' && isNo) this.learn(this.soft, test, 0n, ALL);
  }

  private call({ name, args }: Expression & { kind: 'call' }, text: string): void {
    const [of, second] = args;
    if (!of) return;
    if (name === '__get_str' && of.kind === 'name') this.texts.set(of.name, text);
    else if (name.startsWith('__print_flags')) {
      const value = this.flags(text, second?.kind === 'text' && second.text !== '' ? second.text : '|', args);
      if (value !== undefined) this.learn(this.soft, of, value, ALL);
    } else if (name.startsWith('__print_symbolic')) {
      const value = this.named(text, args);
      if (value !== undefined) this.learn(this.soft, of, value, ALL);
    }
  }

  /** Names and numbers joined; undefined when one of them is not known. */
  private flags(text: string, joint: string, args: readonly Expression[]): bigint | undefined {
    let value = 0n;
    for (const word of text === '' ? [] : text.split(joint)) {
      const bits = this.named(word, args);
      if (bits === undefined) return undefined;
      value |= bits;
    }
    return value;
  }

  private named(word: string, args: readonly Expression[]): bigint | undefined {
    const found = tableOf(args, this.dialect === 'kernel' ? kernelConstants : noConstants).find(([, name]) => name === word);
    if (found) return found[0];
    return /^(0x[0-9a-f]{1,16}|\d{1,20})$/i.test(word) ? BigInt(word) : undefined;
  }
}

const noConstants: Constants = new Map<string, bigint>();
