import { existsSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRun, type Run } from '../host/index.ts';
import { placeImages } from './place-images.ts';

let folder: string, run: Run;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'mapscope-images-')));
  run = createRun(join(folder, 'run'), ['demo'], 0);
});
afterEach(() => {
  for (const path of run.record().temp) rmSync(path, { recursive: true, force: true });
  run.unlock();
  rmSync(folder, { recursive: true, force: true });
});

describe('placeImages', () => {
  test('makes a folder that nobody else may look into, written down before it is there, in memory where there is room', () => {
    const path = placeImages(undefined, 4096, run, folder);
    expect([run.record().temp, statSync(path).mode & 0o777, dirname(path)]).toEqual([
      [path],
      0o700,
      existsSync('/dev/shm') ? '/dev/shm' : folder,
    ]);
  });

  test('keeps them where they are wanted, by the path without links, and never ends that with the run', () => {
    const kept = join(folder, 'a/b');
    expect(placeImages(kept, 4096, run, folder)).toBe(kept);
    expect([statSync(kept).mode & 0o777, run.record().temp]).toEqual([0o700, []]);
    writeFileSync(join(folder, 'file'), '');
    expect(() => placeImages(join(folder, 'file'), 4096, run, folder)).toThrow(/cannot keep the images: ENOTDIR/);
  });
});
