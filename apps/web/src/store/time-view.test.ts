import { describe, expect, test } from 'vitest';
import type { Pulse } from '../feed/look.ts';
import { fittingSpan, timeEndFor } from './time-view.ts';

/** A view of a hundred nanoseconds. */
const timeSpan = 100n;
const pulse = (at: bigint | undefined, isPlaying = false): Pulse =>
  ({ link: { is: 'live' }, until: at ?? 1000n, newest: 1000n, replay: at === undefined ? undefined : { at, isPlaying } }) as Pulse;

describe('fittingSpan', () => {
  const S = 1_000_000_000n,
    /** So much time is kept; 0: all there is. */
    fit = (timeSpan: bigint, there: bigint): bigint =>
      fittingSpan(timeSpan, { to: 100n * S, kept: there === 0n ? 0n : 100n * S - there }, 0n);

  test('is ten seconds while that much is kept, or nothing has been let go', () => {
    expect(fit(10n * S, 60n * S)).toBe(10n * S);
    expect(fit(10n * S, 0n)).toBe(10n * S);
  });

  test('is as much as there was, while all of it is kept', () => {
    const young = (there: bigint): bigint => fittingSpan(10n * S, { to: 100n * S, kept: 0n }, 100n * S - there);
    expect([0n, S / 10n, (3n * S) / 2n, 4n * S, 7n * S, 60n * S].map(young)).toEqual([S / 5n, S / 5n, 2n * S, 5n * S, 10n * S, 10n * S]);
  });

  test('becomes shorter when a good part would be empty, and not for a sliver', () => {
    expect(fit(10n * S, 6n * S)).toBe(5n * S);
    expect(fit(10n * S, 9n * S)).toBe(10n * S);
    expect(fit(5n * S, S / 100n)).toBe(S / 5n);
  });

  test('becomes longer again, a step at a time, only when there is plenty', () => {
    expect(fit(2n * S, 6n * S)).toBe(2n * S);
    expect(fit(2n * S, 7n * S)).toBe(5n * S);
    expect(fit(5n * S, 60n * S)).toBe(10n * S);
  });
});

describe('timeEndFor', () => {
  test('follows the newest while that is on screen, and again when it is', () => {
    expect(timeEndFor({ timeEnd: undefined, timeSpan, pulse: pulse(undefined) }, pulse(undefined))).toBeUndefined();
    expect(timeEndFor({ timeEnd: 500n, timeSpan, pulse: pulse(480n) }, pulse(undefined))).toBeUndefined();
  });

  test('keeps a view that a person has moved while the newest is on screen', () => {
    expect(timeEndFor({ timeEnd: 500n, timeSpan, pulse: pulse(undefined) }, pulse(undefined))).toBe(500n);
  });

  test('stays where it was when the picture is frozen', () => {
    expect(timeEndFor({ timeEnd: undefined, timeSpan, pulse: pulse(undefined) }, pulse(1000n))).toBe(1000n);
  });

  test('stands still while the cursor moves inside it', () => {
    expect(timeEndFor({ timeEnd: 500n, timeSpan, pulse: pulse(450n) }, pulse(499n))).toBe(500n);
  });

  test('moves along with a cursor that leaves it, and puts one that jumps far in the middle', () => {
    expect(timeEndFor({ timeEnd: 500n, timeSpan, pulse: pulse(499n) }, pulse(520n))).toBe(530n);
    expect(timeEndFor({ timeEnd: 500n, timeSpan, pulse: pulse(401n) }, pulse(380n))).toBe(470n);
    expect(timeEndFor({ timeEnd: 500n, timeSpan, pulse: pulse(401n) }, pulse(100n))).toBe(150n);
  });

  test('goes on with what plays before it comes to the edge', () => {
    expect(timeEndFor({ timeEnd: 500n, timeSpan, pulse: pulse(490n, true) }, pulse(495n, true))).toBe(505n);
  });

  test('keeps a view that a person has moved away from the cursor', () => {
    expect(timeEndFor({ timeEnd: 300n, timeSpan, pulse: pulse(450n) }, pulse(450n))).toBe(300n);
  });
});
