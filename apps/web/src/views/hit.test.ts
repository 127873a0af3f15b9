import { expect, test } from 'vitest';
import { nameOf } from './hit.ts';

test('nameOf has the last part of a path, and of what an import knows by number alone the number', () => {
  expect(nameOf('/mnt/a/b.db')).toBe('b.db');
  expect(nameOf('b.db')).toBe('b.db');
  expect(nameOf('/')).toBe('/');
  expect(nameOf('inode 4100 of 259:0')).toBe('inode 4100');
  expect(nameOf('/mnt/inode 4100 of 259:0')).toBe('inode 4100 of 259:0');
});
