import { describe, expect, test } from 'vitest';
import { momentTicks, sayClock, sayDuration, sayMoment } from './moments.ts';

describe('sayDuration', () => {
  test('says three figures and the unit that fits', () => {
    expect([5n, 3_100n, 24_345_000n, 1_390_000_000n, 139_000_000_000n].map(sayDuration)).toEqual([
      '5 ns',
      '3.10 µs',
      '24.3 ms',
      '1.39 s',
      '2 min 19 s',
    ]);
  });
  test('says whole numbers whole, and never rounds up to the next unit', () => {
    expect(sayDuration(2_000_000n)).toBe('2 ms');
    expect(sayDuration(999_999n)).toBe('999 µs');
  });
  test('keeps the sign', () => {
    expect(sayDuration(-1_500n)).toBe('−1.50 µs');
  });
});

describe('sayClock', () => {
  test('splits at milliseconds', () => {
    expect(sayClock(1_364_880_000n, 0n)).toEqual({ main: '00:01.364', rest: '880 000' });
  });
  test('counts from the origin, shows hours when there are some, and never runs below zero', () => {
    expect(sayClock(7_261_000_000_000n, 0n).main).toBe('2:01:01.000');
    expect(sayClock(5n, 10n)).toEqual({ main: '00:00.000', rest: '000 000' });
  });
});

describe('sayMoment', () => {
  test('has the figures that its step needs', () => {
    expect(sayMoment(1_365_000_000n, 0n, 5_000_000n)).toBe('1.365 s');
    expect(sayMoment(150_000_000n, 0n, 10_000_000n)).toBe('150 ms');
    expect(sayMoment(125_000_000_000n, 0n, 1_000_000_000n)).toBe('2:05');
    expect(sayMoment(7n, 7n)).toBe('0');
  });
});

describe('momentTicks', () => {
  test('are round and at least 96 px apart', () => {
    const { step, at } = momentTicks(1_337_000_000n, 1_388_000_000n, 1270, 0n);
    expect(step).toBe(5_000_000n);
    expect(at[0]).toBe(1_340_000_000n);
    expect(at).toHaveLength(10);
  });
  test('of no time are none', () => {
    expect(momentTicks(5n, 5n, 100, 0n).at).toEqual([]);
  });
});
