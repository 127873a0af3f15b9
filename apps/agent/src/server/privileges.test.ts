import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { serverProgram } from './testing/programs.ts';
import { PageSocket, Place, type Served } from './testing/served.ts';

const isRoot = process.getuid?.() === 0;
const why = isRoot ? '' : ' (skipped: needs root, only root has something to give up)';
const addon = fileURLToPath(new URL('../../../../packages/native/build/mapscope.node', import.meta.url));
const NOBODY = '65534';
const none = '0000000000000000';

/** What a thief in the server's process would try, in a process that has shed as the server does. Each answers the errno that stopped it. */
const thief = (folder: string): string => `
import { closeSync, openSync, writeFileSync, readFileSync, readdirSync, mkdirSync, rmSync } from 'node:fs';
import { mount, openFuse, pipe } from '@mapscope/native';
import { shed } from './shed.ts';
const device = process.argv[2];
// Worker threads of libuv run before: they must have nothing either.
await new Promise((resolve) => setImmediate(resolve));
await (await import('node:fs/promises')).readFile('/etc/hostname').catch(() => undefined);
shed(${JSON.stringify(folder)});
const attempt = (act) => { try { const n = act(); return typeof n === 'number' && n < 0 ? 'errno ' + -n : 'done' } catch (error) { return error.code } };
const tries = {
  mount: attempt(() => mount('x', '/', 'tmpfs', 0, '')),
  fuse: attempt(() => openFuse()),
  tracefs: attempt(() => openSync('/sys/kernel/tracing/trace', 'r')),
  pageFlags: attempt(() => openSync('/proc/kpageflags', 'r')),
  memory: attempt(() => openSync('/dev/mem', 'r')),
  device: attempt(() => openSync(device, 'r')),
  temp: attempt(() => writeFileSync('/tmp/mapscope-thief', 'x')),
  shm: attempt(() => writeFileSync('/dev/shm/mapscope-thief', 'x')),
  up: attempt(() => writeFileSync('../../../../../../tmp/mapscope-thief', 'x')),
  shadow: attempt(() => readFileSync('/etc/shadow')),
  token: attempt(() => readFileSync('/token')),
  root: attempt(() => process.setuid(0)),
  own: attempt(() => writeFileSync('recording', 'x')),
  chroot: attempt(() => process.chdir('/proc')),
  seen: readdirSync('/').join(),
};
process.stdout.write(JSON.stringify(tries));
`;

describe.skipIf(!isRoot)(`the server process as root${why}`, () => {
  let place: Place,
    served: Served,
    spool = '';
  beforeAll(async () => {
    place = new Place();
    spool = join(place.state, 'spool');
    served = await place.serve(serverProgram, { spool: { folder: spool, bytes: 1 << 20 } });
    // Every kind of work once, so that whatever thread that needs exists.
    expect((await served.ask('/')).status).toBe(503);
    const page = await new PageSocket(served).opened();
    page.say({ id: 1, subscribe: { inodes: 'all', credits: 1 << 20 } });
    await vi.waitUntil(() => page.frames.length > 0, { timeout: 10_000, interval: 5 });
    await vi.waitUntil(() => readdirSync(spool).length > 0 && statSync(join(spool, '000001.mapscope')).size > 0, {
      timeout: 10_000,
      interval: 5,
    });
  });
  afterAll(async () => {
    await place.close();
  });
  const of = (path: string): string => `/proc/${served.child.pid}/${path}`;

  test('has no thread with ids, groups or capabilities of root, or a way to get them', () => {
    const tasks = readdirSync(of('task'));
    expect(tasks.length).toBeGreaterThan(5);
    for (const task of tasks) {
      const status = Object.fromEntries(
        readFileSync(of(`task/${task}/status`), 'utf8')
          .trim()
          .split('\n')
          .map((line) => line.split(/:\s*/) as [string, string]),
      );
      expect(status).toMatchObject({
        Uid: Array<string>(4).fill(NOBODY).join('\t'),
        Gid: Array<string>(4).fill(NOBODY).join('\t'),
        Groups: '',
        CapPrm: none,
        CapEff: none,
        CapAmb: none,
        NoNewPrivs: '1',
      });
    }
  });

  test('sees one folder, and has nothing open but its pipes, its sockets, its log and its recording', () => {
    expect([readlinkSync(of('root')), readlinkSync(of('cwd'))]).toEqual([spool, spool]);
    const open = readdirSync(of('fd')).map((fd) => readlinkSync(of(`fd/${fd}`)));
    const files = new Set([join(place.folder, 'log'), join(spool, '000001.mapscope'), '/dev/null']);
    // Node itself holds /dev/null, and Node 24 rings of io_uring to change epoll sets in one call: what is asked in them is asked with the rights that
    // this process has when it asks. A thread of the kernel's that asks with older rights would be among the tasks above.
    const own = /^(pipe|socket):\[\d+\]$|^anon_inode:\[(eventfd|eventpoll|io_uring)\]$/,
      unexpected = open.filter((path) => !own.test(path) && !files.has(path));
    expect(unexpected).toEqual([]);
  });

  test('cannot be looked into by another process of its user', async () => {
    const spy = spawn('setpriv', [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', 'cat', of('environ')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [code] = (await once(spy, 'exit')) as [number];
    expect(code).not.toBe(0);
  });

  test('keeps its token where it can no longer read it, and its recording where it can write it', () => {
    expect(statSync(join(place.state, 'token'))).toMatchObject({ uid: 0 });
    expect(statSync(join(place.state, 'token')).mode & 0o777).toBe(0o600);
    expect(statSync(join(spool, '000001.mapscope'))).toMatchObject({ uid: 65_534 });
  });
});

/** Who sheds: root, or (behind setpriv) a user like any other. What his tries came to. */
async function tried(as: readonly string[]): Promise<unknown> {
  const place = new Place();
  try {
    const folder = join(place.folder, 'own'),
      program = join(place.folder, 'thief.mjs');
    mkdirSync(folder);
    if (as.length > 0) for (const path of [place.folder, folder]) chownSync(path, Number(NOBODY), Number(NOBODY));
    writeFileSync(join(place.folder, 'token'), 'secret');
    await build({
      stdin: { contents: thief(folder), resolveDir: fileURLToPath(new URL('.', import.meta.url)), loader: 'ts' },
      outfile: program,
      bundle: true,
      format: 'esm',
      platform: 'node',
      conditions: ['mapscope-src'],
      external: ['*.node'],
      banner: { js: "import{createRequire as __ours}from'node:module';const require=__ours(import.meta.url);" },
      logLevel: 'warning',
    });
    const device = readdirSync('/dev').find((name) => statSync(`/dev/${name}`).isBlockDevice()),
      [command, ...args] = [...as, process.execPath, program, `/dev/${device ?? 'sda'}`];
    const child = spawn(command!, args, { env: { ...process.env, MAPSCOPE_NATIVE: addon }, stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (piece: Buffer) => (text += piece.toString()));
    await once(child, 'close');
    return JSON.parse(text);
  } finally {
    await place.close();
  }
}

describe.skipIf(!isRoot)(`shed${why}`, () => {
  test('leaves a process that can write into its folder, and no way to mount, trace, look at pages or devices, or write anywhere else', async () => {
    expect(await tried([])).toEqual({
      mount: 'errno 1',
      fuse: 'errno 2',
      tracefs: 'ENOENT',
      pageFlags: 'ENOENT',
      memory: 'ENOENT',
      device: 'ENOENT',
      temp: 'ENOENT',
      shm: 'ENOENT',
      up: 'ENOENT',
      shadow: 'ENOENT',
      token: 'ENOENT',
      root: 'EPERM',
      chroot: 'ENOENT',
      own: 'done',
      seen: 'recording',
    });
  });

  test('leaves a plain user nothing more than that to write to', async () => {
    const user = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
    const { own, temp, shm, up, mount, root, ...others } = (await tried(user)) as Record<string, string>;
    expect({ own, temp, shm, up, mount, root }).toEqual({
      own: 'done',
      temp: 'EACCES',
      shm: 'EACCES',
      up: 'EACCES',
      mount: 'errno 1',
      root: 'EPERM',
    });
    // What there is of these is root's, which he is not.
    for (const what of ['fuse', 'tracefs', 'pageFlags', 'memory', 'device', 'shadow']) expect([what, others[what]]).not.toContain('done');
  });
});
