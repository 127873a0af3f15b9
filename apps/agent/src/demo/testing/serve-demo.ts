import { closeSync, openSync, writeSync } from 'node:fs';
import { createSession, fuseChannel, mountFuse, serve } from '@mapscope/fuse';
import { isProblem } from '@mapscope/shared/units';
import type { DemoOptions } from '../index.ts';
import { openDemo } from '../index.ts';
import { say } from './rig.ts';

/** A process that serves one mount of the demo filesystem and ends with its stdin. Its last line is what the filesystem has then. */
export interface Order extends DemoOptions {
  readonly target: string;
  /** Gets the frames. */
  readonly frames: string;
  readonly cache: 'writeback' | 'through';
}

/** The last line: every file with its map. */
export type Outcome = readonly { readonly path: string; readonly ino: string; readonly size: string; readonly map: readonly string[] }[];

const order = JSON.parse(process.argv[2]!) as Order;
const filesystem = openDemo(order);
if (isProblem(filesystem)) throw new Error(filesystem.message);
const mount = await mountFuse({ target: order.target, name: 'demo', subtype: 'mapscope-test', allowOther: true, defaultPermissions: true });
if (isProblem(mount)) throw new Error(mount.message);
const frames = openSync(order.frames, 'w'),
  channel = fuseChannel(mount.fd),
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
const wrong = filesystem.check();
if (wrong.length > 0) process.stderr.write(`fsck: ${wrong.join('\n')}\n`);
const outcome: Outcome = [...filesystem.files()]
  .filter(({ attributes }) => (attributes.mode & 0o170000) === 0o100000)
  .map(({ path, node, attributes }) => ({
    path: Buffer.from(path).toString(),
    ino: String(node),
    size: String(attributes.size),
    map: [...filesystem.mapOf(node)].map(say),
  }));
writeSync(1, `${JSON.stringify(outcome)}\n`);
process.exit(wrong.length > 0 ? 1 : 0);
