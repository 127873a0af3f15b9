import { Undo } from './live.ts';
import { mountLoop } from './loops.ts';

/* A process that makes a filesystem on a loop device, says what it made, and stays until it is killed. */
process.stdout.write(`${JSON.stringify(mountLoop(new Undo(), 'ext4', { bytes: 64 << 20 }))}\n`);
setInterval(() => undefined, 1000);
