import { openSync, closeSync, writeSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { isFlaw } from '@mapscope/shared/units';
import { inMemory, openTraceDat } from '@mapscope/shared/wire';

const RECORDING = join(import.meta.dirname, '../packages/shared/src/fixtures/kernel/xfs-small.v6.trace.dat.gz');
/** Events of that recording. */
const EVENTS = 15_988;
/** Between two rounds, nanoseconds. */
const PAUSE = 100_000_000n;

/**
 * Writes a trace.dat of version 6 with at least so many events: the pages of a kept recording over and over, each round later than the one before.
 * Answers how many there are. The same every time.
 */
export function writeTrace(path: string, atLeast: number): number {
  const bytes = new Uint8Array(gunzipSync(readFileSync(RECORDING))),
    trace = openTraceDat(inMemory(bytes), {});
  if (isFlaw(trace)) throw new Error(trace.code);
  const { cpus, shape } = trace.buffers[0]!,
    rounds = Math.ceil(atLeast / EVENTS),
    view = new DataView(bytes.buffer),
    table = Buffer.from(bytes.buffer).lastIndexOf('flyrecord\0') + 'flyrecord\0'.length;
  const stamps = cpus.flatMap(({ at, size }) =>
      Array.from({ length: size / shape.size }, (_, i) => view.getBigUint64(at + i * shape.size, true)),
    ),
    earliest = stamps.reduce((a, b) => (a < b ? a : b)),
    latest = stamps.reduce((a, b) => (a > b ? a : b)),
    round = latest - earliest + PAUSE;
  let place = cpus[0]!.at;
  const head = bytes.slice(0, place),
    places = new DataView(head.buffer);
  cpus.forEach(({ size }, i) => {
    places.setBigUint64(table + 16 * i, BigInt(place), true);
    places.setBigUint64(table + 16 * i + 8, BigInt(size * rounds), true);
    place += size * rounds;
  });
  const fd = openSync(path, 'w');
  try {
    writeSync(fd, head);
    for (const { at, size } of cpus)
      for (let k = 0; k < rounds; k++) {
        const pages = bytes.slice(at, at + size),
          inside = new DataView(pages.buffer);
        for (let page = 0; page < size; page += shape.size)
          inside.setBigUint64(page, inside.getBigUint64(page, true) + round * BigInt(k), true);
        writeSync(fd, pages);
      }
  } finally {
    closeSync(fd);
  }
  return rounds * EVENTS;
}
