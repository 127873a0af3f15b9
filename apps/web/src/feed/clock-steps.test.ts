import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ClockSteps } from './clock-steps.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('ClockSteps shows every tick while something happens, and four a second of an idle time line or where motion is to be reduced', () => {
  let shown = 0;
  const steps = new ClockSteps(() => shown++),
    second = (isLively: boolean): number => {
      const before = shown;
      for (let ms = 0; ms < 1000; ms += 25) {
        steps.tick(isLively);
        vi.advanceTimersByTime(25);
      }
      return shown - before;
    };
  expect(second(true)).toBe(40);
  expect(second(false)).toBe(4);
  steps.isReduced = true;
  expect(second(true)).toBe(4);
});
