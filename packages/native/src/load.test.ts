import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { buildSync } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { addonPath } from './load.ts';

const room = fileURLToPath(new URL('..', import.meta.url));

let checkout: string;
/** A checkout with nothing but a bundle where the agent's bundle lies. */
beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), 'mapscope-native-'));
  const contents = `import { monotonic } from './index.ts'; console.log(typeof monotonic());`;
  const outfile = join(checkout, 'apps/agent/dist/main.js');
  buildSync({
    stdin: { contents, resolveDir: join(room, 'src') },
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['mapscope-src'],
    outfile,
    logLevel: 'error',
  });
  cpSync(join(room, 'package.json'), join(checkout, 'package.json'));
});
afterAll(() => rmSync(checkout, { recursive: true }));

const run = (env: Record<string, string> = {}): { stdout: string; stderr: string; status: number | null } =>
  spawnSync(process.execPath, [join(checkout, 'apps/agent/dist/main.js')], { env, encoding: 'utf8' });

test('the addon is one sentence away where it is not built', () => {
  expect(run().stderr).toContain('Error: native addon is not built: run `npm run setup`\n');
});

test('the addon that cannot be loaded is named with the reason', () => {
  expect(run({ MAPSCOPE_NATIVE: join(checkout, 'package.json.node') }).stderr).toMatch(
    /Error: native addon cannot be loaded \(.*package\.json\.node.*\): run `npm run setup`/,
  );
});

test('the addon is found by MAPSCOPE_NATIVE, and from a bundle in apps/agent/dist', () => {
  expect(run({ MAPSCOPE_NATIVE: addonPath() }).stdout).toBe('bigint\n');
  const build = join(checkout, 'packages/native/build');
  mkdirSync(build, { recursive: true });
  cpSync(addonPath(), join(build, 'mapscope.node'));
  expect(run().stdout).toBe('bigint\n');
});

test('build.mjs compiles nothing when nothing changed', () => {
  const before = statSync(join(room, 'build/mapscope.node'));
  const ended = spawnSync(process.execPath, [join(room, 'build.mjs')], { encoding: 'utf8' });
  expect(ended.stdout).toMatch(/^native addon is current: /);
  expect(statSync(join(room, 'build/mapscope.node')).ino).toBe(before.ino);
});

test('build.mjs names a missing compiler and leaves the addon that is there alone', () => {
  const ended = spawnSync(process.execPath, [join(room, 'build.mjs')], {
    env: { ...process.env, CXX: 'no-such-compiler' },
    encoding: 'utf8',
  });
  expect(ended.status).toBe(1);
  expect(ended.stderr).toBe('no C++ compiler: "no-such-compiler" was not found. On Debian: apt-get install -y g++\n');
  expect(run({ MAPSCOPE_NATIVE: addonPath() }).stdout).toBe('bigint\n');
});
