import { closeSync, existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
    other = join(folder, 'notes');
  for (const path of [old, young, gone, other]) mkdirSync(path);
  writeFileSync(join(gone, 'lock'), '');
  utimesSync(old, 1, 1);
  sweepAside(folder);
  expect([old, young, gone, other].map((path) => existsSync(path))).toEqual([false, true, false, true]);
});
