import { closeSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { mount, umount } from '@mapscope/native';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openLog, openLogFile } from './log.ts';
import { refused } from './refused.ts';

let folder: string, path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mapscope-log-'));
  path = join(folder, 'state/mapscope.log');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lines = (): Record<string, unknown>[] =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('openLog', () => {
  test('writes one object a line at once, with who says it', () => {
    const fd = openLogFile(path);
    openLog('session', 'info', fd).info({ n: 1 }, 'hello');
    expect(lines()).toMatchObject([{ role: 'session', pid: process.pid, n: 1, msg: 'hello' }]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    closeSync(fd);
  });

  test('writes down a refusal with its frozen problem and its cause', () => {
    const fd = openLogFile(path);
    openLog('server', 'info', fd).error(
      { err: refused('E_PORT_TAKEN', 'port 1 is taken', 'Choose another', new Error('EADDRINUSE')) },
      'no',
    );
    expect(lines()[0]).toMatchObject({
      err: { message: 'port 1 is taken', problem: { code: 'E_PORT_TAKEN' }, cause: { message: 'EADDRINUSE' } },
    });
    closeSync(fd);
  });

  test('throws at nobody while the disk is full, and writes what was said meanwhile when there is room', ({ skip }) => {
    if (process.getuid?.() !== 0) skip('needs root to mount a small tmpfs');
    mkdirSync(dirname(path));
    expect(mount('mapscope-test', dirname(path), 'tmpfs', 0, 'size=16k')).toBe(0);
    try {
      const fill = join(dirname(path), 'fill'),
        fd = openLogFile(path),
        log = openLog('session', 'info', fd);
      writeFileSync(fill, Buffer.alloc(16_384));
      for (const n of [1, 2, 3]) log.info({ n }, 'there is no room for this');
      expect(statSync(path).size).toBe(0);
      rmSync(fill);
      log.info({ n: 4 }, 'now there is');
      expect(lines().map(({ n }) => n)).toEqual([1, 2, 3, 4]);
      closeSync(fd);
    } finally {
      umount(dirname(path), { detach: true });
    }
  });

  test('leaves out what is below its level', () => {
    const fd = openLogFile(path),
      log = openLog('server', 'warn', fd);
    log.info('quiet');
    log.warn('loud');
    expect(lines().map(({ msg }) => msg)).toEqual(['loud']);
    closeSync(fd);
  });
});

test('openLogFile puts a long log aside', () => {
  closeSync(openLogFile(path));
  writeFileSync(path, Buffer.alloc((8 << 20) + 1));
  closeSync(openLogFile(path));
  expect([statSync(path).size, statSync(`${path}.1`).size]).toEqual([0, (8 << 20) + 1]);
});

test('openLogFile says in one sentence where a log cannot be, and what helps', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => openLogFile(join(folder, 'file/mapscope.log'))).toThrow(/^the log .* cannot be written: ENOTDIR/);
});
