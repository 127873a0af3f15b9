import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseBytes, sayBytes } from './bytes.ts';

test('parseBytes takes units in any spelling people use', () => {
  expect(['4096', '4k', '4K', '4KiB', '4 kb', '1G', '2t'].map(parseBytes)).toEqual([4096, 4096, 4096, 4096, 4096, 2 ** 30, 2 ** 41]);
});

test('parseBytes refuses what is no number of bytes', () => {
  expect(['', '-1', '1.5M', '1e9', 'K', '4X', '99999999999999999999'].map(parseBytes)).toEqual(Array.from({ length: 7 }, () => undefined));
});

test('sayBytes is read back by parseBytes', () => {
  fc.assert(fc.property(fc.maxSafeNat(), (bytes) => parseBytes(sayBytes(bytes)) === bytes));
});
