import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { build } from 'esbuild';
import { print, quantile } from './measure.ts';
import type { Measured, Seeks } from './seeks.ts';

const CHROMIUM = '/usr/bin/chromium';

/** The same in the browser, as a file that was dropped on the page: read by slices of it, inflated by the browser. */
export async function seekInBrowser(path: string, seeks: Seeks): Promise<void> {
  if (!existsSync(CHROMIUM)) {
    process.stdout.write('recording: the browser was skipped, Debian package chromium is not installed\n');
    return;
  }
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./recording-in-page.ts', import.meta.url))],
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
    await page.setContent('<input type="file">');
    await page.addScriptTag({ content: outputFiles[0]!.text });
    await page.setInputFiles('input', path);
    const measured = (await page.evaluate(`bench.measure(document.querySelector('input').files[0], ${JSON.stringify(seeks)})`)) as Measured;
    print({
      name: 'opening 10 M events and 100 k inodes, Chromium',
      ours: `${measured.openMs.toFixed(0)} ms (goal <= 2000)`,
      how: 'a dropped file, read by slices',
    });
    print({
      name: 'seek to any time, 5 inodes in view, Chromium',
      ours: `p50 ${quantile(measured.waits, 0.5).toFixed(0)} ms, p95 ${quantile(measured.waits, 0.95).toFixed(0)} ms (goal <= 150)`,
      how: `${seeks.seeks} seeks from a cold start, list of all files and all operations included; ${(measured.bytesRead / seeks.seeks / 1e6).toFixed(1)} MB read a seek`,
    });
  } finally {
    await browser.close();
  }
}
