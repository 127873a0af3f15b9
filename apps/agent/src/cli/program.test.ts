import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { program } from './program.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mapscope-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function mapscope(argv: string, env: Record<string, string> = {}): Promise<{ code: number; out: string; err: string }> {
  const stdout = new PassThrough(),
    stderr = new PassThrough();
  const dirs = { MAPSCOPE_RUNTIME_DIR: join(folder, 'run'), MAPSCOPE_STATE_DIR: join(folder, 'state') };
  const surroundings = { env: { ...dirs, ...env }, uid: process.getuid!(), home: folder, tmp: folder };
  const code = await program(argv.split(' ').filter(Boolean), {
    version: '1.2.3',
    surroundings,
    programs: folder,
    page: folder,
    stdin: Readable.from([]),
    stdout,
    stderr,
  });
  return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
}

describe('program', () => {
  test('says with no command what it can do', async () => {
    const { code, out, err } = await mapscope('');
    expect([code, err]).toEqual([0, '']);
    for (const name of ['demo', 'show', 'fsmap', 'record', 'stat', 'replay', 'status', 'stop', 'cleanup', 'doctor'])
      expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  test('tells its version', async () => {
    expect(await mapscope('--version')).toEqual({ code: 0, out: '1.2.3\n', err: '' });
  });

  test.each([
    ['frobnicate', "Unknown command 'frobnicate'. `mapscope help` says what there is.\n"],
    ['status --colour', "Unknown option '--colour'. `mapscope help` says what there is.\n"],
    ['show', 'Show wants a file. Name one, or a recording: mapscope show --in RECORDING\n'],
    ['show --in a.rec --sync', '--sync is about files as they are now. Leave out --in RECORDING.\n'],
    ['show --at 7 a', '--at is about a recording. Name it: --in RECORDING.\n'],
    ['fsmap /nowhere', '/nowhere does not exist. Name a file.\n'],
    ['stat', "Missing required argument 'recording'. `mapscope help` says what there is.\n"],
    ['demo --port 99999', '--port is "99999", allowed: 0 to 65535. `mapscope help` says what there is.\n'],
    ['demo --size 12pt', '--size is "12pt", allowed: a number of bytes, also as 64K, 512M or 1G. `mapscope help` says what there is.\n'],
    ['demo --devices 0', '--devices is "0", allowed: a number from 1. `mapscope help` says what there is.\n'],
    [
      'demo --cache lazy',
      "Option '--cache <mode>' argument 'lazy' is invalid. Allowed choices are writeback, through. `mapscope help` says what there is.\n",
    ],
    ['demo --spool 5', '--spool is "5", allowed: off, or 1M and more. `mapscope help` says what there is.\n'],
    ['help nope', 'There is no such command. `mapscope help` says what there is.\n'],
    ['stop', 'Nothing runs here. Start it: mapscope demo\n'],
    ['stop 12ab', 'Nothing runs here. Start it: mapscope demo\n'],
  ])('refuses `%s` in a sentence with a way out', async (argv, sentence) => {
    expect(await mapscope(argv)).toEqual({ code: 1, out: '', err: sentence });
  });

  test('gives scripts the same refusal as an object on standard output', async () => {
    const { code, out, err } = await mapscope('demo --port x --json');
    expect([code, err]).toEqual([1, '']);
    expect(JSON.parse(out)).toEqual({
      error: { code: 'E_USAGE', message: '--port is "x", allowed: 0 to 65535', help: '`mapscope help` says what there is' },
    });
  });

  test('names the setting that cannot be meant', async () => {
    expect((await mapscope('status', { MAPSCOPE_LOG: 'loud' })).err).toMatch(/^MAPSCOPE_LOG is "loud", allowed: trace, /);
  });

  test('has nothing to show and nothing to clean up where nothing runs', async () => {
    expect((await mapscope('status --json')).out).toBe('{"runs":[]}\n');
    expect((await mapscope('cleanup --json')).out).toBe('{"removed":[],"left":[]}\n');
    expect((await mapscope('stop --all --json')).out).toBe('{"stopped":[]}\n');
  });
});
