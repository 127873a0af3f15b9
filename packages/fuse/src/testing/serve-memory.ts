import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { pwrite } from '@mapscope/native';
import { isProblem } from '@mapscope/shared/units';
import { createSession, fuseChannel, mountFuse, serve } from '../index.ts';
import { MemoryFilesystem, type MemoryOptions } from './memory-filesystem.ts';

/** A process that serves one mount of a memory filesystem: what it is told comes as JSON, it ends when its stdin does. */
interface Order extends Omit<MemoryOptions, 'devices'> {
  readonly target: string;
  readonly image: string;
  readonly frames: string;
  readonly bytes: number;
  readonly cache: 'writeback' | 'through';
}

const order = JSON.parse(process.argv[2]!) as Order;
const fd = openSync(order.image, 'w+'),
  frames = openSync(order.frames, 'w');
ftruncateSync(fd, order.bytes);
const filesystem = new MemoryFilesystem({
  ...order,
  devices: [{ cookie: 1, path: order.image, size: BigInt(order.bytes), fd, blockSize: 4096 }],
});
filesystem.onOutline = (device, addr, block) => void pwrite(device.fd, block, 0, block.length, addr);
const mount = await mountFuse({
  target: order.target,
  name: 'memory',
  subtype: 'mapscope-test',
  allowOther: process.geteuid?.() === 0,
  defaultPermissions: true,
});
if (isProblem(mount)) {
  process.stderr.write(`${mount.message}\n`);
  process.exit(1);
}
const channel = fuseChannel(mount.fd),
  leash = new AbortController();
process.stdin.on('data', () => {}).on('end', () => leash.abort());
const session = createSession({
  filesystem,
  channel,
  cache: order.cache,
  sink: (frame) => void writeSync(frames, frame),
  log: (level, message, error) => process.stderr.write(`${level} ${message} ${error instanceof Error ? (error.stack ?? '') : ''}\n`),
});
process.stdout.write('ready\n');
await serve(session, { fd: channel.fd, wakeFds: [0], signal: leash.signal });
channel.close();
closeSync(frames);
closeSync(fd);
process.exit(0);
