import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addUpToMax, copyU64, isLessU64, isMaxU64, isSameDistance, isSameU64, minBig, putU64, shiftU64, U64_MAX, u64At } from './index.ts';

const near = [0n, 1n, 0xffff_ffffn, 0x1_0000_0000n, 1n << 63n, U64_MAX - 1n, U64_MAX];
const u64 = fc.oneof(fc.constantFrom(...near), fc.bigInt({ min: 0n, max: U64_MAX }));
const wrapped = (n: bigint): bigint => BigInt.asUintN(64, n);

/** These one after the other, two words each, behind one word that is none of them. */
function wordsOf(...values: bigint[]): Uint32Array {
  const words = new Uint32Array(1 + 2 * values.length);
  values.forEach((value, k) => putU64(words, 1 + 2 * k, value));
  return words;
}

describe('a u64 as two words', () => {
  test('is what a BigUint64Array over the same buffer holds', () => {
    const wide = BigUint64Array.of(0x1122_3344_5566_7788n);
    expect(u64At(new Uint32Array(wide.buffer), 0)).toBe(wide[0]);
  });

  test('comes back from putU64, modulo 2^64', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -U64_MAX, max: 2n * U64_MAX }), (n) => {
        expect(u64At(wordsOf(n), 1)).toBe(wrapped(n));
      }),
    );
  });

  test('compares as the numbers do', () => {
    fc.assert(
      fc.property(u64, u64, (a, b) => {
        const words = wordsOf(a, b);
        expect(isLessU64(words, 1, words, 3)).toBe(a < b);
        expect(isSameU64(words, 1, words, 3)).toBe(a === b);
        expect(isMaxU64(words, 1)).toBe(a === U64_MAX);
        copyU64(words, 1, words, 3);
        expect(u64At(words, 1)).toBe(b);
      }),
    );
  });

  test('addUpToMax stops at 2^64 - 1, whichever of its places is written', () => {
    fc.assert(
      fc.property(u64, u64, (a, b) => {
        for (const to of [1, 3, 5]) {
          const words = wordsOf(a, b, 0n);
          addUpToMax(words, to, words, 1, words, 3);
          expect(u64At(words, to)).toBe(minBig(a + b, U64_MAX));
        }
      }),
    );
  });

  test('shiftU64 adds a difference modulo 2^64', () => {
    fc.assert(
      fc.property(u64, u64, u64, (at, plus, minus) => {
        const words = wordsOf(at, plus, minus);
        shiftU64(words, 1, words, 3, words, 5);
        expect(u64At(words, 1)).toBe(wrapped(at + plus - minus));
      }),
    );
  });

  test('isSameDistance compares differences modulo 2^64', () => {
    fc.assert(
      fc.property(u64, u64, u64, fc.constantFrom(0n, 0n, 1n, 1n << 32n, U64_MAX), (a, b, d, more) => {
        const words = wordsOf(a, b, wrapped(a - b + d + more), d);
        expect(isSameDistance(words, 1, words, 3, words, 5, words, 7)).toBe(more === 0n);
      }),
    );
  });
});
