import { Undo } from './live.ts';
import { mountLoop } from './loops.ts';

/* A process that makes what its word says, tells where it is mounted, and stays until it is killed: a filesystem on a loop device (`loop`), or a tracefs of its own. */
const undo = new Undo(),
  made = process.argv[2] === 'loop' ? mountLoop(undo, 'ext4', { bytes: 64 << 20 }).at : (await undo.tracefs()).path;
process.stdout.write(`${JSON.stringify(made)}\n`);
setInterval(() => undefined, 1000);
