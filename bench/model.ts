import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inChromium } from './chromium.ts';
import { median, print, ratioOf, sayRatio } from './measure.ts';
import { EXTENTS, measureWrites, type Writes } from './one-write.ts';

/** A file in a million pieces: what an extent takes in memory, and what one more write costs. */
export async function model(): Promise<void> {
  memory();
  say('Node', await measureWrites());
  const writes = await inChromium('model', './model-in-page.ts', [], (page) => page.evaluate<Writes>('bench.writes()'));
  if (writes) say('Chromium', writes);
}

function memory(): void {
  const program = fileURLToPath(new URL('./model-memory.ts', import.meta.url));
  const bytesOf = (what: string): number =>
    Number(
      execFileSync(process.execPath, ['--expose-gc', '--conditions=mapscope-src', '--import', 'tsx', program, what, String(EXTENTS)], {
        encoding: 'utf8',
      }),
    ) / EXTENTS;
  const ours = bytesOf('ours'),
    peer = bytesOf('peer');
  print({
    name: 'memory of an extent',
    ours: `${ours.toFixed(1)} bytes (goal <= 48)`,
    peer: `${peer.toFixed(1)} bytes`,
    ratio: (ours / peer).toFixed(2),
    how: `a file of ${EXTENTS} extents, heap and buffers after collecting, all else of the model included; peer: an array of plain objects`,
  });
}

function say(where: string, { extents, ours, peer }: Writes): void {
  const us = (n: number): string => `${n.toFixed(n < 10 ? 1 : 0)} us`;
  print({
    name: `one write to a file of a million extents, ${where}`,
    ours: `${us(median(ours))} (goal <= 50)`,
    peer: us(median(peer)),
    ratio: sayRatio(ratioOf(ours, peer)),
    how: `anywhere in the file, from the bytes of its frame to the model; ${extents} extents at the end; medians of groups of 50; peer: one sorted array of plain objects, splice; ${ours.length} pairs`,
  });
}
