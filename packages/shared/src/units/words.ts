/*
 * A u64 as two u32 words, the low one first, as a BigUint64Array and a Uint32Array over one buffer have it on a little-endian
 * machine (the frame format asks for one). A bigint that is compared or added costs an allocation, words cost nothing: stack.md 4
 * measured four times. For column loops only; what leaves a module is a bigint. `words[k]` is the low word of the u64 at `k`.
 */
const wide = new BigUint64Array(1),
  halves = new Uint32Array(wide.buffer);

/** The u64 at `k`. */
export function u64At(words: Uint32Array, k: number): bigint {
  halves[0] = words[k]!;
  halves[1] = words[k + 1]!;
  return wide[0]!;
}

/** `value` modulo 2^64. */
export function putU64(words: Uint32Array, k: number, value: bigint): void {
  wide[0] = value;
  words[k] = halves[0]!;
  words[k + 1] = halves[1]!;
}

/** The u64 at `l` of `from`, written at `k` of `to`. */
export function copyU64(to: Uint32Array, k: number, from: Uint32Array, l: number): void {
  to[k] = from[l]!;
  to[k + 1] = from[l + 1]!;
}

export const isSameU64 = (a: Uint32Array, k: number, b: Uint32Array, l: number): boolean => a[k] === b[l] && a[k + 1] === b[l + 1];

export function isLessU64(a: Uint32Array, k: number, b: Uint32Array, l: number): boolean {
  const high = a[k + 1]!,
    other = b[l + 1]!;
  return high === other ? a[k]! < b[l]! : high < other;
}

/** 2^64 - 1: "no address", "to the end". */
export const isMaxU64 = (words: Uint32Array, k: number): boolean => words[k] === 0xffff_ffff && words[k + 1] === 0xffff_ffff;

/** `a + b`, 2^64 - 1 where that is more. */
export function addUpToMax(to: Uint32Array, k: number, a: Uint32Array, i: number, b: Uint32Array, j: number): void {
  const low = a[i]! + b[j]!,
    high = a[i + 1]! + b[j + 1]! + (low > 0xffff_ffff ? 1 : 0);
  to[k] = high > 0xffff_ffff ? 0xffff_ffff : low;
  to[k + 1] = high > 0xffff_ffff ? 0xffff_ffff : high;
}

/** `to += plus - minus` modulo 2^64: a place that goes along with an offset that moved from `minus` to `plus`. */
export function shiftU64(to: Uint32Array, k: number, plus: Uint32Array, i: number, minus: Uint32Array, j: number): void {
  const low = to[k]! + plus[i]! - minus[j]!;
  to[k] = low;
  to[k + 1] = to[k + 1]! + plus[i + 1]! - minus[j + 1]! + Math.floor(low / 0x1_0000_0000);
}

/** Whether `a - b` and `c - d` are the same modulo 2^64: two places that are as far apart as their offsets. */
export function isSameDistance(
  a: Uint32Array,
  i: number,
  b: Uint32Array,
  j: number,
  c: Uint32Array,
  k: number,
  d: Uint32Array,
  l: number,
): boolean {
  const here = a[i]! - b[j]!,
    there = c[k]! - d[l]!;
  if ((here | 0) !== (there | 0)) return false;
  return ((a[i + 1]! - b[j + 1]! - (here < 0 ? 1 : 0)) | 0) === ((c[k + 1]! - d[l + 1]! - (there < 0 ? 1 : 0)) | 0);
}
