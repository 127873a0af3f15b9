// Tests make their temp folders in one of their run's own, which goes when the run is over; what a killed run has left goes when the next one
// begins. Vitest and Playwright call this before a run, and what it answers behind it.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cache, ofDeadRuns } from './cache.mjs';

/** Not what is still mounted in it: that is released by its own record. */
const remove = (folder) => spawnSync('rm', ['-rf', '--one-file-system', folder], { stdio: 'ignore' }).status === 0;

export default function ownTemp(runner) {
  for (const note of ofDeadRuns('temp')) {
    const left = readFileSync(note, 'utf8').split('\n').filter(Boolean);
    if (left.map(remove).every(Boolean)) rmSync(note);
  }
  const outer = tmpdir(),
    own = join(outer, `mapscope-run-${process.pid}`),
    note = join(cache, `temp-${process.pid}`);
  // Vitest has one of its own, beside.
  writeFileSync(note, [own, runner.tmpDir ?? ''].join('\n'));
  mkdirSync(own, { recursive: true });
  // Some tests are a plain user.
  chmodSync(own, 0o1777);
  // Where the next run finds what this one has mounted.
  process.env['MAPSCOPE_TEST_RECORDS'] = join(outer, `mapscope-tests-${process.getuid?.() ?? 0}`);
  process.env['TMPDIR'] = own;
  return () => {
    if (remove(own)) rmSync(note);
  };
}
