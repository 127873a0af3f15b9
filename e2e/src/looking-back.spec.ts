import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { Agent, noBrowser, noFuse, sh } from './agent.ts';
import { choose, drop, fileRow, idle, open, rowsOf } from './shown-page.ts';

test.skip(noFuse !== undefined, noFuse);
test.skip(noBrowser !== undefined, noBrowser);

const extents = async (page: Page): Promise<string> => {
  await idle(page);
  return JSON.stringify(await rowsOf(page, /^Extents of/));
};
/** Steps by operations until the map is as wanted; how many steps it took. */
async function stepUntil(page: Page, key: ',' | '.', wanted: string): Promise<void> {
  for (let n = 0; n < 30; n++) {
    if ((await extents(page)) === wanted) return;
    await page.keyboard.press(key);
  }
  expect(await extents(page)).toBe(wanted);
}
const chip = (page: Page) => page.getByRole('status', { name: 'Connection' });

test.describe('looking back', () => {
  const agent = new Agent();
  let whole = '',
    punched = '';
  test.beforeAll(async ({ browser }) => {
    await agent.start(['demo', '--workload', 'none']);
    const file = join(agent.mount, 'plain/past.bin'),
      page = await browser.newPage();
    await open(page, agent.url);
    await sh(`head -c 300000 /dev/urandom > ${file}; sync ${file}`);
    await choose(page, 'past.bin');
    await expect.poll(() => extents(page)).toContain('MAPPED');
    whole = await extents(page);
    await sh(`fallocate -p -o 65536 -l 65536 ${file}`);
    await expect.poll(() => extents(page)).not.toBe(whole);
    punched = await extents(page);
    await page.close();
  });
  test.afterAll(() => agent.stop());

  test('a page steps through operations, back and forth, also those that it was not open for', async ({ page }) => {
    const complaints = await open(page, agent.url);
    await choose(page, 'past.bin');
    expect(await extents(page)).toBe(punched);
    await page.keyboard.press(',');
    await expect(chip(page)).toContainText('paused');
    await stepUntil(page, ',', whole);
    await expect(page.getByRole('region', { name: 'Inspector' })).toContainText(/#\d+/);
    await stepUntil(page, '.', punched);
    await page.keyboard.press('l');
    await expect(chip(page)).toContainText('live');
    expect(complaints).toEqual([]);
  });

  test('a link shows the moment it was copied at, and goes on from there', async ({ page, browser }) => {
    await open(page, agent.url);
    await choose(page, 'past.bin');
    await page.keyboard.press(',');
    await stepUntil(page, ',', whole);
    await expect.poll(() => page.url()).toMatch(/[?&]t=\d+/);
    const link = page.url(),
      context = await browser.newContext(),
      other = await context.newPage();
    // The token once, as the agent prints it; then the link.
    await open(other, agent.url);
    await other.goto(link);
    await expect(chip(other)).toContainText('paused');
    await expect.poll(() => extents(other)).toBe(whole);
    await stepUntil(other, '.', punched);
    await context.close();
  });

  test('the past plays up to the newest, and is live then', async ({ page }) => {
    await open(page, agent.url);
    await choose(page, 'past.bin');
    await page.keyboard.press(',');
    await stepUntil(page, ',', whole);
    await page.getByRole('combobox', { name: 'Speed' }).selectOption('max');
    await page.getByRole('button', { name: 'Play' }).click();
    await expect(chip(page)).toContainText('live');
    await expect.poll(() => extents(page)).toBe(punched);
  });

  test('time can be dragged to before a file was there, and the strip of the whole recording is the way back', async ({ page }) => {
    await open(page, agent.url);
    await choose(page, 'past.bin');
    const strip = (await page.getByRole('region', { name: 'Operations' }).boundingBox())!,
      y = strip.y + strip.height - 20;
    await page.mouse.click(strip.x + 126, y);
    await expect(page.getByText('plain/past.bin is not there at this moment')).toBeVisible();
    await idle(page);
    await page.mouse.move(strip.x + 130, y);
    await page.mouse.down();
    await page.mouse.move(strip.x + strip.width - 4, y, { steps: 3 });
    await page.mouse.up();
    await expect.poll(() => extents(page)).toBe(punched);
  });

  test('a recording that is dropped on the page is looked at like the past of an agent', async ({ page }) => {
    const recording = join(agent.folder, 'dropped.mapscope');
    const recorded = agent.command('record', '-o', recording, '--for', '3');
    // The file is there once the recording has begun.
    await expect.poll(() => existsSync(recording)).toBe(true);
    await sh(
      `printf x | dd of=${agent.mount}/plain/past.bin bs=1 seek=400000 conv=notrunc status=none; sync ${agent.mount}/plain/past.bin`,
    );
    expect((await recorded).code).toBe(0);
    await open(page, agent.url);
    await drop(page, recording);
    await expect(chip(page)).toContainText('recording');
    await choose(page, 'past.bin');
    const end = await extents(page);
    expect(end).not.toBe(punched);
    await stepUntil(page, ',', punched);
    await stepUntil(page, '.', end);
    await page.getByRole('button', { name: 'Close recording' }).click();
    await expect(chip(page)).toContainText('live');
    await expect(fileRow(page, 'past.bin')).toBeVisible();
  });

  test('a fault of a recorded kernel says what was tried by order, and what it fell back to', async ({ page }) => {
    const recording = join(agent.folder, 'dax.mapscope'),
      trace = new URL('../../packages/shared/src/fixtures/kernel/dax-xfs.dat', import.meta.url).pathname;
    expect((await agent.command('import', trace, '-o', recording)).code).toBe(0);
    await open(page, agent.url);
    await drop(page, recording);
    await expect(chip(page)).toContainText('recording');
    await choose(page, 'inode 4101');
    await page.keyboard.press('Home');
    const inspector = page.getByRole('region', { name: 'Inspector' });
    for (let n = 0; n < 30 && !/fell back/.test(await inspector.innerText()); n++) {
      await page.keyboard.press('.');
      await idle(page);
    }
    const tried = inspector.getByRole('button', { name: /order/ });
    await expect(tried).toHaveText([/2 MiB, order 9, PMD.*fell back.*FALLBACK/, /4 KiB, order 0, PTE.*done/]);
    await tried.last().click();
    await expect(inspector).toContainText('not observable');
  });

  test('a page of `replay` reaches moments that the agent has not come to', async ({ page }) => {
    const recording = join(agent.folder, 'replayed.mapscope'),
      replay = new Agent();
    const recorded = agent.command('record', '-o', recording, '--for', '2');
    await expect.poll(() => existsSync(recording)).toBe(true);
    await sh(`rm ${agent.mount}/plain/past.bin; sync -f ${agent.mount}`);
    expect((await recorded).code).toBe(0);
    await replay.start(['replay', recording, '--speed', '0.001']);
    try {
      await open(page, replay.url);
      await choose(page, 'past.bin');
      await page.keyboard.press('End');
      await expect(page.getByText('plain/past.bin was removed.')).toBeVisible();
      await page.keyboard.press('Home');
      await expect(page.getByText('plain/past.bin was removed.')).toHaveCount(0);
      expect(await extents(page)).toContain('MAPPED');
    } finally {
      await replay.stop();
    }
  });
});
