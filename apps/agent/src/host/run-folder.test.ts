import { closeSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mount, umount } from '@mapscope/native';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRun, listRuns, liveRuns, lockRun, sweepAside } from './run-folder.ts';
import { readRecord } from './run-record.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mapscope-runs-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('createRun', () => {
  test('makes a folder that is locked and says who holds it', () => {
    const run = createRun(folder, ['demo'], 0);
    expect(listRuns(folder)).toEqual([run.folder]);
    expect(lockRun(run.folder)).toBe('held');
    expect(readRecord(run.folder)).toMatchObject({
      id: run.id,
      pid: process.pid,
      command: ['demo'],
      processes: [{ role: 'supervisor', pid: process.pid }],
    });
    expect(liveRuns(folder).map((live) => live.record.id)).toEqual([run.id]);
    run.unlock();
  });

  test('writes what is noted before it answers', () => {
    const run = createRun(folder, ['demo'], 0);
    run.note({ temp: ['/tmp/a'] });
    run.note({ url: 'http://127.0.0.1:1/' });
    expect(readRecord(run.folder)).toMatchObject({ temp: ['/tmp/a'], url: 'http://127.0.0.1:1/' });
    run.unlock();
  });

  test('refuses a folder too long for its socket, before anything is made', () => {
    const long = join(folder, 'x'.repeat(100));
    mkdirSync(long);
    expect(() => createRun(long, [], 0)).toThrow(/too long for a socket in it: .* and 107 are possible/);
    expect(readdirSync(long)).toEqual([]);
  });

  test('refuses a folder without room in one sentence, and leaves nothing there', ({ skip }) => {
    if (process.getuid?.() !== 0) skip('needs root to mount a small tmpfs');
    expect(mount('mapscope-test', folder, 'tmpfs', 0, 'size=8k,mode=700')).toBe(0);
    try {
      const begun = createRun(folder, ['demo'], 0),
        full = /^no run can be written down in .*: ENOSPC/;
      writeFileSync(join(folder, 'fill'), Buffer.alloc(4096));
      expect(() => begun.note({ temp: ['/tmp/a'.padEnd(8000, 'a')] })).toThrow(full);
      // Nothing is made that is not written down.
      expect([begun.record().temp, readRecord(begun.folder)!.temp]).toEqual([[], []]);
      expect(() => createRun(folder, ['demo'], 0)).toThrow(full);
      expect(readdirSync(folder).sort()).toEqual(['fill', 'runs']);
      begun.unlock();
    } finally {
      umount(folder, { detach: true });
    }
  });
});

describe('lockRun', () => {
  test('takes the lock of a run that is over, and only once', () => {
    const run = createRun(folder, [], 0);
    run.unlock();
    const lock = lockRun(run.folder);
    expect(lock).toBeTypeOf('number');
    expect(lockRun(run.folder)).toBe('held');
    closeSync(lock as number);
  });

  test('says gone for a folder that is not there', () => {
    expect(lockRun(join(folder, 'runs/none'))).toBe('gone');
  });
});

test('liveRuns leaves out a run whose supervisor is another process by now', () => {
  const run = createRun(folder, [], 0);
  run.note({ processes: [{ role: 'supervisor', pid: process.pid, startTicks: 1 }] });
  expect(liveRuns(folder)).toEqual([]);
  run.unlock();
});

test('readRecord answers nothing for a record that is none', () => {
  writeFileSync(join(folder, 'run.json'), '{"id": 3}');
  expect(readRecord(folder)).toBeUndefined();
});

test('sweepAside removes what was cut off on its way in or out, but not what has just begun', () => {
  const old = join(folder, 'new-00000001'),
    young = join(folder, 'new-00000002'),
    gone = join(folder, 'gone-00000003'),
    unlocked = join(folder, 'new-00000004'),
    other = join(folder, 'notes');
  for (const path of [old, young, gone, unlocked, other]) mkdirSync(path);
  // Between its making and its locking: who tries it takes it from the one who begins.
  for (const path of [gone, unlocked]) writeFileSync(join(path, 'lock'), '');
  utimesSync(old, 1, 1);
  sweepAside(folder);
  expect([old, young, gone, unlocked, other].map((path) => existsSync(path))).toEqual([false, true, false, true, true]);
});
