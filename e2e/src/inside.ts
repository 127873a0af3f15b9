// Runs inside the 6.1 guest: an agent, a door for the host's browser, a file written by an ordinary program, its extents held against the device.
import { createServer, connect } from 'node:net';
import { join } from 'node:path';
import { Agent, run } from './agent.ts';
import { compare, show } from './shown.ts';

const port = Number(process.argv[2]);
const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

// The agent listens on loopback only; the host's forwarded port arrives at the guest's address. Same number, so that `Host` is right.
const door = createServer((outer) => {
  const inner = connect(port, '127.0.0.1');
  outer.pipe(inner).pipe(outer);
  for (const side of [outer, inner]) side.on('error', () => outer.destroy(inner.destroy().errored ?? undefined));
}).listen(port, '10.0.2.15');

const agent = new Agent();
await agent.start(['demo', '--workload', 'none', '--size', '64M', '--port', String(port)]);
const file = join(agent.mount, 'striped/from-the-guest.bin');
const wrote = await run('bash', ['-euc', `head -c 1000003 /dev/urandom > ${file}; sync ${file}`]);
const { bytes, wrong, uncovered, devices } = compare(await show(agent, file));
say({
  url: agent.url,
  kernel: (await run('uname', ['-r'])).stdout.trim(),
  wrote: wrote.code,
  bytes,
  wrong,
  uncovered,
  devices: devices.size,
});

process.stdin.resume();
await new Promise((resolve) => process.stdin.once('end', resolve));
door.close();
const code = await agent.stop();
say({
  stopped: code,
  mounts: (await run('cat', ['/proc/mounts'])).stdout.split('\n').filter((line) => line.includes('mapscope') && line.includes('fuse')),
});
process.exit(0);
