import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { Agent, noBrowser, noFuse, Writer } from './agent.ts';
import { LoopMount, noLoop } from './loop-mount.ts';
import { bytesOf, choose, fileRow, idle, open, rowsOf, view } from './shown-page.ts';

const BYTES = 8 * 65_536;

test.use({ contextOptions: { reducedMotion: 'no-preference' } });

/** Writes with a program of its own, and sees it dirty, then clean behind fsync. */
async function seesWrites(page: Page, agent: Agent, folder: string): Promise<void> {
  const complaints = await open(page, agent.url),
    writer = new Writer(join(folder, 'seen.bin'));
  try {
    // Known before it is written: nobody can be asked what a FUSE mount's file had cached before.
    await choose(page, 'seen.bin');
    await view(page, 'Folios');
    await writer.append(BYTES);
    await expect.poll(() => bytesOf(page, /dirty/i)).toBe(BYTES);
    await expect(fileRow(page, 'seen.bin')).toContainText('512 KiB');
    await writer.fsync();
    await expect.poll(() => bytesOf(page, /dirty|writeback/i)).toBe(0);
    await expect.poll(() => bytesOf(page, /clean/i)).toBe(BYTES);
  } finally {
    await writer.end();
  }
  await expect(page.getByTitle(/^Trace buffer of each CPU/)).toBeVisible();
  expect(complaints).toEqual([]);
}

for (const type of ['xfs', 'ext4', 'btrfs'] as const)
  test.describe(`watch on ${type}`, () => {
    const why = noBrowser ?? noLoop(type);
    test.skip(why !== undefined, why);
    const agent = new Agent();
    let mount: LoopMount;
    test.beforeAll(async () => {
      mount = await LoopMount.make(type);
      await agent.start(['watch', mount.at]);
    });
    test.afterAll(async () => {
      await agent.stop();
      await mount?.remove();
    });

    test('shows what another program writes: dirty folios, clean ones after fsync, and the extents that FIEMAP tells', async ({ page }) => {
      await seesWrites(page, agent, mount.at);
      await view(page, 'Map');
      await idle(page);
      const { extents } = await agent.json<{ extents: { offset: string; length: string; addr: string; device: string; type: string }[] }>(
        'show',
        join(mount.at, 'seen.bin'),
      );
      expect(extents.map(({ type }) => type)).toContain('MAPPED');
      await expect
        .poll(async () =>
          (await rowsOf(page, /^Extents of/))
            .filter((row) => row['type'] === 'MAPPED')
            .map((row) => [row['offset'], row['length'], row['addr'], row['device']]),
        )
        .toEqual(extents.map(({ offset, length, addr, device }) => [offset, length, addr, device]));
      // Only where writeback goes through iomap is it told which runs became one I/O.
      if (type !== 'xfs') return;
      const inspector = page.getByRole('region', { name: 'Inspector' });
      await inspector
        .getByRole('button', { name: /^WRITEBACK/ })
        .first()
        .click();
      await expect(inspector).toContainText(/runs? of dirty bytes/);
    });
  });

test.describe('watch on a FUSE mount that somebody else serves', () => {
  test.skip(noFuse !== undefined, noFuse);
  test.skip(noBrowser !== undefined, noBrowser);
  const server = new Agent(),
    agent = new Agent();
  test.beforeAll(async () => {
    await server.start(['demo', '--workload', 'none']);
    await agent.start(['watch', server.mount]);
  });
  test.afterAll(async () => {
    await agent.stop();
    await server.stop();
  });

  test('shows dirty and clean folios, and the requests that its server gets', async ({ page }) => {
    await seesWrites(page, agent, join(server.mount, 'plain'));
  });
});
