import { writeSync } from 'node:fs';
import { openDemo } from '../index.ts';
import { isProblem } from '@mapscope/shared/units';
import { bytes, ok, root } from './rig.ts';
import { TinyEngine } from './tiny-engine.ts';

/*
 * A process to be killed: on the volume in argv[2] it writes record after record to files that it makes, and says a record's number only
 * when fsync has acknowledged it. Record n of a file is 3000 bytes of n at n * 3000. It never comes back to Node's loop: what ends it in time is that nobody hears
 * it any more (EPIPE).
 */
const fs = openDemo({ dir: process.argv[2]! });
if (isProblem(fs)) throw new Error(fs.message);
const engine = new TinyEngine(fs),
  directories = ['plain', 'striped', 'fragmented', 'tiny'];
for (let n = 0; ; n++) {
  const dir = ok(fs.lookup(1n, bytes(directories[n % 4]!))) as { node: bigint },
    name = bytes(`f${n >> 5}`),
    record = Math.floor(n / 4) % 8;
  const found = fs.lookup(dir.node, name),
    file = (typeof found === 'number' ? ok(fs.create(dir.node, name, 0o644, root)) : found) as { node: bigint };
  engine.write(file.node, record * 3000, new Uint8Array(3000).fill(n & 0xff), n % 3 === 0 ? 'direct' : 'cached');
  ok(engine.fsync(file.node));
  try {
    writeSync(1, `${n}\n`);
  } catch {
    process.exit(1);
  }
}
