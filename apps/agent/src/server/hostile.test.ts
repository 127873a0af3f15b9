import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { monotonic, mount, pipe, umount } from '@mapscope/native';
import { type EventRow, frameOf } from '@mapscope/shared/fixtures';
import { decodeFrame, How, Introduction, Kind, SourceId } from '@mapscope/shared/trace';
import { isFlaw, utf8 } from '@mapscope/shared/units';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { deviceOf } from '../host/index.ts';
import type { CollectorStart, ServerStart } from '../pipe/index.ts';
import { collectorProgram, serverProgram } from './testing/programs.ts';
import { PageSocket, Place, Served } from './testing/served.ts';

const SOON = { timeout: 20_000, interval: 10 };
const addon = fileURLToPath(new URL('../../../../packages/native/build/mapscope.node', import.meta.url));
const why =
  process.getuid?.() !== 0
    ? 'needs root to mount'
    : existsSync('/usr/bin/strace')
      ? undefined
      : 'strace is not installed: nothing else sees every path a process touches';

/*
 * The whole way from a page to the process that may look: a server and a collector as they are, a test in place of the session. What the
 * collector touches is seen from outside, by strace.
 */
describe.skipIf(why)(`hostile input on /ws${why ? ` (skipped: ${why})` : ''}`, { timeout: 60_000 }, () => {
  let place: Place,
    served: Served,
    collector: ChildProcess,
    session: Socket,
    root = '',
    trace = '';

  beforeAll(async () => {
    place = new Place();
    root = join(place.folder, 'mount');
    trace = join(place.folder, 'strace');
    mkdirSync(root);
    expect(mount('mapscope-test', root, 'tmpfs', 0, 'size=4m')).toBe(0);
    const toCollector = made(),
      toServer = made(),
      commands = made(),
      log = openSync(join(place.folder, 'log'), 'a');
    session = new Socket({ fd: toCollector[1], readable: false, writable: true });
    const env = { ...process.env, MAPSCOPE_NATIVE: addon };
    collector = spawn('strace', ['-f', '-qq', '-e', 'trace=%file', '-o', trace, process.execPath, collectorProgram], {
      cwd: '/',
      env,
      stdio: ['pipe', 'pipe', log, toServer[1], commands[0], toCollector[0]],
    });
    const server = spawn(process.execPath, [serverProgram], {
      cwd: '/',
      env,
      stdio: ['pipe', 'pipe', log, toServer[0], commands[1]],
    });
    for (const fd of [toCollector[0], toServer[0], toServer[1], commands[0], commands[1], log]) closeSync(fd);
    const unused = made();
    served = new Served(server, unused[1], unused[0]);
    const serverStart: ServerStart = {
      version: 'test',
      commandLine: ['mapscope', 'demo'],
      mode: 'demo',
      recording: null,
      port: 0,
      stateDir: place.state,
      page: place.page,
      socket: place.socket,
      spool: null,
      mount: root,
      pipeBytes: 1 << 20,
      logLevel: 'info',
    };
    const collectorStart: CollectorStart = {
      run: join(place.folder, 'no-run'),
      mount: { path: root, device: deviceOf(statSync(root, { bigint: true }).dev), fuseConnection: 0 },
      collects: 'mount',
      tracefs: { path: null, why: 'a test', help: '' },
      instance: 'none',
      pipeBytes: 1 << 20,
      logLevel: 'info',
    };
    server.stdin!.write(`${JSON.stringify({ do: 'start', with: serverStart })}\n`);
    collector.stdin!.write(`${JSON.stringify({ do: 'start', with: collectorStart })}\n`);
    await Promise.all([served.ready, once(collector.stdout!, 'data')]);
  });
  afterAll(async () => {
    try {
      session.end();
      collector.stdin!.write('{"do":"stop"}\n');
      const late = setTimeout(() => collector.kill('SIGKILL'), 5000);
      if (collector.exitCode === null) await once(collector, 'exit');
      clearTimeout(late);
      await served.end();
    } finally {
      umount(root, { detach: true });
      await place.close();
    }
  });

  function introduce(inode: number, path: string, ino: bigint): void {
    const time = monotonic();
    const row: EventRow = {
      kind: Kind.inode,
      time,
      inode,
      source: SourceId.fuse,
      how: How.reported,
      role: Introduction.first,
      offset: ino,
      length: 4096n,
      type: 0o100644,
      bytes: utf8(path),
    };
    session.write(frameOf([row], time + 1n).bytes);
  }
  const inoOf = (path: string): bigint => statSync(path, { bigint: true }).ino;
  /** Files the collector named in a system call since `from`; those below /proc/self are itself. */
  const touched = (from: number): string[] =>
    readFileSync(trace, 'utf8')
      .slice(from)
      .split('\n')
      .flatMap((line) => [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, path]) => path!));

  test('never makes the collector touch a path outside of the mount, whatever a page sends and whatever the session claims', async () => {
    const outside = join(place.folder, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'secret'), 'secret');
    writeFileSync(join(root, 'inside'), Buffer.alloc(4096, 1));
    symlinkSync(outside, join(root, 'out'));
    symlinkSync(join(outside, 'secret'), join(root, 'link'));
    introduce(1, 'inside', inoOf(join(root, 'inside')));
    // A session that was taken over says what it likes of paths.
    ['../outside/secret', join(outside, 'secret'), 'out/secret', 'link', '/etc/shadow', 'out', '..'].forEach((path, k) =>
      introduce(10 + k, path, inoOf(join(outside, 'secret'))),
    );
    await vi.waitUntil(async () => (await served.health()).model.files >= 8, SOON);
    const from = readFileSync(trace, 'utf8').length;

    const messages = [
      { id: 1, refresh: ['/etc/shadow'] },
      { id: 1, refresh: [{ path: '/etc/shadow' }] },
      { id: 1, refresh: [1], path: '/etc/shadow' },
      { id: 1, fiemap: '/etc/shadow' },
      { ask: 'refresh', path: '/etc/shadow' },
      { id: 1, subscribe: { inodes: ['/etc/shadow'], credits: 1000 } },
      '{"id":1,"refresh":[1]}\n{"ask":"refresh","path":"/etc/shadow"}',
      '{"id":1,"refresh":[1e999]}',
      '/etc/shadow',
    ];
    for (const message of messages) {
      const page = await new PageSocket(served).opened();
      page.say(message);
      await vi.waitUntil(() => page.closed === 1008, SOON);
    }
    const page = await new PageSocket(served).opened(),
      folios: number[] = [];
    page.say({ id: 1, subscribe: { inodes: 'all', credits: 1 << 20 } });
    page.say({ id: 1, refresh: [10, 11, 12, 13, 14, 15, 16, 4_000_000_000] });
    // Behind them one that is allowed, so that all before it has been dealt with.
    page.say({ id: 1, refresh: [1] });
    await vi.waitUntil(() => {
      for (const bytes of page.frames.splice(0)) {
        const frame = decodeFrame(bytes);
        if (isFlaw(frame)) throw new Error(frame.code);
        for (let i = 0; i < frame.count; i++) if (frame.kind[i] === Kind.folio) folios.push(frame.inode[i]!);
      }
      return folios.includes(1);
    }, SOON);
    expect(new Set(folios)).toEqual(new Set([1]));
    expect(place.log).toContain('inode 4000000000 is no file of this mount');

    const paths = touched(from);
    // It did look at what it may look at, and strace saw it.
    expect(paths.some((path) => path.endsWith('/inside'))).toBe(true);
    // An empty path is a descriptor that is open already.
    const allowed = (path: string): boolean =>
      path === '' || path === root || path === '/proc/self/auxv' || /^\/proc\/self\/fd\/\d+\/(inside|out|link)$/.test(path);
    expect(paths.filter((path) => !allowed(path))).toEqual([]);
    page.socket.close();
  });
});

function made(): readonly [number, number] {
  const ends = pipe(1 << 20);
  if (typeof ends === 'number') throw new Error(`pipe: ${ends}`);
  return ends;
}
