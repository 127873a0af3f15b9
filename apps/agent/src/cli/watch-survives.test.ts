import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { errorCode, isAlive } from '../host/index.ts';
import { mountLoop, noLoop, type OnLoop } from '../sources/testing/loops.ts';
import { askOnce } from './agent-socket.ts';
import { openPlace, type Place, runToEnd, titled } from './testing/agent.ts';
import { claimsOf, compare, type Compared } from './testing/claims.ts';
import { ringsOf } from './testing/rings.ts';
import { tracesOf } from './testing/traces.ts';
import { setUpWatching } from './testing/watching.ts';

const WAIT = { timeout: 20_000, interval: 50 };
/** How often an inode number is given again; each waits for the kernel to free it. */
const ROUNDS = process.env['MAPSCOPE_LONG'] === '1' ? 5 : 3;
const here = await setUpWatching(),
  { undo } = here;

type Run = Awaited<ReturnType<Place['start']>>;
interface Health {
  readonly lost: string;
  readonly sources: readonly {
    readonly name: string;
    readonly state: string;
    readonly why: string;
    readonly buffer?: { readonly bytes: number };
  }[];
}
const health = async (): Promise<Health> =>
  (JSON.parse((await here.place.mapscope('status', '--json')).out) as { runs: readonly { readonly agent: Health }[] }).runs[0]!.agent;

const droppedOf = ({ record }: Run): bigint => ringsOf(record).lost;
/** A burst of small writes by another process, half of them written back. */
const burst = async (folder: string): Promise<void> => {
  const { code, err } = await runToEnd('bash', [
    '-euc',
    `cd ${folder}; for f in a b c; do dd if=/dev/urandom of=$f bs=4k count=400 conv=notrunc status=none; done; sync a; dd if=/dev/urandom of=b bs=4k count=100 seek=50 conv=notrunc status=none; fallocate -p -o 40960 -l 81920 c; truncate -s 500000 a; rm -f d; cp --reflink=auto b d`,
  ]);
  expect(code, err).toBe(0);
};
const files = ['a', 'b', 'c', 'd'];
const isGone = (error: unknown): boolean => error instanceof Error && error.message.includes('is not watched');

const why = here.whyNot('xfs');
describe.skipIf(why !== undefined)(titled('mapscope watch survives', why), { timeout: 120_000 }, () => {
  const begun = async (type: OnLoop = 'xfs', ...words: string[]): Promise<{ readonly at: string; readonly watch: Run }> => {
    const { at } = mountLoop(undo, type);
    for (const file of ['a', 'b', 'c']) writeFileSync(join(at, file), Buffer.alloc(100_000, 1));
    return { at, watch: await here.place.start('watch', at, ...words) };
  };
  const agree = ({ record }: Run, file: string): Promise<Compared> => compare(record.socket, file);
  /** Soon all of it is known, and true. */
  const isWhole = (run: Run, file: string): Promise<void> =>
    vi.waitFor(async () => {
      const { wrong, known, all } = await agree(run, file);
      expect({ file, wrong, unknown: all - known }).toEqual({ file, wrong: [], unknown: 0 });
    }, WAIT);
  const end = async ({ child, ended }: Run): Promise<void> => {
    child.kill('SIGTERM');
    expect((await ended()).code).toBe(0);
  };

  test('the loss of events: as many as the kernel counts, and nothing that they touched is claimed', async () => {
    const { at, watch } = await begun('xfs', '--buffer', '8K', '--no-refresh');
    await burst(at);
    await vi.waitUntil(async () => BigInt((await health()).lost) === droppedOf(watch), WAIT);
    expect(droppedOf(watch)).toBeGreaterThan(100n);
    let known = 0,
      all = 0;
    for (const file of files) {
      const found = await agree(watch, join(at, file));
      expect(found.wrong, file).toEqual([]);
      known += found.known;
      all += found.all;
    }
    expect(known).toBeLessThan(all);
    await end(watch);
  });

  test.each(['xfs', 'ext4'] as const)('the loss of events on %s: what was lost is known again, by asking', async (type) => {
    const { at, watch } = await begun(type, '--buffer', '8K');
    await burst(at);
    await vi.waitUntil(async () => BigInt((await health()).lost) > 100n, WAIT);
    for (const file of files) await isWhole(watch, join(at, file));
    await end(watch);
  });

  test.each([
    ['switched off', 'tracing_on', '0', 'switched the trace instance off'],
    ['without its events', 'set_event', '', 'switched off events/'],
    ['on another clock', 'trace_clock', 'local', 'another clock'],
    ['told of one process alone', 'set_event_pid', '1', 'by process'],
    ['told of no CPU', 'tracing_cpumask', '0', 'CPUs'],
    ['with larger pages', 'buffer_subbuf_size_kb', '8', 'another size'],
  ])('its trace instance %s by somebody: says so, and traces anew', async (_, file, text, said) => {
    const { at, watch } = await begun(),
      tracefs = () => sourceOf(watch, 'tracefs');
    // Pages have one size before Linux 6.8.
    if (!existsSync(join(watch.record.instances[0]!, file))) return end(watch);
    const spoil = (): void => {
      try {
        writeFileSync(join(watch.record.instances[0]!, file), text);
      } catch (error) {
        // It is being made anew.
        expect(['ENOENT', 'ENODEV']).toContain(errorCode(error));
      }
    };
    // What it says stands for a second: who did not get to look in that time does it again.
    await vi.waitUntil(async () => {
      const told = await tracefs();
      if (told?.state === 'ok') spoil();
      return told?.why.includes(said);
    }, WAIT);
    await vi.waitUntil(async () => (await tracefs())?.state === 'ok', WAIT);
    await burst(at);
    for (const name of files) await isWhole(watch, join(at, name));
    await end(watch);
  });

  test.each([
    ['reads its trace', async (instance: string) => void (await runToEnd('timeout', ['1', 'cat', join(instance, 'trace_pipe')]))],
    [
      'empties its trace',
      async (instance: string) => void (await runToEnd('bash', ['-c', `for n in {1..40}; do echo > ${instance}/trace; sleep 0.02; done`])),
    ],
  ])('somebody who %s: counts a loss, and claims nothing that was in there', async (_, take) => {
    const { at, watch } = await begun('xfs', '--no-refresh'),
      taken = take(watch.record.instances[0]!);
    for (let n = 0; n < 5; n++) await burst(at);
    await taken;
    await vi.waitFor(async () => {
      expect(BigInt((await health()).lost)).toBeGreaterThan(0n);
      for (const file of files) expect((await agree(watch, join(at, file))).wrong, file).toEqual([]);
    }, WAIT);
    await end(watch);
  });

  test('a trace buffer that somebody makes smaller: says so', async () => {
    const { watch } = await begun();
    writeFileSync(join(watch.record.instances[0]!, 'buffer_size_kb'), '64');
    await vi.waitFor(async () => expect((await sourceOf(watch, 'tracefs'))?.buffer?.bytes).toBeLessThan(100_000), WAIT);
    await end(watch);
  });

  test('that tracefs is unmounted, and mounted again: traces anew', async () => {
    const { at } = mountLoop(undo, 'xfs'),
      apart = openPlace(['unshare', '--mount']);
    try {
      writeFileSync(join(at, 'a'), Buffer.alloc(100_000, 1));
      const watch = await apart.start('watch', at),
        tracefs = dirname(dirname(watch.record.instances[0]!)),
        within = async (...words: string[]): Promise<void> =>
          expect(await runToEnd('nsenter', ['-t', String(watch.record.pid), '-m', ...words])).toMatchObject({ code: 0 }),
        isTracing = async (): Promise<boolean> => (await sourceOf(watch, 'tracefs'))?.state === 'ok';
      await within('umount', '-l', tracefs);
      await vi.waitUntil(async () => !(await isTracing()), WAIT);
      await within('mount', '-t', 'tracefs', 'tracefs', tracefs);
      await vi.waitUntil(isTracing, WAIT);
      await burst(at);
      for (const name of files) await isWhole(watch, join(at, name));
      await end(watch);
      expect(tracesOf(watch.record)).toEqual([]);
    } finally {
      await apart.close();
    }
  });

  test('that its filesystem is unmounted: its files are gone, and it goes on', async () => {
    const { at, watch } = await begun(),
      { at: other } = mountLoop(undo, 'ext4'),
      file = join(at, 'a');
    const before = await claimsOf(watch.record.socket, file),
      name = { ino: String(statSync(file, { bigint: true }).ino), dev: devOf(file) };
    expect(before.file).toBe(file);
    expect((await runToEnd('umount', [at])).code).toBe(0);
    await vi.waitUntil(
      () =>
        claimsOf(watch.record.socket, other, name).then(
          () => false,
          (error: unknown) => isGone(error),
        ),
      WAIT,
    );
    await end(watch);
  });

  test('that its filesystem is unmounted, and another mounted there: that is watched', async () => {
    const { at, watch } = await begun(),
      { at: other, loop } = mountLoop(here.undo, 'ext4');
    for (const name of ['a', 'b']) writeFileSync(join(other, name), Buffer.alloc(50_000, 2));
    for (const words of [[other], [at]]) expect((await runToEnd('umount', words)).code).toBe(0);
    await vi.waitUntil(async () => (await watchedFiles(watch)).length === 0, WAIT);
    expect((await runToEnd('mount', [loop, at])).code).toBe(0);
    here.undo.add(() => runToEnd('umount', [at]));
    await vi.waitUntil(async () => (await watchedFiles(watch)).length === 2, WAIT);
    await burst(at);
    for (const name of files) await isWhole(watch, join(at, name));
    await end(watch);
  });

  test('that its filesystem is mounted again, and written before the trace is back: claims nothing of what was not seen', async () => {
    const { at, watch } = await begun('xfs', '--no-refresh'),
      [, loop] = (await runToEnd('findmnt', ['-no', 'TARGET,SOURCE', at])).out.trim().split(/\s+/);
    expect((await runToEnd('umount', [at])).code).toBe(0);
    await vi.waitUntil(async () => (await watchedFiles(watch)).length === 0, WAIT);
    expect((await runToEnd('mount', [loop!, at])).code).toBe(0);
    await vi.waitUntil(async () => (await watchedFiles(watch)).length === 3, WAIT);
    await burst(at);
    await vi.waitUntil(async () => (await sourceOf(watch, 'tracefs'))?.state === 'ok', WAIT);
    await vi.waitFor(async () => {
      expect((await claimsOf(watch.record.socket, join(at, 'c'))).told.refreshes).toBeGreaterThan(0);
      for (const file of files) expect((await agree(watch, join(at, file))).wrong, file).toEqual([]);
    }, WAIT);
    await end(watch);
  });

  test('a FUSE server that falls silent: what else is watched is seen, and it ends as always; answered again, it knows the names', async () => {
    const { at } = mountLoop(here.undo, 'xfs'),
      file = join(at, 'a'),
      demo = await here.place.demo('--workload', 'none'),
      session = demo.record.processes.find(({ role }) => role === 'session')!,
      server = session.pid,
      old = join(demo.mount, 'plain/old');
    here.undo.add(() => isAlive(session) && process.kill(server, 'SIGCONT'));
    writeFileSync(file, Buffer.alloc(100_000, 1));
    writeFileSync(old, 'x');
    const watch = await here.place.start('watch', demo.mount, at),
      names = childOf(watch.pidOf('collector')),
      stateOf = async (): Promise<string | undefined> => (await sourceOf(watch, 'names'))?.state;
    expect((await claimsOf(watch.record.socket, old)).file).toBe(old);
    // It asks for a name that nobody has in his cache.
    process.kill(names, 'SIGSTOP');
    renameSync(old, join(demo.mount, 'plain/new'));
    process.kill(server, 'SIGSTOP');
    process.kill(names, 'SIGCONT');
    await vi.waitUntil(async () => (await stateOf()) === 'unavailable', WAIT);
    await burst(at);
    for (const name of files) await isWhole(watch, join(at, name));
    process.kill(server, 'SIGCONT');
    await vi.waitUntil(async () => (await stateOf()) === 'ok', WAIT);
    await vi.waitUntil(async () => (await claimsOf(watch.record.socket, join(demo.mount, 'plain/new'))).file.endsWith('new'), WAIT);
    process.kill(server, 'SIGSTOP');
    await end(watch);
    expect(tracesOf(watch.record)).toEqual([]);
    process.kill(server, 'SIGCONT');
    demo.child.kill('SIGTERM');
    await demo.ended();
  });

  test('that its filesystem shuts down, as when its device is gone', async () => {
    const { at, watch } = await begun();
    expect((await runToEnd('xfs_io', ['-x', '-c', 'shutdown', at])).code).toBe(0);
    await runToEnd('bash', ['-c', `echo x >> ${at}/a; cat ${at}/b > /dev/null`]);
    // As long as it takes to look twice where the folder is: it does not answer, and is not gone.
    await sleep(1200);
    expect(await watchedFiles(watch)).toHaveLength(3);
    expect((await health()).sources.find(({ name }) => name === 'tracefs')).toMatchObject({ state: 'ok' });
    expect((await runToEnd('umount', [at])).code).toBe(0);
    await end(watch);
  });

  test.each(['xfs', 'ext4', 'btrfs'] as const)('files that are removed on %s, and others that get their inode numbers', async (type) => {
    const reason = noLoop(type);
    if (reason !== undefined) return expect(reason).toBeTruthy();
    const { at, watch } = await begun(type, '--no-refresh'),
      file = join(at, 'reused');
    const root = type === 'btrfs' ? { root: '5', dev: devOf(at, true) } : {};
    const inodes = new Set<number>(),
      inos = new Set<bigint>();
    for (let n = 0; n < ROUNDS; n++) {
      writeFileSync(file, Buffer.alloc(4096 * (n + 1), n));
      const { ino } = statSync(file, { bigint: true }),
        claims = await claimsOf(watch.record.socket, file, root);
      expect(claims.size).toBe(String(4096 * (n + 1)));
      inos.add(ino);
      inodes.add(claims.inode);
      if (type !== 'btrfs') expect((await agree(watch, file)).wrong).toEqual([]);
      renameSync(file, `${file}-old`);
      rmSync(`${file}-old`);
      await vi.waitUntil(
        () =>
          claimsOf(watch.record.socket, at, { ino: String(ino), ...root }).then(
            () => false,
            (error: unknown) => isGone(error),
          ),
        WAIT,
      );
    }
    expect(inodes.size).toBe(ROUNDS);
    if (type === 'ext4') expect(inos.size).toBeLessThan(ROUNDS);
    await end(watch);
  });

  test('10,000 files: each is asked once, and what is written to one of them is seen', async () => {
    const { at } = mountLoop(undo, 'xfs');
    for (let n = 0; n < 10_000; n++) writeFileSync(join(at, String(n)), 'x');
    const watch = await here.place.start('watch', at),
      file = join(at, '7777');
    await vi.waitUntil(async () => (await claimsOf(watch.record.socket, join(at, '9999'))).told.refreshes > 0, WAIT);
    expect((await runToEnd('bash', ['-c', `head -c 20000 /dev/zero >> ${file}`])).code).toBe(0);
    await vi.waitFor(async () => expect(await agree(watch, file)).toEqual({ wrong: [], known: 10, all: 10 }), WAIT);
    await end(watch);
  });
});

/** What a source says of itself; nothing before it has said something. */
async function sourceOf({ record }: Run, wanted: string): Promise<Health['sources'][number] | undefined> {
  const { sources } = (await askOnce(record.socket, { status: true }, 5000)) as unknown as Health;
  return sources.find(({ name }) => name === wanted);
}

const watchedFiles = async ({ record }: Run): Promise<readonly string[]> =>
  (await askOnce(record.socket, { files: true }, 5000))['files'] as readonly string[];

/** The one process that another has started. */
const childOf = (pid: number): number => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());

/** dev_t of the kernel. Of a btrfs the device of its superblock, which `stat` does not give. */
function devOf(path: string, isBtrfs = false): number {
  const found = isBtrfs
    ? readFileSync('/proc/self/mountinfo', 'utf8')
        .split('\n')
        .map((line) => line.split(' '))
        .find((words) => words[4] === path)![2]!
        .split(':')
        .map(Number)
    : [];
  if (isBtrfs) return found[0]! * 2 ** 20 + found[1]!;
  const { dev } = statSync(path, { bigint: true });
  return Number((dev >> 8n) & 0xfffn) * 2 ** 20 + Number(dev & 0xffn);
}
