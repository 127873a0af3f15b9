import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mount, umount } from '@mapscope/native';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeFolder } from './make-folder.ts';
import { errorCode } from './refused.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mapscope-make-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const codeOf = (path: string): string | undefined => {
  try {
    makeFolder(path);
    return 'made';
  } catch (error) {
    return errorCode(error);
  }
};

describe('makeFolder', () => {
  test('makes what is missing, for its owner alone, and says what it made', () => {
    const made: string[] = [];
    makeFolder(join(folder, 'a/b'), (path) => made.push(path));
    expect(made).toEqual([join(folder, 'a'), join(folder, 'a/b')]);
    expect(statSync(join(folder, 'a/b')).mode & 0o777).toBe(0o700);
    makeFolder(join(folder, 'a/b'), (path) => made.push(path));
    expect(made).toHaveLength(2);
  });

  test('refuses what cannot be, at once and by its own errno', ({ skip }) => {
    writeFileSync(join(folder, 'file'), '');
    symlinkSync('/nowhere', join(folder, 'link'));
    expect([codeOf('/proc/nowhere'), codeOf('/proc/nowhere/below')]).toEqual(['ENOENT', 'ENOENT']);
    expect([codeOf(join(folder, 'file')), codeOf(join(folder, 'file/below')), codeOf(join(folder, 'link'))]).toEqual([
      'ENOTDIR',
      'ENOTDIR',
      'EEXIST',
    ]);
    if (process.getuid?.() !== 0) skip('needs root to mount');
    expect(mount('mapscope-test', folder, 'tmpfs', 1, 'size=64k')).toBe(0);
    try {
      expect(codeOf(join(folder, 'a/b'))).toBe('EROFS');
    } finally {
      umount(folder, { detach: true });
    }
  });
});
