import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from '@playwright/test';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { layMap } from './lay.ts';
import type { Gallery } from './page.ts';
import { pictures } from './scenes.ts';

/*
 * The pictures of all views on a real canvas. Numbers are tested beside the layouts; here only what a canvas alone can tell.
 * With MAPSCOPE_PICTURES=FOLDER each picture is kept there as a PNG, to be looked at.
 */
const browserPath = '/usr/bin/chromium',
  folder = process.env['MAPSCOPE_PICTURES'];
const flags = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

declare const gallery: Gallery;

describe.skipIf(!existsSync(browserPath))(`views on a canvas (skipped without ${browserPath})`, () => {
  let browser: Browser, page: Page;
  const errors: string[] = [];

  beforeAll(async () => {
    const { outputFiles } = await build({
      entryPoints: [join(import.meta.dirname, 'page.ts')],
      bundle: true,
      write: false,
      format: 'iife',
      target: 'es2023',
      conditions: ['mapscope-src'],
    });
    browser = await chromium.launch({ executablePath: browserPath, args: flags });
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.on('pageerror', (error) => errors.push(error.message));
    await page.setContent('<!doctype html><body style="margin:0"></body>');
    await page.addStyleTag({ content: readFileSync(join(import.meta.dirname, '../../theme.css'), 'utf8') });
    await page.addScriptTag({ content: outputFiles[0]!.text });
    if (folder) mkdirSync(folder, { recursive: true });
  }, 60_000);

  afterAll(() => browser?.close());

  const show = async (name: string, theme: 'light' | 'dark', width: number, height: number): Promise<void> => {
    await page.evaluate(([name, theme, width, height]) => gallery.show(name, theme, width, height), [name, theme, width, height] as const);
    if (folder) await page.locator('canvas').screenshot({ path: join(folder, `${name}-${theme}-${width}.png`) });
  };
  const isAll = (...box: Parameters<Gallery['isAll']>): Promise<boolean> => page.evaluate((box) => gallery.isAll(...box), box);

  // The canvas of the page in a window of 1440 × 900, and of 1280 × 720.
  test.each(Object.keys(pictures).flatMap((name) => (['light', 'dark'] as const).map((theme) => [name, theme] as const)))(
    'draw %s in the %s theme without a word or a line right of the lanes',
    async (name, theme) => {
      for (const [width, height] of [
        [944, 588],
        [836, 448],
      ] as const) {
        await show(name, theme, width, height);
        expect(errors).toEqual([]);
        // The silhouette of the folios view has its words there.
        if (!name.startsWith('folios')) expect(await isAll('paper', width - 15, 0, 15, height)).toBe(true);
      }
    },
  );

  test('lead the orange of dirty bytes down to the device', async () => {
    const { window, range } = pictures['map-zoom']!(),
      { threads, lanes } = layMap(window, { range, width: 944, height: 588 });
    await show('map-zoom', 'light', 944, 588);
    for (const { end } of threads) {
      const x = Math.round(((end as readonly number[])[0]! + (end as readonly number[])[1]!) / 2);
      expect(await isAll('mapped', x, lanes.device.y + 4, 2, 4)).toBe(true);
      expect(await isAll('paper', x, lanes.device.y - 8, 2, 2)).toBe(false);
    }
  });

  test('show the paper through a hole of one pixel', async () => {
    const { window } = pictures['map-600']!(),
      { map } = layMap(window, { width: 944, height: 588 }),
      column = map.columns.find(({ parts }) => parts[0]!.type === 0 && parts[0]!.h >= 3)!;
    await show('map-600', 'light', 944, 588);
    expect(await isAll('paper', column.x, column.parts[0]!.y, 1, 2)).toBe(true);
  });
});
