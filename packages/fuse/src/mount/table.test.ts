import { expect, test } from 'vitest';

import { findMount, isFuse, parseMountTable, readMountTable } from './table.ts';

test('parseMountTable reads a row with and without optional fields, and spaces in paths', () => {
  const rows = parseMountTable(`36 35 98:0 /mnt1 /mnt/a\\040b rw,noatime master:1 shared:7 - ext3 /dev/root rw,errors=continue
41 36 0:52 / /mnt/fuse rw,nosuid - fuse.mapscope mapscope rw,user_id=0
not a row
42 36 0:53 / /ctl rw - fusectl fusectl rw
`);
  expect(rows).toEqual([
    { id: 36, path: '/mnt/a b', major: 98, minor: 0, type: 'ext3', source: '/dev/root' },
    { id: 41, path: '/mnt/fuse', major: 0, minor: 52, type: 'fuse.mapscope', source: 'mapscope' },
    { id: 42, path: '/ctl', major: 0, minor: 53, type: 'fusectl', source: 'fusectl' },
  ]);
  expect(rows.map(isFuse)).toEqual([false, true, false]);
});

test('findMount finds the mount at exactly a path', async () => {
  expect((await findMount('/proc'))?.type).toBe('proc');
  expect((await findMount('/proc/../proc/'))?.type).toBe('proc');
  expect(await findMount('/proc/self')).toBeUndefined();
  expect(await findMount('/nowhere/at/all')).toBeUndefined();
  expect((await readMountTable()).some((row) => row.path === '/')).toBe(true);
});
