import { expect, test } from 'vitest';

import { findMount, isFuse, readMountTable } from './table.ts';

test('isFuse takes fuse and its subtypes, and not its control filesystem', () => {
  const types = ['fuse', 'fuse.mapscope', 'fuseblk', 'fusectl', 'ext4'];
  expect(types.map((type) => isFuse({ type }))).toEqual([true, true, false, false, false]);
});

test('findMount finds the mount at exactly a path', async () => {
  expect((await findMount('/proc'))?.type).toBe('proc');
  expect((await findMount('/proc/../proc/'))?.type).toBe('proc');
  expect(await findMount('/proc/self')).toBeUndefined();
  expect(await findMount('/nowhere/at/all')).toBeUndefined();
  expect((await readMountTable()).some((row) => row.path === '/')).toBe(true);
});
