// Writes 4 KiB blocks of a file in order at a paced rate, and prints when each write returned. A process of its own, as any user's.
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { alignedBuffer } from '@mapscope/native';

const [file, rateText, secondsText, way] = process.argv.slice(2) as [string, string, string, string];
const rate = Number(rateText),
  total = rate * Number(secondsText),
  block = alignedBuffer(4096);
const fd = openSync(file, constants.O_CREAT | constants.O_WRONLY | (way === 'direct' ? constants.O_DIRECT : 0), 0o644);
const started = process.hrtime.bigint();
let lines = '';
for (let i = 0; i < total; i++) {
  const due = started + (BigInt(i) * 1_000_000_000n) / BigInt(rate);
  while (process.hrtime.bigint() < due)
    if (due - process.hrtime.bigint() > 2_000_000n) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  block.fill(i & 0xff);
  writeSync(fd, block, 0, 4096, i * 4096);
  lines += `${i * 4096} ${process.hrtime.bigint()}\n`;
}
process.stdout.write(lines);
closeSync(fd);
