import { expect, test } from 'vitest';
import { latest } from './latest.ts';

test('latest runs one at a time, and of those that come meanwhile only the last', async () => {
  const begun: number[] = [],
    ends: (() => void)[] = [];
  const seek = latest((value: number) => {
    begun.push(value);
    return new Promise<void>((resolve) => ends.push(resolve));
  });
  for (const value of [1, 2, 3]) seek(value);
  expect(begun).toEqual([1]);
  ends[0]!();
  await Promise.resolve().then(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(begun).toEqual([1, 3]);
  ends[1]!();
  await new Promise((resolve) => setTimeout(resolve, 0));
  seek(4);
  expect(begun).toEqual([1, 3, 4]);
});
