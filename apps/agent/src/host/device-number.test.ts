import { statSync } from 'node:fs';
import { readMountTable } from '@mapscope/fuse';
import { expect, test } from 'vitest';
import { deviceOf } from './device-number.ts';

test('deviceOf agrees with the mount table about /proc', async () => {
  const row = (await readMountTable()).find(({ path }) => path === '/proc')!;
  expect(deviceOf(statSync('/proc', { bigint: true }).dev)).toBe(`${row.major}:${row.minor}`);
});
