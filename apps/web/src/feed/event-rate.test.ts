import { expect, test } from 'vitest';
import { EventRate } from './event-rate.ts';

test('perSecond counts the last second, and forgets what is older', () => {
  const rate = new EventRate();
  rate.note(100, 0);
  rate.note(50, 450);
  expect(rate.perSecond(900)).toBe(150);
  expect(rate.perSecond(1050)).toBe(50);
  expect(rate.perSecond(60_000)).toBe(0);
});

test('isMoving is true once more when the last event has left the second', () => {
  const rate = new EventRate();
  rate.note(1, 0);
  expect(rate.isMoving(100)).toBe(true);
  expect(rate.isMoving(2000)).toBe(true);
  expect(rate.isMoving(2100)).toBe(false);
});
