/** 2^64 - 1: "no address" on the wire, "to the end" in ranges. */
export const U64_MAX = 0xffff_ffff_ffff_ffffn;

export const isU64 = (n: bigint): boolean => n >= 0n && n <= U64_MAX;

export const minBig = (a: bigint, b: bigint): bigint => (a < b ? a : b);
export const maxBig = (a: bigint, b: bigint): bigint => (a > b ? a : b);

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
