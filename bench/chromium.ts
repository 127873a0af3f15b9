import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from '@playwright/test';
import { build } from 'esbuild';

const CHROMIUM = '/usr/bin/chromium';

/**
 * Bundles a module of this folder and runs it in a page, as `bench`; files are dropped on the page's only input. Without a browser it
 * says so and answers undefined.
 */
export async function inChromium<T>(
  name: string,
  module: string,
  files: readonly string[],
  use: (page: Page) => Promise<T>,
): Promise<T | undefined> {
  if (!existsSync(CHROMIUM)) {
    process.stdout.write(`${name}: the browser was skipped, Debian package chromium is not installed\n`);
    return undefined;
  }
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(module, import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'bench',
    target: 'es2023',
    conditions: ['mapscope-src'],
  });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-quic', '--no-first-run'] });
  try {
    const page = await browser.newPage();
    await page.setContent('<input type="file" multiple>');
    await page.addScriptTag({ content: outputFiles[0]!.text });
    if (files.length > 0) await page.setInputFiles('input', [...files]);
    return await use(page);
  } finally {
    await browser.close();
  }
}
