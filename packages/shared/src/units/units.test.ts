import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  byteLength,
  ceilTo,
  deviceOffset,
  fileOffset,
  flaw,
  floorTo,
  isFlaw,
  isU64,
  leastOf,
  maxBig,
  minBig,
  parseU64,
  sayFlaw,
  span,
  time,
  U64_MAX,
  utf8,
  utf8Text,
} from './index.ts';

const u64 = fc.bigInt({ min: 0n, max: U64_MAX });

describe('fileOffset and its like', () => {
  test.each([fileOffset, deviceOffset, byteLength, time])('take a u64 as it is, and refuse what is none', (brand) => {
    expect([brand(0n), brand(U64_MAX)]).toEqual([0n, U64_MAX]);
    expect(() => brand(-1n)).toThrow(/not a u64: -1/);
    expect(() => brand(U64_MAX + 1n)).toThrow(RangeError);
  });

  test('span is the difference of two offsets of one kind', () => {
    expect(span(fileOffset(5n), fileOffset(9n))).toBe(4n);
    expect(span(deviceOffset(1n << 60n), deviceOffset((1n << 60n) + 1n))).toBe(1n);
  });
});

describe('u64', () => {
  test('isU64 ends at 2^64 - 1', () => {
    expect([0n, U64_MAX, -1n, U64_MAX + 1n].map(isU64)).toEqual([true, true, false, false]);
  });

  test('leastOf is the least of the first values, and something else of none', () => {
    const some = fc.oneof(u64, fc.bigInt({ min: 0n, max: 3n }), fc.constantFrom(1n << 32n, (1n << 32n) - 1n, U64_MAX));
    fc.assert(
      fc.property(fc.array(some, { maxLength: 20 }), fc.nat(20), (list, n) => {
        const count = Math.min(n, list.length),
          least = list.slice(0, count).reduce<bigint | undefined>((a, b) => (a === undefined || b < a ? b : a), undefined);
        expect(leastOf(BigUint64Array.from([0n, ...list]).subarray(1), count, 77n)).toBe(least ?? 77n);
      }),
    );
  });

  test('floorTo and ceilTo are the nearest multiples around', () => {
    fc.assert(
      fc.property(u64, fc.bigInt({ min: 1n, max: 1n << 40n }), (n, step) => {
        const down = floorTo(n, step),
          up = ceilTo(n, step);
        expect(down % step).toBe(0n);
        expect(up % step).toBe(0n);
        expect(down <= n && n <= up && up - down <= step).toBe(true);
        expect(up === down).toBe(n % step === 0n);
      }),
    );
  });

  test('minBig and maxBig keep both', () => {
    fc.assert(
      fc.property(u64, u64, (a, b) => {
        expect([minBig(a, b), maxBig(a, b)]).toEqual(a < b ? [a, b] : [b, a]);
      }),
    );
  });

  test('parseU64 reads what it prints, decimal and hex', () => {
    fc.assert(
      fc.property(u64, (n) => {
        expect(parseU64(`${n}`)).toBe(n);
        expect(parseU64(`0x${n.toString(16)}`)).toBe(n);
        expect(parseU64(`0X${n.toString(16).toUpperCase()}`)).toBe(n);
      }),
    );
  });

  test.each(['', ' 1', '1 ', '-1', '+1', '1.5', '1e3', '0x', '0xg', '1_000', '18446744073709551616', '0x10000000000000000', 'true'])(
    'parseU64 refuses %j',
    (text) => {
      expect(parseU64(text)).toBeUndefined();
    },
  );
});

describe('flaw', () => {
  const made = flaw({ code: 'E_SHORT', at: 7, field: 'nextents', found: '33', allowed: '1 to 32' });

  test('makes a value that isFlaw knows, and only that', () => {
    expect(isFlaw(made)).toBe(true);
    for (const other of [{ ...made }, undefined, null, 'E_SHORT', 3]) expect(isFlaw(other)).toBe(false);
  });

  test('makes a value that does not change', () => {
    expect(Object.isFrozen(made)).toBe(true);
  });

  test('is a sentence for people', () => {
    expect(sayFlaw(made)).toBe('E_SHORT: nextents is 33, allowed: 1 to 32 (byte 7)');
  });
});

describe('utf8', () => {
  const whole = fc.string({ unit: 'binary' });

  test('agrees with TextEncoder, lone surrogates included', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }), (units) => {
        const text = String.fromCharCode(...units);
        expect([...utf8(text)]).toEqual([...new TextEncoder().encode(text)]);
      }),
    );
  });

  test('utf8Text undoes it', () => {
    fc.assert(
      fc.property(whole, (text) => {
        expect(utf8Text(utf8(text))).toBe(text);
      }),
    );
  });

  test('utf8Text reads any bytes, and what is UTF-8 as TextDecoder does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
        const text = utf8Text(bytes);
        let told: string | undefined;
        try {
          told = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
        } catch {
          expect(text).toContain('\ufffd');
        }
        if (told !== undefined) expect(text).toBe(told);
      }),
    );
  });

  test('utf8Text reads each stretch that is not ASCII the same wherever it stands, in short texts and long ones', () => {
    const byte = fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) }, fc.integer({ min: 0, max: 0xff }));
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 60, size: 'max' }), (list) => {
        const stretches: number[][] = [];
        for (const [i, one] of list.entries())
          if (i > 0 && one >= 0x80 && list[i - 1]! >= 0x80) stretches.at(-1)!.push(one);
          else stretches.push([one]);
        expect(utf8Text(Uint8Array.from(list))).toBe(stretches.map((stretch) => utf8Text(Uint8Array.from(stretch))).join(''));
      }),
    );
  });
  test('utf8Text goes on behind a byte that is none: a Latin-1 file name keeps the rest', () => {
    expect(utf8Text(Uint8Array.of(0x62, 0xfc, 0x63, 0xe2, 0x82, 0x41))).toBe('b\ufffdc\ufffd\ufffdA');
    expect(utf8Text(Uint8Array.of(0xc0, 0xaf, 0xed, 0xa0, 0x80, 0xf4, 0x90, 0x80, 0x80))).toBe('\ufffd'.repeat(9));
  });
});
