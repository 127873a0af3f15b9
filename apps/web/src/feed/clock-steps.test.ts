import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ClockSteps } from './clock-steps.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('ClockSteps shows every tick, and four a second where motion is to be reduced', () => {
  let shown = 0;
  const steps = new ClockSteps(() => shown++),
    second = (): number => {
      const before = shown;
      for (let ms = 0; ms < 1000; ms += 25) {
        steps.tick();
        vi.advanceTimersByTime(25);
      }
      return shown - before;
    };
  expect(second()).toBe(40);
  steps.isReduced = true;
  expect(second()).toBe(4);
});
