// `npm test`: set up, read the code (check), run it (vitest), drive it from outside (playwright), and close with the one line CI reads.
// `--long`: every law 10,000 times, and what else takes long. `--laws`: of all tests only the laws, and how long they took together.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cache } from './cache.mjs';
import { orSay, root, setup } from './setup.mjs';

const laws = process.argv.includes('--laws'),
  long = laws || process.argv.includes('--long');
let counts = '';

/** Runs a test runner whose reporter leaves its counts in a file; one that leaves none counts as one failure. */
function runner(name, args) {
  const file = join(counts, name);
  return new Promise((done) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, MAPSCOPE_COUNTS: file, ...(long ? { MAPSCOPE_LONG: '1' } : {}) },
    });
    child.on('close', (code) => {
      try {
        const { passed, failed, skipped } = JSON.parse(readFileSync(file, 'utf8'));
        done({ passed, failed: failed || (code === 0 ? 0 : 1), skipped });
      } catch {
        process.stdout.write(`${name} left no counts (exit ${code})\n`);
        done({ passed: 0, failed: 1, skipped: 0 });
      }
    });
  });
}

/** A law is a test whose title says so. Only files that have one are loaded: all others would take as long as a law. */
async function lawsAlone() {
  const room = 'packages/shared/src',
    files = readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).map((name) => `${room}/${name}`),
    withLaws = files.filter((file) => file.endsWith('.test.ts') && /\blaw of/.test(readFileSync(join(root, file), 'utf8')));
  const started = performance.now(),
    { passed, failed } = await runner('laws', ['node_modules/vitest/vitest.mjs', 'run', ...withLaws, '-t', '\\blaw of']);
  process.stdout.write(`\nlaws: ${passed} hold, ${failed} do not, in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}

await orSay(async () => {
  await setup({ purpose: 'test', install: !process.argv.includes('--no-install') });
  mkdirSync(cache, { recursive: true });
  counts = mkdtempSync(join(cache, 'counts-'));
  if (laws) return await lawsAlone();
  // Only now: it imports from node_modules' neighbours.
  const { check } = await import('./check.mjs');
  const results = [
    await check(),
    await runner('unit', ['node_modules/vitest/vitest.mjs', 'run']),
    await runner('e2e', ['node_modules/@playwright/test/cli.js', 'test', '--config', 'e2e/playwright.config.ts']),
  ];
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  process.stdout.write(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped\n`);
  process.exitCode = sum('failed') === 0 ? 0 : 1;
});
if (counts) rmSync(counts, { recursive: true, force: true });
