import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Frame } from '@mapscope/shared/trace';
import { recordBusy } from './busy.ts';
import { inChromium } from './chromium.ts';
import { median, medianOf, perSecond, print, ratioOf, sayRatio } from './measure.ts';
import { linesOf } from './recording-peer.ts';
import { decoded, measureReducing, type Rates, randomExtents } from './reducing.ts';

const BUSY_SECONDS = 10;
/** Rows that the peer reads: enough for a second, and a page has to hold the text. */
const PEER_ROWS = 200_000;

interface Work {
  readonly name: string;
  readonly how: string;
  readonly frames: readonly Frame[];
}

/** Decoding and reducing, in Node and in Chromium: the hard case, and what a busy mount really sends. */
export async function codec(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mapscope-bench-'));
  try {
    await measure(folder, {
      name: 'random extents',
      how: 'extents of 1 to 8 blocks anywhere in 16 files of 100,000 blocks',
      frames: [...randomExtents()].map((bytes) => decoded(bytes)),
    });
    if (!existsSync('/dev/fuse')) process.stdout.write('codec: the busy demo was skipped, no /dev/fuse on this machine\n');
    else {
      const { frames } = await recordBusy(folder, BUSY_SECONDS);
      await measure(folder, { name: 'the busy demo', how: `${BUSY_SECONDS} s of it, as recorded: ops, folios, extents, messages`, frames });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string, { name, how, frames }: Work): Promise<void> {
  const bytes = Buffer.concat(frames.map((frame) => frame.bytes)),
    text = someLines(frames).join('\n');
  // A copy of its own: a Buffer may lie anywhere in its pool, and frames want to be aligned.
  say(name, how, 'Node', await measureReducing(new Uint8Array(bytes), text));
  const files = [join(folder, 'frames'), join(folder, 'lines')];
  writeFileSync(files[0]!, bytes);
  writeFileSync(files[1]!, text);
  const rates = await inChromium('codec', './model-in-page.ts', files, (page) =>
    page.evaluate<Rates>(`bench.reducing(...document.querySelector('input').files)`),
  );
  if (rates) say(name, how, 'Chromium', rates);
}

function someLines(frames: readonly Frame[]): string[] {
  const lines: string[] = [];
  for (const frame of frames) {
    if (lines.length >= PEER_ROWS) break;
    lines.push(...linesOf(frame));
  }
  return lines;
}

function say(name: string, how: string, where: string, { rows, ours, peer }: Rates): void {
  const { value, low, high } = medianOf(ours);
  print({
    name: `decode + reduce, ${name}, ${where}`,
    ours: `${perSecond(value)} [${perSecond(low)}, ${perSecond(high)}] (goal >= 1 M/s)`,
    peer: perSecond(median(peer)),
    ratio: sayRatio(ratioOf(ours, peer)),
    how: `${rows} rows: ${how}; one core; peer: JSON lines into plain objects; ${ours.length} pairs`,
  });
}
