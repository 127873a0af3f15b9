import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, type Page, test } from '@playwright/test';
import { Agent, noBrowser, noFuse, run, Writer } from './agent.ts';
import { choose, fileRow, idle, open, view } from './shown-page.ts';

const picture = (name: string): string => {
  const isOfDocs = name === 'map' && process.env['MAPSCOPE_WRITE_DOCS'];
  return fileURLToPath(new URL(`../../${isOfDocs ? 'docs' : 'e2e/pictures'}/${name}.png`, import.meta.url));
};

/** Pictures of every state, to be looked at by a person; `MAPSCOPE_WRITE_DOCS=1` makes the README's anew. The test is that each state can be reached and has its words. */
test('every state of the page has a picture', async ({ browser }) => {
  test.skip(noFuse !== undefined, noFuse);
  test.skip(noBrowser !== undefined, noBrowser);
  test.setTimeout(150_000);
  const agent = new Agent();
  await agent.start(['demo', '--workload', 'gentle']);
  const shown = async (
    name: string,
    options: { colorScheme: 'light' | 'dark'; viewport?: { width: number; height: number } },
    look: (page: Page) => Promise<void>,
  ): Promise<void> => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options }),
      page = await context.newPage();
    try {
      await open(page, agent.url);
      await look(page);
      await page.screenshot({ path: picture(name) });
    } finally {
      await context.close();
    }
  };
  try {
    const plain = join(agent.mount, 'plain/report.bin');
    await run('bash', [
      '-euc',
      `head -c 6M /dev/urandom > ${plain}; fallocate -l 8M ${plain}; fallocate -p -o 2M -l 1M ${plain}; sync ${plain}
       head -c 3M /dev/urandom > ${agent.mount}/striped/tier.bin; head -c 2M /dev/urandom > ${agent.mount}/fragmented/pieces.bin; sync -f ${agent.mount}`,
    ]);
    const writer = new Writer(plain);
    await writer.append(384 << 10);
    await shown('map', { colorScheme: 'light' }, async (page) => choose(page, 'report.bin'));
    await shown('map-dark', { colorScheme: 'dark' }, async (page) => choose(page, 'report.bin'));
    await shown('map-1280x720', { colorScheme: 'light', viewport: { width: 1280, height: 720 } }, async (page) =>
      choose(page, 'pieces.bin'),
    );
    await shown('folios', { colorScheme: 'light' }, async (page) => {
      await choose(page, 'report.bin');
      await view(page, 'Folios');
      await idle(page);
    });
    await shown('strips-dark', { colorScheme: 'dark' }, async (page) => {
      await choose(page, 'tier.bin');
      await view(page, 'Strips');
      await idle(page);
    });
    await shown('keys', { colorScheme: 'light' }, async (page) => {
      await page.keyboard.press('?');
      await expect(page.getByRole('dialog')).toBeVisible();
    });
    await shown('lost', { colorScheme: 'light' }, async (page) => {
      await choose(page, 'report.bin');
      agent.kill('SIGINT');
      await agent.ended();
      await expect(page.getByText(/Connection lost/)).toBeVisible();
      await expect(fileRow(page, 'report.bin')).toBeVisible();
    });
    await writer.end();
  } finally {
    await agent.stop();
  }
});
