import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Agent, noBrowser, noFuse, run, sh, Writer } from './agent.ts';
import { show } from './shown.ts';
import { bytesOf, choose, fileRow, idle, open, rowsOf, view, violations } from './shown-page.ts';

test.skip(noFuse !== undefined, noFuse);
test.skip(noBrowser !== undefined, noBrowser);

test.describe('the page while other programs write', () => {
  const agent = new Agent();
  test.beforeAll(() => agent.start(['demo', '--workload', 'none']));
  test.afterAll(() => agent.stop());

  test('a write goes dirty in Folios, gets its place in Map, and is clean after fsync', async ({ page }) => {
    const complaints = await open(page, agent.url),
      file = join(agent.mount, 'plain/seen.bin');
    const writer = new Writer(file);
    await writer.append(8 * 65_536);
    await expect(fileRow(page, 'seen.bin')).toBeVisible();
    await choose(page, 'seen.bin');
    await view(page, 'Folios');
    await expect(page.getByRole('region', { name: 'Folios' })).toBeVisible();
    await expect.poll(() => bytesOf(page, /dirty/i)).toBe(8 * 65_536);
    await expect(fileRow(page, 'seen.bin')).toContainText('512 KiB');

    await writer.fsync();
    await expect.poll(async () => (await rowsOf(page, /^Page cache of/)).map((row) => row['state'])).toEqual(['clean']);
    await writer.end();
    await view(page, 'Map');
    await expect(page.getByRole('region', { name: 'Map' })).toBeVisible();
    await idle(page);
    const drawn = (await rowsOf(page, /^Extents of/))
      .filter((row) => row['type'] === 'MAPPED')
      .map((row) => [row['offset'], row['length'], row['addr'], row['device']]);
    const shown = (await show(agent, file)).extents
      .filter((extent) => extent.type === 'MAPPED')
      .map((extent) => [extent.offset, extent.length, extent.addr, extent.device]);
    expect(drawn.length).toBeGreaterThan(0);
    expect(drawn).toEqual(shown);
    expect(complaints).toEqual([]);
  });

  test('a striped file shows its strips, and the way of a byte is spelled out', async ({ page }) => {
    await open(page, agent.url);
    const file = join(agent.mount, 'striped/seen.bin');
    await sh(`head -c 1000003 /dev/urandom > ${file}; sync ${file}`);
    await choose(page, 'striped/seen.bin');
    await view(page, 'Strips');
    const region = page.getByRole('region', { name: 'Strips' });
    await expect(region).toBeVisible();
    await idle(page);
    const box = (await region.boundingBox())!;
    await page.mouse.click(box.x + box.width * 0.4, box.y + 62);
    await expect(page.getByRole('region', { name: 'Inspector' })).toContainText('chunk');
  });

  test('an operation can be pointed at: the inspector names its flags and shows its bytes', async ({ page }) => {
    await open(page, agent.url);
    const file = join(agent.mount, 'plain/op.bin');
    await sh(`dd if=/dev/urandom of=${file} bs=4K count=3 oflag=direct status=none`);
    await choose(page, 'op.bin');
    await expect(page.getByRole('region', { name: 'Operations' })).toBeVisible();
    const inspector = page.getByRole('region', { name: 'Inspector' });
    await inspector.getByRole('button', { name: /WRITE/ }).first().click();
    await expect(inspector).toContainText('DIRECT');
    await expect(inspector).toContainText(/engine/);
  });

  test('space freezes the picture while recording goes on, L is live again', async ({ page }) => {
    await open(page, agent.url);
    const file = join(agent.mount, 'plain/frozen.bin');
    await page.keyboard.press('Space');
    await expect(page.getByRole('button', { name: 'Play' })).toBeVisible();
    await sh(`echo data > ${file}; sync ${file}`);
    await expect(fileRow(page, 'frozen.bin')).toHaveCount(0);
    await page.keyboard.press('l');
    await expect(fileRow(page, 'frozen.bin')).toBeVisible();
  });

  test('two pages, one of them late, show the same model', async ({ page, browser }) => {
    await open(page, agent.url);
    await sh(
      `for i in 1 2 3 4; do head -c $((i*100001)) /dev/urandom > ${agent.mount}/fragmented/f$i; done; fallocate -p -o 8192 -l 16384 ${agent.mount}/fragmented/f3; sync -f ${agent.mount}`,
    );
    await expect(fileRow(page, 'fragmented/f4')).toBeVisible();
    const context = await browser.newContext(),
      late = await context.newPage();
    await open(late, agent.url);
    for (const name of ['fragmented/f1', 'fragmented/f2', 'fragmented/f3', 'fragmented/f4']) {
      await choose(page, name);
      await choose(late, name);
      await expect
        .poll(async () => JSON.stringify(await rowsOf(late, /^Extents of/)))
        .toBe(JSON.stringify(await rowsOf(page, /^Extents of/)));
      // The folio lane is part of the map.
      await expect
        .poll(async () => JSON.stringify(await rowsOf(late, /^Page cache of/)))
        .toBe(JSON.stringify(await rowsOf(page, /^Page cache of/)));
    }
    await context.close();
  });

  test('two pages, one of them late, show the same operations, with what they were answered and their bytes', async ({ page, browser }) => {
    await open(page, agent.url);
    const { mount } = agent;
    await sh(`dd if=/dev/urandom of=${mount}/plain/early.bin bs=4K count=20 oflag=direct status=none`);
    await choose(page, 'early.bin');
    await sh(`dd if=/dev/zero of=${mount}/plain/busy.bin bs=4K count=1200 oflag=direct status=none`);
    const context = await browser.newContext(),
      late = await context.newPage(),
      both = [page, late];
    await open(late, agent.url);
    await choose(late, 'early.bin');
    for (const each of both) await idle(each);
    const inspected = (): Promise<string[]> => Promise.all(both.map((each) => each.getByRole('region', { name: 'Inspector' }).innerText()));
    const [early, joined] = await inspected();
    expect(early).toMatch(/more before/);
    expect(joined).toBe(early);
    expect(await rowsOf(late, /^Operations/)).toEqual(await rowsOf(page, /^Operations/));

    // The oldest that is listed, more than a thousand operations ago; then the request that caused it.
    for (const [words, button] of [
      [/acted upon/, /WRITE/],
      [/opcode WRITE/, /WRITE request/],
    ] as const) {
      for (const each of both) {
        await each.getByRole('region', { name: 'Inspector' }).getByRole('button', { name: button }).last().click();
        await idle(each);
      }
      const [op, opJoined] = await inspected();
      expect(op).toMatch(words);
      expect(opJoined).toBe(op);
    }
    await context.close();
  });

  for (const colorScheme of ['light', 'dark'] as const)
    test(`has no accessibility violation (${colorScheme})`, async ({ browser }) => {
      const context = await browser.newContext({ colorScheme, bypassCSP: true }),
        page = await context.newPage();
      await sh(`dd if=/dev/urandom of=${agent.mount}/plain/axe.bin bs=4K count=4 oflag=direct status=none`);
      await open(page, agent.url);
      await choose(page, 'axe.bin');
      expect(await violations(page)).toEqual([]);
      await page.getByRole('region', { name: 'Inspector' }).getByRole('button', { name: /WRITE/ }).first().click();
      for (const name of ['Folios', 'Strips', 'Map'] as const) {
        await view(page, name);
        await idle(page);
        expect(await violations(page), name).toEqual([]);
      }
      await page.keyboard.press('b');
      await idle(page);
      expect(await violations(page), 'as tables').toEqual([]);
      await context.close();
    });
});

test('what a failed writeback dropped is drawn failed, never clean', async ({ page }) => {
  const agent = new Agent();
  try {
    await agent.start(['demo', '--workload', 'none', '--devices', '1', '--strips', '1', '--size', '3M']);
    const complaints = await open(page, agent.url),
      // Behind the writeback cache the write itself is taken: fsync says that there was no room.
      ended = await run('dd', ['if=/dev/zero', `of=${agent.mount}/plain/full.bin`, 'bs=4M', 'count=1', 'conv=fsync', 'status=none']);
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining('fsync failed')]);
    await choose(page, 'full.bin');
    await view(page, 'Folios');
    await expect.poll(() => bytesOf(page, /failed/)).toBeGreaterThanOrEqual(2 << 20);
    expect(await bytesOf(page, /dirty|writeback/)).toBe(0);
    await expect(page.getByRole('region', { name: 'Inspector' })).toContainText('lost in a failed writeback');
    expect(complaints).toEqual([]);
  } finally {
    await agent.stop();
  }
});

test('a page whose agent ends keeps its picture, says so, and is live again when the agent is', async ({ page }) => {
  const agent = new Agent();
  try {
    await agent.start(['demo', '--workload', 'none']);
    await open(page, agent.url);
    await sh(`echo kept > ${agent.mount}/plain/kept.txt; sync ${agent.mount}/plain/kept.txt`);
    await expect(fileRow(page, 'kept.txt')).toBeVisible();
    const { port } = new URL(agent.url);
    agent.kill('SIGINT');
    await agent.ended();
    await expect(page.getByText(/Connection lost/)).toBeVisible();
    await expect(fileRow(page, 'kept.txt')).toBeVisible();
    // The same folders: the token is the same, so the page's cookie still opens the door.
    await agent.start(['demo', '--workload', 'none', '--port', port]);
    await sh(`echo again > ${agent.mount}/plain/again.txt; sync ${agent.mount}/plain/again.txt`);
    await expect(fileRow(page, 'again.txt')).toBeVisible({ timeout: 30_000 });
    await expect(page.getByText(/Connection lost/)).toHaveCount(0);
  } finally {
    await agent.stop();
  }
});
