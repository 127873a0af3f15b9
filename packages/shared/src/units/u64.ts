/** 2^64 - 1: "no address" on the wire, "to the end" in ranges. */
export const U64_MAX = 0xffff_ffff_ffff_ffffn;

export const isU64 = (n: bigint): boolean => n >= 0n && n <= U64_MAX;

export const minBig = (a: bigint, b: bigint): bigint => (a < b ? a : b);
export const maxBig = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** Negative, 0 or positive, as `sort` wants it. */
export const compareBig = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/** Down to a multiple of `step` (> 0). */
export const floorTo = (n: bigint, step: bigint): bigint => n - (n % step);
/** Up to a multiple of `step` (> 0). */
export const ceilTo = (n: bigint, step: bigint): bigint => floorTo(n + step - 1n, step);

/** Reads a decimal or 0x-hex u64 as people type it; `undefined` for anything else, also for '' and values above 2^64 - 1. */
export function parseU64(text: string): bigint | undefined {
  if (!/^(\d{1,20}|0x[0-9a-f]{1,16})$/i.test(text)) return undefined;
  const n = BigInt(text);
  return isU64(n) ? n : undefined;
}

/** Which u32 of a u64 in this machine's memory is the low one: 0, or 1 where bytes go the other way. */
export const LOW_WORD: 0 | 1 = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 0 : 1;

/** The least of the first `count` values, `otherwise` without any. Read as two words each: a bigint a value costs ten times as much. */
export function leastOf(values: BigUint64Array, count: number, otherwise: bigint): bigint {
  if (count === 0) return otherwise;
  const words = new Uint32Array(values.buffer, values.byteOffset, 2 * count),
    lowAt = LOW_WORD,
    highAt = 1 - lowAt;
  let least = 0,
    high = words[highAt]!,
    low = words[lowAt]!;
  for (let i = 1; i < count; i++) {
    const other = words[2 * i + highAt]!;
    if (other > high || (other === high && words[2 * i + lowAt]! >= low)) continue;
    least = i;
    high = other;
    low = words[2 * i + lowAt]!;
  }
  return values[least]!;
}
