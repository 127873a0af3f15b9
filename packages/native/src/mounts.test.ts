import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, expect, test } from 'vitest';

import { apart } from './apart.ts';
import { MountFlag, mount, openFuse, umount } from './mounts.ts';
import { umountApart } from './umount-apart.ts';

const { EBUSY, EINVAL, ENODEV, ENOENT } = constants.errno;
const isRoot = process.geteuid?.() === 0;
const rowOf = (path: string): string | undefined =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((line) => line.includes(` ${path} `));

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step();
});
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'mapscope-native-'));
  undo.push(
    () => rmdirSync(made),
    () => void umount(made, { detach: true }),
  );
  return made;
}

test.skipIf(!existsSync('/dev/fuse'))('openFuse gives a descriptor, or why not', () => {
  const fd = openFuse();
  if (isRoot) expect(fd).toBeGreaterThan(2);
  if (fd >= 0) closeSync(fd);
});

// A tmpfs, because mount(2) needs no server for it. Needs root.
test.skipIf(!isRoot)('mount and umount take flags and options', () => {
  const target = folder();
  expect(mount('mapscope', target, 'tmpfs', MountFlag.noSuid | MountFlag.noDev, 'size=64k')).toBe(0);
  expect(rowOf(target)).toMatch(/ rw,nosuid,nodev,.* - tmpfs mapscope .*size=64k/);
  expect(umount(target)).toBe(0);
  expect(rowOf(target)).toBeUndefined();
});

test.skipIf(!isRoot)('umount answers -EBUSY while a file is open, and detach goes through', async () => {
  const target = folder();
  mount('mapscope', target, 'tmpfs', 0, '');
  writeFileSync(join(target, 'file'), 'x');
  const fd = openSync(join(target, 'file'), 'r');
  expect(umount(target)).toBe(-EBUSY);
  expect(await umountApart(target)).toBe(-EBUSY);
  expect(await umountApart(target, { detach: true })).toBe(0);
  closeSync(fd);
});

test.skipIf(!isRoot)('umount does not follow a symbolic link', () => {
  const target = folder();
  mount('mapscope', target, 'tmpfs', 0, '');
  symlinkSync(target, `${target}-link`);
  undo.push(() => unlinkSync(`${target}-link`));
  expect(umount(`${target}-link`)).toBe(-EINVAL);
});

test.skipIf(!isRoot)('mount answers what is wrong', () => {
  expect(mount('x', '/nowhere/at/all', 'tmpfs', 0, '')).toBe(-ENOENT);
  expect(mount('x', folder(), 'no-such-type', 0, '')).toBe(-ENODEV);
});

test('apart answers what the script wrote, and undefined when it takes too long', async () => {
  expect(await apart('process.stdout.write(process.argv.slice(1).join())', ['--a', '-b'], 10_000)).toBe('--a,-b');
  expect(await apart('setInterval(() => {}, 1000)', [], 50)).toBeUndefined();
});

test('mount and umount refuse text with a NUL, which would name another path', () => {
  expect(() => mount('x', '/mnt\0/y', 'tmpfs', 0, '')).toThrow('target must not contain a NUL: "/mnt\\u0000/y"');
  expect(() => umount('a\0')).toThrow('target must not contain a NUL');
});
