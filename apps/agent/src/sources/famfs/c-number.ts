/** A number as C writes it: `0x` hexadecimal, `0` octal, else decimal. undefined: it is none, or more than a u64 holds. Fact: spec/protocol.md 7.1. */
export function cNumber(text: string): bigint | undefined {
  if (!/^(0x[0-9a-f]{1,16}|0[0-7]{0,22}|[1-9]\d{0,19})$/i.test(text)) return undefined;
  const value = BigInt(/^0[0-7]+$/.test(text) ? `0o${text.slice(1)}` : text);
  return value === BigInt.asUintN(64, value) ? value : undefined;
}
