import type { Expression } from './ftrace-expression.ts';
import type { FtraceFormat } from './ftrace-format.ts';
import { parsePrint } from './ftrace-print.ts';
import { type Conversion, parsePrintf } from './ftrace-printf.ts';
import { type Dialect, Told, type ToldValue } from './ftrace-told.ts';

const ALL = 0xffff_ffff_ffff_ffffn;
const digits: Readonly<Record<number, RegExp>> = { 8: /\s*0?([0-7]+)/y, 10: /\s*(-?\d+)/y, 16: /\s*(?:0[xX])?([0-9a-fA-F]+)/y };
const prefixes: Readonly<Record<number, string>> = { 8: '0o', 10: '', 16: '0x' };

/**
 * Reads the text of an event back into its fields, by the `print fmt` that it was printed with. What the text does not tell is not among them: a
 * field that is not printed, some bits of one, a name without a value. An address is told as the symbol that is printed for it.
 */
export class TextPattern {
  private readonly conversions: readonly Conversion[];
  private readonly args: readonly Expression[];
  private readonly after: string;
  private readonly format: FtraceFormat;
  private readonly dialect: Dialect;

  private constructor(
    format: FtraceFormat,
    dialect: Dialect,
    conversions: readonly Conversion[],
    args: readonly Expression[],
    after: string,
  ) {
    this.format = format;
    this.dialect = dialect;
    this.conversions = conversions;
    this.args = args;
    this.after = after;
  }

  /** undefined: the format does not say how it prints, or in a way that is not known here. */
  static of(format: FtraceFormat, dialect: Dialect): TextPattern | undefined {
    const print = parsePrint(format.print),
      printf = print && parsePrintf(print.format);
    if (!print || !printf || printf.conversions.length > print.args.length) return undefined;
    return new TextPattern(format, dialect, printf.conversions, print.args, printf.after);
  }

  /** The fields that `text` tells; undefined: it was not printed by this format. */
  match(text: string): Map<string, ToldValue> | undefined {
    const told = new Told(this.dialect);
    let at = 0;
    for (const [i, conversion] of this.conversions.entries()) {
      if (!text.startsWith(conversion.before, at)) return undefined;
      at += conversion.before.length;
      const end = this.take(told, conversion, this.args[i]!, text, at, this.conversions[i + 1]?.before ?? this.after);
      if (end < 0) return undefined;
      at = end;
    }
    return text.slice(at).trimEnd() === this.after.trimEnd() ? told.fields(this.format) : undefined;
  }

  /** Reads what one conversion printed; answers where it ends, -1: it is not there. */
  private take(told: Told, { kind, radix, bits }: Conversion, of: Expression, text: string, at: number, next: string): number {
    if (kind === 'character') {
      if (at >= text.length) return -1;
      told.integer(of, BigInt(text.charCodeAt(at)), 0xffn);
      return at + 1;
    }
    if (kind === 'integer') {
      const pattern = digits[radix]!;
      pattern.lastIndex = at;
      const found = pattern.exec(text);
      if (!found) return -1;
      const isNegative = found[1]!.startsWith('-'),
        value = BigInt(prefixes[radix]! + found[1]!.replace('-', '')),
        mask = bits === 64 ? ALL : (1n << BigInt(bits)) - 1n;
      told.integer(of, BigInt.asUintN(64, isNegative ? -value : value), mask);
      return at + found[0].length;
    }
    // Up to the text behind it, where that is first; two texts side by side cannot be told apart.
    const end = next === '' ? text.length : text.indexOf(next, at);
    if (end < 0) return -1;
    told.text(of, next === '' ? text.slice(at).trimEnd() : text.slice(at, end));
    return end;
  }
}
