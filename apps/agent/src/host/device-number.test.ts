import { statSync } from 'node:fs';
import { readMountTable } from '@mapscope/fuse';
import { expect, test } from 'vitest';
import { deviceOf } from './device-number.ts';

test('deviceOf agrees with the mount table about /proc', async () => {
  const row = (await readMountTable()).find(({ path }) => path === '/proc')!;
  expect(deviceOf(statSync('/proc', { bigint: true }).dev)).toBe(`${row.major}:${row.minor}`);
});

test('deviceOf puts the scattered bits of large numbers together', () => {
  const major = 0x12345n,
    minor = 0x6789an;
  const dev = ((major & 0xfffn) << 8n) | ((major & ~0xfffn) << 32n) | (minor & 0xffn) | ((minor & ~0xffn) << 12n);
  expect(deviceOf(dev)).toBe(`${major}:${minor}`);
});
