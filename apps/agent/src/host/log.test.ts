import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

  test('loses a line that the disk does not take, and throws at nobody', () => {
    const full = openSync('/dev/full', 'w');
    try {
      const log = openLog('session', 'info', full);
      for (let n = 0; n < 3; n++) log.info('there is no room for this');
    } finally {
      closeSync(full);
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
