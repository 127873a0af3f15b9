import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRun, type Run } from '../host/index.ts';
import { placeSpool } from './place-spool.ts';

let folder: string, state: string, run: Run;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mapscope-spool-'));
  state = join(folder, 'state');
  run = createRun(join(folder, 'run'), ['demo'], 0);
});
afterEach(() => {
  run.unlock();
  rmSync(folder, { recursive: true, force: true });
});

describe('placeSpool', () => {
  test('keeps nothing for 0 bytes, and otherwise a folder that ends with the run', () => {
    expect(placeSpool(undefined, 0, state, run)).toBeNull();
    const path = join(state, 'spool', run.id);
    expect(placeSpool(undefined, 1024, state, run)).toEqual({ folder: path, bytes: 1024 });
    expect([existsSync(path), run.record().temp]).toEqual([true, [path]]);
  });

  test('puts what an earlier run has recorded aside: segments of two runs are no recording', () => {
    const kept = join(folder, 'kept'),
      recorded = (what: string): void => {
        const { folder: path } = placeSpool(kept, 1024, state, run)!;
        expect(readdirSync(path)).toEqual([]);
        for (const name of ['000001.mapscope', '000002.mapscope']) writeFileSync(join(path, name), what);
      };
    for (const what of ['first', 'second', 'third']) recorded(what);
    expect(readdirSync(kept).sort()).toEqual(['recording', 'recording.1']);
    expect(readFileSync(join(kept, 'recording.1/000002.mapscope'), 'utf8')).toBe('second');
    expect(run.record().temp).toEqual([]);
    writeFileSync(join(kept, 'recording.1/mine'), 'not a segment');
    expect(() => placeSpool(kept, 1024, state, run)).toThrow(/cannot keep the recording: ENOTEMPTY/);
    expect(readFileSync(join(kept, 'recording.1/mine'), 'utf8')).toBe('not a segment');
  });

  test('refuses a link in the place of its folder, which would be given to the server', () => {
    const kept = join(folder, 'kept');
    mkdirSync(kept);
    mkdirSync(join(folder, 'yours'));
    symlinkSync(join(folder, 'yours'), join(kept, 'recording'));
    expect(() => placeSpool(kept, 1024, state, run)).toThrow(`${kept}/recording cannot keep the recording: it is a link`);
  });
});
