import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Agent, noBrowser, Writer } from './agent.ts';
import { LoopMount, noLoop } from './loop-mount.ts';
import { choose, fileRow, idle, open, rowsOf, view } from './shown-page.ts';

const type = 'xfs';

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

  test('shows what another program writes: dirty folios, then the extents that FIEMAP tells, and clean folios after fsync', async ({
    page,
  }) => {
    const complaints = await open(page, agent.url),
      file = join(mount.at, 'seen.bin'),
      writer = new Writer(file);
    await writer.append(8 * 65_536);
    await choose(page, 'seen.bin');
    await view(page, 'Folios');
    const bytesOf = async (state: RegExp): Promise<number> =>
      (await rowsOf(page, /^Page cache of/))
        .filter((row) => state.test(row['state']!))
        .reduce((sum, row) => sum + Number(row['length']), 0);
    await expect.poll(() => bytesOf(/dirty/i)).toBe(8 * 65_536);
    await expect(fileRow(page, 'seen.bin')).toContainText('512 KiB');
    const extents = async (): Promise<readonly (string | null | undefined)[][]> =>
      (await rowsOf(page, /^Extents of/)).map((row) => [row['offset'], row['length'], row['addr'], row['device'], row['type']]);
    await writer.fsync();
    await expect.poll(() => bytesOf(/dirty|writeback/i)).toBe(0);
    await view(page, 'Map');
    await idle(page);
    const shown = await agent.json<{ extents: { offset: string; length: string; addr: string; device: string; type: string }[] }>(
      'show',
      file,
    );
    expect(shown.extents.map(({ type }) => type)).toContain('MAPPED');
    await expect
      .poll(async () => (await extents()).filter((row) => row.at(-1) === 'MAPPED'))
      .toEqual(shown.extents.map(({ offset, length, addr, device, type }) => [offset, length, addr, device, type]));
    await writer.end();
    expect(complaints).toEqual([]);
  });
});
