import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ownFolder } from './own-folder.ts';

const uid = process.getuid!();
let folder: string, path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mapscope-own-'));
  path = join(folder, 'mine');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const own = (): void => ownFolder(path, uid, 'MAPSCOPE_STATE_DIR');

describe('ownFolder', () => {
  test('makes a folder that is its owner’s alone, and takes one that only he can write to', () => {
    own();
    expect(statSync(path).mode & 0o777).toBe(0o700);
    chmodSync(path, 0o755);
    own();
    expect(statSync(path).mode & 0o777).toBe(0o755);
  });

  test.each([0o770, 0o777, 0o1777])('refuses one that others can write to (%o): what stands there may be theirs', (mode) => {
    mkdirSync(path);
    chmodSync(path, mode);
    expect(own).toThrow(`${path} cannot be used: others can write to it`);
  });

  test('refuses one of somebody else', ({ skip }) => {
    if (uid !== 0) skip('needs root to give a folder away');
    mkdirSync(path, { mode: 0o700 });
    chownSync(path, 65_534, 65_534);
    expect(own).toThrow(`${path} cannot be used: it belongs to user 65534`);
  });

  test('refuses a link, also to a folder of its own, and a file', () => {
    mkdirSync(join(folder, 'other'), { mode: 0o700 });
    symlinkSync(join(folder, 'other'), path);
    expect(own).toThrow(`${path} cannot be used: it is not a folder`);
    rmSync(path);
    writeFileSync(path, '');
    expect(own).toThrow(`${path} cannot be used: ENOTDIR`);
  });
});
