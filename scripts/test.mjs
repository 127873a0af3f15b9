// `npm test`: set up, read the code (check), run it (vitest), drive it from outside (playwright), and close with the one line CI reads.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { orSay, root, setup } from './setup.mjs';

const long = process.argv.includes('--long');
const counts = mkdtempSync(join(tmpdir(), 'mapscope-counts-'));

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

await orSay(async () => {
  await setup({ purpose: 'test', install: !process.argv.includes('--no-install') });
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
rmSync(counts, { recursive: true, force: true });
