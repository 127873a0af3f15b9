import { chmodSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, expect, test } from '@playwright/test';
import { Agent, isRoot, noBrowser, noFuse, run } from './agent.ts';
import { choose, fileRow, open, rowsOf, view } from './shown-page.ts';
import { compare, type show } from './shown.ts';

const isHelperThere = existsSync('/usr/bin/fusermount3') || existsSync('/bin/fusermount3');

/** A plain user: the setuid helper mounts, tracefs cannot be read; the maps are as true as root's. */
test.describe('demo as a plain user', () => {
  test.skip(noFuse !== undefined, noFuse);
  test.skip(!isHelperThere, 'fusermount3 is not installed (Debian package fuse3)');
  test.skip(isRoot && !existsSync('/usr/bin/setpriv'), 'setpriv is not installed');

  test('mounts, serves, shows, is live in the page, says what is missing, and leaves nothing', async ({ browser }) => {
    const agent = new Agent(),
      mode = statSync('/dev/fuse').mode & 0o777;
    // A user's own folders: root made them, so they must be given away.
    if (isRoot) {
      chmodSync(agent.folder, 0o777);
      // As udev leaves it on an ordinary machine.
      chmodSync('/dev/fuse', 0o666);
    }
    try {
      await servesAsUser(agent, browser);
    } finally {
      await agent.stop();
      if (isRoot) chmodSync('/dev/fuse', mode);
    }
  });
});

async function servesAsUser(agent: Agent, browser: Browser): Promise<void> {
  const asUser = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'env', `HOME=${agent.folder}`] : [];
  await agent.start(['demo', '--workload', 'none'], asUser);
  const file = join(agent.mount, 'plain/mine');
  const inside = (command: string): ReturnType<typeof run> =>
    isRoot ? run('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', 'bash', '-euc', command]) : run('bash', ['-euc', command]);
  expect((await inside(`head -c 700001 /dev/urandom > ${file}; sync ${file}; cp ${file} ${agent.folder}/copy`)).code).toBe(0);
  const command = await (isRoot
    ? run(
        'setpriv',
        [
          '--reuid=65534',
          '--regid=65534',
          '--clear-groups',
          process.execPath,
          new URL('../../apps/agent/bin/mapscope.js', import.meta.url).pathname,
          'show',
          file,
          '--json',
        ],
        { env: agent.env },
      )
    : agent.command('show', file, '--json'));
  const shown = JSON.parse(command.stdout) as Awaited<ReturnType<typeof show>>;
  // Root may not enter a user's mount: the copy has the file's bytes.
  const compared = compare({ ...shown, file: join(agent.folder, 'copy') });
  expect(compared.wrong).toEqual([]);
  expect(compared.uncovered).toEqual([]);
  const address = new URL(agent.url);
  const first = await fetch(agent.url, { redirect: 'manual' });
  const cookie = first.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const health = (await (await fetch(new URL('/api/health', address), { headers: { cookie } })).json()) as {
    sources: { name: string; state: string; why?: string; help?: string }[];
  };
  const tracefs = health.sources.find((source) => source.name === 'tracefs');
  expect(tracefs).toMatchObject({ state: 'unavailable', why: expect.stringMatching(/\w/), help: expect.stringMatching(/\w/) });
  if (noBrowser === undefined) await isLive(agent, browser, inside);
  const { mount } = agent;
  agent.kill('SIGINT');
  expect(await agent.ended()).toBe(0);
  expect((await run('cat', ['/proc/mounts'])).stdout).not.toContain(mount);
}

/** What a user's page shows while a program of his writes: maps as true as root's, and pages of the cache as far as anybody tells him. */
async function isLive(agent: Agent, browser: Browser, inside: (command: string) => ReturnType<typeof run>): Promise<void> {
  const page = await browser.newPage();
  try {
    const complaints = await open(page, agent.url);
    await choose(page, 'plain/mine');
    await expect.poll(async () => (await rowsOf(page, /^Extents of/)).map((row) => row['type'])).toEqual(['MAPPED']);
    await expect(page.getByRole('region', { name: 'Inspector' })).toContainText('cachestat');
    expect((await inside(`head -c 65536 /dev/urandom > ${agent.mount}/striped/live; sync ${agent.mount}/striped/live`)).code).toBe(0);
    await expect(fileRow(page, 'striped/live')).toBeVisible();
    await choose(page, 'striped/live');
    await view(page, 'Folios');
    await expect.poll(async () => (await rowsOf(page, /^Page cache of/)).map((row) => row['state'])).toContain('clean');
    expect(complaints).toEqual([]);
  } finally {
    await page.close();
  }
}
