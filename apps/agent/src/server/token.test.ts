import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keepToken } from './token.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mapscope-token-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const path = (): string => join(folder, 'token');

describe('keepToken', () => {
  test('makes a token that only its owner may read, and keeps it', () => {
    const token = keepToken(folder);
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(keepToken(folder)).toBe(token);
    expect(readdirSync(folder)).toEqual(['token']);
  });

  test('does not believe a file that holds no token', () => {
    for (const text of ['', 'short', 'x'.repeat(44)]) {
      writeFileSync(path(), text);
      const token = keepToken(folder);
      expect(token).toMatch(/^[\w-]{43}$/);
      expect(token).not.toBe(text);
      expect(readFileSync(path(), 'utf8')).toBe(`${token}\n`);
    }
  });

  test('gives one token to first starts that meet', async () => {
    const program = join(folder, 'first.mjs');
    writeFileSync(
      program,
      `import { keepToken } from ${JSON.stringify(pathToFileURL(join(process.env['MAPSCOPE_PROGRAMS']!, 'token.mjs')).href)};
       process.on('message', (at) => {
         while (Date.now() < at);
         process.send(keepToken(${JSON.stringify(folder)}));
         process.disconnect();
       });
       process.send('here');`,
    );
    const starts = Array.from({ length: 4 }, () => fork(program, { execArgv: [] })),
      word = (start: ChildProcess): Promise<unknown> => once(start, 'message').then(([said]) => said as unknown);
    await Promise.all(starts.map(word));
    const at = Date.now() + 50;
    for (const start of starts) start.send(at);
    const given = await Promise.all(starts.map(word));
    expect(new Set(given)).toEqual(new Set([readFileSync(path(), 'utf8').trim()]));
  });
});
