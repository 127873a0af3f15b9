import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, type Locator, type Page } from '@playwright/test';

/** A table of the page by its caption, as rows of words by column. */
export async function rowsOf(page: Page, caption: RegExp): Promise<Record<string, string>[]> {
  const table = page.getByRole('table', { name: caption });
  const heads = await table.getByRole('columnheader').allTextContents();
  const cells = await table
    .locator('tbody tr')
    .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent ?? '')));
  return cells.map((row) => Object.fromEntries(heads.map((head, i) => [head, row[i] ?? ''])));
}

/** Bytes of the file in view whose pages are in such a state. */
export const bytesOf = async (page: Page, state: RegExp): Promise<number> =>
  (await rowsOf(page, /^Page cache of/)).filter((row) => state.test(row['state']!)).reduce((sum, row) => sum + Number(row['length']), 0);

/** The page has been quiet: everything asked for is drawn. Says what it still waits for when it is not. */
export async function idle(page: Page): Promise<void> {
  await page.waitForFunction(() => 'mapscope' in globalThis);
  await page.evaluate(() => (globalThis as unknown as { mapscope: { idle(): Promise<void> } }).mapscope.idle());
}

export const fileRow = (page: Page, name: string): Locator =>
  page.getByRole('region', { name: 'Files' }).getByRole('button', { name: new RegExp(name.replaceAll('.', '\\.')) });

/** Opens the address the agent printed and waits for the live page; the token must be gone from the address. */
export async function open(page: Page, url: string): Promise<string[]> {
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  await expect(page.getByRole('region', { name: 'Files' })).toBeVisible();
  expect(page.url()).not.toContain('token');
  return complaints;
}

export async function choose(page: Page, name: string): Promise<void> {
  await fileRow(page, name).click();
  await idle(page);
}

export const view = (page: Page, name: 'Map' | 'Folios' | 'Strips'): Promise<void> => page.getByRole('tab', { name }).click();

/** Drops a recording on the page, as a person would from a folder. */
export async function drop(page: Page, recording: string): Promise<void> {
  const dropped = await page.evaluateHandle(
    (base64) => {
      const transfer = new DataTransfer(),
        bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      transfer.items.add(new File([bytes], 'dropped.mapscope'));
      return transfer;
    },
    readFileSync(recording, 'base64'),
  );
  await page.dispatchEvent('#app > div', 'drop', { dataTransfer: dropped });
}

/** What axe finds wrong with the page as it is, a line a rule. */
export async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis)))
    await page.addScriptTag({ path: fileURLToPath(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url)) });
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } };
    return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  });
}
