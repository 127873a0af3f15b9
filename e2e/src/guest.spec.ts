import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';
import { noBrowser, run } from './agent.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const guest = at('../guest/dax-guest.sh');
const isMissing = spawnSync(guest, ['--check'], { encoding: 'utf8' });
const PORT = 20_000 + (process.pid % 10_000);

/** A kernel of another age: no cachestat, FUSE buffered writes not through iomap. What cannot be known there is said, what is shown is true. */
test('a 6.1 kernel: the agent runs in the guest, its extents hold, and its page is live here', async ({ page }) => {
  test.skip(isMissing.status !== 0, `the guest's packages are missing: ${isMissing.stderr.trim()}`);
  test.skip(noBrowser !== undefined, noBrowser);
  test.setTimeout(240_000);
  const child = spawn(
    guest,
    [
      '--fs',
      'none',
      '--stdin',
      '--port',
      String(PORT),
      '--cwd',
      at('../..'),
      '--timeout',
      '220',
      `node ${process.env['MAPSCOPE_PROGRAMS']}/inside.mjs ${PORT}`,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Record<string, unknown>> => {
    const line = await lines.next();
    if (line.done) throw new Error('the guest ended early');
    return JSON.parse(line.value) as Record<string, unknown>;
  };
  try {
    const ready = await next();
    expect(ready).toMatchObject({ wrote: 0, wrong: [], uncovered: [], devices: expect.any(Number) });
    expect(ready['kernel']).toMatch(/^6\.1\./);
    expect(ready['devices']).toBeGreaterThan(1);
    await page.goto(ready['url'] as string);
    await expect(page.getByRole('region', { name: 'Files' })).toContainText('from-the-guest.bin', { timeout: 60_000 });
    child.stdin.end();
    expect(await next()).toEqual({ stopped: 0, mounts: [] });
  } finally {
    child.stdin.end();
    child.kill('SIGTERM');
  }
});

/** Two CPUs, XFS without DAX: what one CPU's ring buffer holds must not be lost with the CPU, nor the trace end. */
test('a CPU that goes and comes back while XFS is watched: nothing is lost, and every extent is known from events', async () => {
  test.skip(isMissing.status !== 0, `the guest's packages are missing: ${isMissing.stderr.trim()}`);
  test.setTimeout(240_000);
  const words = ['--fs', 'xfs', '--fs-opts', 'dax=never', '--smp', '2', '--cwd', at('../..'), '--timeout', '220'],
    ended = await run(guest, [...words, `node ${process.env['MAPSCOPE_PROGRAMS']}/inside-hotplug.mjs`], { timeoutMs: 230_000 });
  expect(ended.code, ended.stderr).toBe(0);
  expect(JSON.parse(ended.stdout)).toEqual({
    online: ['0-1', '0', '0-1'],
    source: expect.objectContaining({ state: 'ok', folios: 'tracepoints' }),
    lost: '0',
    wrong: [],
    unknown: 0,
  });
});
