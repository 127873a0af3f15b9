import { describe, expect, test } from 'vitest';
import { Folders } from './folders.ts';

const DEV = 7;

describe('Folders', () => {
  test('takes for ours what is born in a watched folder, and in a folder born there, at once', () => {
    const folders = new Folders();
    folders.enter(DEV, 2n);
    expect(folders.born(DEV, 10n, 2n)).toBe(true);
    expect(folders.born(DEV, 11n, 10n)).toBe(true);
    expect(folders.born(DEV, 12n, 11n)).toBe(true);
  });

  test('takes for none of ours what is born elsewhere, nor in a folder of another filesystem', () => {
    const folders = new Folders();
    folders.enter(DEV, 2n);
    expect(folders.born(DEV, 10n, 3n)).toBe(false);
    expect(folders.born(DEV, 11n, 10n)).toBe(false);
    expect(folders.born(DEV + 1, 12n, 2n)).toBe(false);
  });

  test('believes of every inode that it may be ours where nothing tells its folder', () => {
    expect(new Folders().born(DEV, 10n, undefined)).toBe(true);
  });

  test('forgets a folder whose number is given away', () => {
    const folders = new Folders();
    folders.enter(DEV, 2n);
    folders.born(DEV, 10n, 2n);
    folders.gone(DEV, 10n);
    expect(folders.born(DEV, 11n, 10n)).toBe(false);
    // Given to a file elsewhere without a word of its end.
    folders.born(DEV, 2n, 99n);
    expect(folders.born(DEV, 12n, 2n)).toBe(false);
  });
});
