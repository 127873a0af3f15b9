import { expect, test } from 'vitest';
import { sayShare } from './shares.ts';

test('sayShare rounds, but calls neither something nothing nor a part the whole', () => {
  expect(sayShare(72n, 100n)).toBe('72%');
  expect(sayShare(1n, 10_000n)).toBe('<1%');
  expect(sayShare(9_999n, 10_000n)).toBe('>99%');
  expect(sayShare(5n, 5n)).toBe('100%');
  expect(sayShare(0n, 5n)).toBe('0%');
  expect(sayShare(1n, 0n)).toBe('0%');
});
