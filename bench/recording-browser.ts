import { inChromium } from './chromium.ts';
import { print, quantile } from './measure.ts';
import type { Measured, Seeks } from './seeks.ts';

/** The same in the browser, as a file that was dropped on the page: read by slices of it, inflated by the browser. */
export async function seekInBrowser(path: string, seeks: Seeks): Promise<void> {
  const measured = await inChromium('recording', './recording-in-page.ts', [path], (page) =>
    page.evaluate<Measured>(`bench.measure(document.querySelector('input').files[0], ${JSON.stringify(seeks)})`),
  );
  if (!measured) return;
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
}
