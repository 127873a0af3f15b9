import { appendFileSync, existsSync, linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { mountLoop, noLoop } from '../sources/testing/loops.ts';
import { askOnce } from './agent-socket.ts';
import { isRoot, noRun, openPlace, type Place, runToEnd, titled } from './testing/agent.ts';
import { type Claims, claimsOf } from './testing/claims.ts';
import { tracesOf } from './testing/traces.ts';
import { setUpWatching } from './testing/watching.ts';

const WAIT = { timeout: 15_000, interval: 20 };
const here = await setUpWatching(),
  { undo } = here;

interface Status {
  readonly runs: readonly {
    readonly agent: {
      readonly sources: readonly { readonly name: string; readonly buffer?: { readonly bytes: number; readonly fill: number } }[];
    };
  }[];
}
/** The error that a script reads. */
const refusal = ({ out }: { readonly out: string }): { readonly code: string; readonly message: string; readonly help: string } =>
  (JSON.parse(out) as { error: { code: string; message: string; help: string } }).error;

const why = here.whyNot('xfs');
describe.skipIf(why !== undefined)(titled('mapscope watch', why), { timeout: 60_000 }, () => {
  const begun = async (): Promise<{ readonly at: string; readonly watch: Awaited<ReturnType<Place['start']>> }> => {
    const { at } = mountLoop(undo, 'xfs');
    writeFileSync(join(at, 'there'), 'x');
    return { at, watch: await here.place.start('watch', at) };
  };

  test.each(['SIGINT', 'SIGTERM'] as const)('leaves nothing behind after %s', async (signal) => {
    const { watch } = await begun();
    expect(watch.record.instances.filter((path) => existsSync(path))).toHaveLength(1);
    watch.child.kill(signal);
    expect((await watch.ended()).code).toBe(0);
    expect([here.place.runs(), tracesOf(watch.record)]).toEqual([[], []]);
  });

  test.each(['supervisor', 'collector', 'server'])('leaves nothing behind a SIGKILL of its %s', async (role) => {
    const { watch } = await begun();
    process.kill(watch.pidOf(role), 'SIGKILL');
    const { code } = await watch.ended();
    if (role !== 'supervisor') expect(code).toBe(1);
    await vi.waitUntil(() => here.place.runs().length === 0 && tracesOf(watch.record).length === 0, WAIT);
  });

  test('has the trace instance of a run that was killed as a whole removed by the next start', async () => {
    const { at, watch } = await begun();
    for (const role of ['collector', 'supervisor']) process.kill(watch.pidOf(role), 'SIGKILL');
    await watch.ended();
    const [instance] = watch.record.instances;
    expect(existsSync(instance!)).toBe(true);
    const next = await here.place.start('watch', at);
    expect(existsSync(instance!)).toBe(false);
    next.child.kill('SIGTERM');
    expect((await next.ended()).err).toContain(`From a run that was killed: removed trace instance ${instance}.`);
  });

  test('says how large its trace buffer is, and how full, by status and to programs', async () => {
    const { watch } = await begun(),
      source = (JSON.parse((await here.place.mapscope('status', '--json')).out) as Status).runs[0]!.agent.sources.find(
        ({ buffer }) => buffer,
      );
    expect(source).toMatchObject({ name: 'tracefs', state: 'ok', folios: 'tracepoints' });
    expect(source!.buffer!.bytes).toBeGreaterThanOrEqual(4 << 20);
    expect((await here.place.mapscope('status')).out).toMatch(/ {2}buffer {5}\d+ [KM]iB a CPU, \d+ % full, \d+ % at most/);
    watch.child.kill('SIGTERM');
    await watch.ended();
  });

  test('tells over its socket what its model claims of a file as of a mark, and whether anything came in between', async () => {
    const { at, watch } = await begun(),
      claims = (file: string, mark: string): Promise<Claims> => claimsOf(watch.record.socket, file, { mark }),
      marked = (file: string, mark: string): Promise<Claims> => {
        writeFileSync(join(watch.record.instances[0]!, 'trace_marker'), mark);
        return claims(file, mark);
      },
      // As many folios as the kernel has made.
      cached = ({ folios }: Claims): [states: string[], bytes: number] => [
        [...new Set(folios.map(({ state }) => state))],
        folios.reduce((sum, { length }) => sum + Number(length), 0),
      ];
    let files = 0;
    // With another file where somebody else's reclaim had it written back, or dropped, in between.
    await vi.waitFor(async () => {
      const name = `new${files++}`,
        file = join(at, name);
      writeFileSync(file, Buffer.alloc(3 * 4096, 1));
      const dirty = await marked(file, `${name} A`);
      expect(dirty).toMatchObject({
        file,
        size: '12288',
        extents: [{ offset: '0', length: '12288', type: 'DELALLOC', how: 'derived' }],
        told: { refreshes: 0 },
        model: { pid: watch.pidOf('server') },
      });
      expect(cached(dirty)).toEqual([['dirty'], 12_288]);
      expect((await marked(file, `${name} B`)).told).toEqual(dirty.told);
      expect((await runToEnd('sync', [file])).code).toBe(0);
      const clean = await marked(file, `${name} C`);
      expect(clean.told.events).toBeGreaterThan(dirty.told.events);
      expect(clean.extents).toMatchObject([{ offset: '0', length: '12288', type: 'MAPPED', how: 'observed' }]);
      expect(cached(clean)).toEqual([['clean'], 12_288]);
    }, WAIT);
    await expect(claims(join(at, 'new0'), 'never')).rejects.toThrow('has not been seen');
    watch.child.kill('SIGTERM');
    await watch.ended();
  });

  test('tells no extent that ends inside of a block, of a file that direct writes make longer, and asks nobody about it', async () => {
    const { at, watch } = await begun(),
      file = join(at, 'direct');
    const wrote = await runToEnd('dd', ['if=/dev/zero', `of=${file}`, 'bs=64k', 'count=40', 'oflag=direct']);
    expect(wrote.code, wrote.err).toBe(0);
    await vi.waitUntil(async () => (await claimsOf(watch.record.socket, file)).size === String(40 << 16), WAIT);
    const { extents, told } = await claimsOf(watch.record.socket, file);
    expect(extents.filter(({ offset }) => Number(offset) % 4096 !== 0)).toEqual([]);
    expect(told.refreshes).toBe(0);
    watch.child.kill('SIGTERM');
    await watch.ended();
  });

  test('asks nobody about a file whose birth it saw, however seldom it gets to run', async () => {
    const { at, watch } = await begun(),
      file = join(at, 'born'),
      collector = watch.pidOf('collector');
    process.kill(collector, 'SIGSTOP');
    writeFileSync(file, Buffer.alloc(3 * 4096, 1));
    for (let n = 0; n < 4; n++) {
      await sleep(600);
      process.kill(collector, 'SIGCONT');
      await sleep(1);
      process.kill(collector, 'SIGSTOP');
    }
    process.kill(collector, 'SIGCONT');
    const { size, told } = await claimsOf(watch.record.socket, file);
    expect([size, told.refreshes]).toEqual(['12288', 0]);
    watch.child.kill('SIGTERM');
    await watch.ended();
  });

  test('asks once of what was there', async () => {
    const { at } = mountLoop(undo, 'xfs'),
      file = join(at, 'there');
    // By another watch where somebody else's reclaim dropped the page in between.
    await vi.waitFor(
      async () => {
        writeFileSync(file, 'x');
        expect((await runToEnd('sync', [file])).code).toBe(0);
        const watch = await here.place.start('watch', at);
        try {
          const claims = await claimsOf(watch.record.socket, file);
          // When FIEMAP makes XFS read the file's records, that is observed as well.
          expect(claims.extents).toMatchObject([{ offset: '0', length: '4096', how: expect.stringMatching(/reported|observed/) }]);
          expect(claims.folios).toMatchObject([{ offset: '0', length: '4096', how: 'reported' }]);
          expect(claims.told.refreshes).toBeGreaterThan(0);
        } finally {
          watch.child.kill('SIGTERM');
          await watch.ended();
        }
      },
      { ...WAIT, timeout: 40_000 },
    );
  });

  test('follows files below a folder and single files, by whatever name, and nothing else', async () => {
    const { at } = mountLoop(undo, 'xfs'),
      inside = join(at, 'inside'),
      alone = join(at, 'alone');
    mkdirSync(inside);
    for (const file of [alone, join(at, 'other')]) writeFileSync(file, 'x');
    const { record, child, ended } = await here.place.start('watch', inside, alone),
      nameOf = async (file: string): Promise<string | undefined> => {
        try {
          return (await claimsOf(record.socket, file)).file;
        } catch (error) {
          expect(String(error)).toContain('is not watched');
          return undefined;
        }
      };
    const first = join(inside, 'new/first'),
      second = join(inside, 'new/second');
    mkdirSync(join(inside, 'new'));
    writeFileSync(first, 'x');
    expect(await nameOf(first)).toBe(first);
    renameSync(first, second);
    await vi.waitUntil(async () => (await nameOf(second)) === second, WAIT);
    // Its folder gets another name, and is followed by that.
    renameSync(join(inside, 'new'), join(inside, 'newer'));
    await vi.waitUntil(async () => (await nameOf(join(inside, 'newer/second'))) === join(inside, 'newer/second'), WAIT);
    writeFileSync(join(inside, 'newer/third'), 'x');
    await vi.waitUntil(async () => (await nameOf(join(inside, 'newer/third'))) === join(inside, 'newer/third'), WAIT);
    writeFileSync(join(at, 'aside'), 'xyz');
    renameSync(join(at, 'aside'), alone);
    await vi.waitUntil(async () => (await nameOf(alone)) === alone, WAIT);
    expect((await claimsOf(record.socket, alone)).size).toBe('3');
    expect(await nameOf(join(at, 'other'))).toBeUndefined();
    child.kill('SIGTERM');
    expect((await ended()).code).toBe(0);
  });

  test.each(['xfs', 'ext4'] as const)('tells nothing of files that are made in folders that it does not watch, on %s', async (type) => {
    const { at } = mountLoop(undo, type),
      inside = join(at, 'inside'),
      elsewhere = join(at, 'elsewhere');
    mkdirSync(inside);
    mkdirSync(elsewhere);
    const { record, child, ended } = await here.place.start('watch', inside, '--no-refresh'),
      recording = record.recording ?? '';
    for (let k = 0; k < 50; k++) writeFileSync(join(elsewhere, `other${k}`), Buffer.alloc(20_000));
    // A folder that has not been looked into yet when its file is made.
    mkdirSync(join(inside, 'new/deep'), { recursive: true });
    const file = join(inside, 'new/deep/file');
    writeFileSync(file, Buffer.alloc(20_000));
    await vi.waitUntil(async () => (await claimsOf(record.socket, file)).size === '20000', WAIT);
    const { folios, told } = await claimsOf(record.socket, file);
    expect([folios.map(({ how }) => how).every((how) => how !== 'reported'), told.refreshes]).toEqual([true, 0]);
    // The file, and the two folders before anybody has said that they are.
    await vi.waitFor(async () => {
      const { out } = await here.place.mapscope('stat', recording, '--json');
      expect((JSON.parse(out) as { inodes: number }).inodes).toBe(3);
    }, WAIT);
    child.kill('SIGTERM');
    expect((await ended()).code).toBe(0);
  });

  test('lets go of what is moved away from where it watches, and follows what comes there by the same names', async () => {
    const { at } = mountLoop(undo, 'xfs'),
      inside = join(at, 'inside'),
      deep = join(inside, 'new/deep');
    mkdirSync(deep, { recursive: true });
    for (const file of [join(inside, 'a'), join(deep, 'b')]) writeFileSync(file, 'x');
    const { record, child, ended } = await here.place.start('watch', inside),
      files = async (): Promise<string[]> =>
        ((await askOnce(record.socket, { files: true }, 5000)) as { files: string[] }).files
          .map((file) => relative(inside, file))
          .toSorted();
    expect(await files()).toEqual(['a', 'new/deep/b']);
    renameSync(join(inside, 'a'), join(at, 'a'));
    await vi.waitFor(async () => expect(await files()).toEqual(['new/deep/b']), WAIT);
    renameSync(join(inside, 'new'), join(at, 'new'));
    await vi.waitFor(async () => expect(await files()).toEqual([]), WAIT);
    mkdirSync(deep, { recursive: true });
    await vi.waitFor(async () => {
      writeFileSync(join(deep, 'c'), 'x');
      expect(await files()).toEqual(['new/deep/c']);
    }, WAIT);
    child.kill('SIGTERM');
    expect((await ended()).code).toBe(0);
  });

  test('lets go of a watched folder that is moved away, by its own name or that of one above, and follows the one that comes in its place', async () => {
    const { at } = mountLoop(undo, 'xfs'),
      inside = join(at, 'above/inside'),
      make = (name: string): void => {
        mkdirSync(join(inside, 'deep'), { recursive: true });
        writeFileSync(join(inside, 'deep', name), 'x');
      };
    make('a');
    const { record, child, ended } = await here.place.start('watch', inside),
      names = async (): Promise<string[]> =>
        ((await askOnce(record.socket, { files: true }, 5000)) as { files: string[] }).files
          .map((file) => relative(inside, file))
          .toSorted();
    expect(await names()).toEqual(['deep/a']);
    renameSync(join(at, 'above'), join(at, 'elsewhere'));
    await vi.waitFor(async () => expect(await names()).toEqual([]), WAIT);
    make('b');
    await vi.waitFor(async () => expect(await names()).toEqual(['deep/b']), WAIT);
    renameSync(inside, join(at, 'moved'));
    make('c');
    await vi.waitFor(async () => expect(await names()).toEqual(['deep/c']), WAIT);
    writeFileSync(join(inside, 'd'), 'x');
    await vi.waitFor(async () => expect(await names()).toEqual(['d', 'deep/c']), WAIT);
    child.kill('SIGTERM');
    expect((await ended()).code).toBe(0);
  });

  test.each(['xfs', 'btrfs'] as const)('follows a file of several links by one that is there, on %s', async (type) => {
    const { at } = mountLoop(undo, type),
      [first, second] = [join(at, 'first'), join(at, 'second')];
    writeFileSync(first, 'x');
    const { record, child, ended } = await here.place.start('watch', at),
      files = async (): Promise<unknown> => (await askOnce(record.socket, { files: true }, 5000))['files'];
    linkSync(first, second);
    await vi.waitFor(async () => expect(await files()).toEqual([second]), WAIT);
    rmSync(second);
    await vi.waitFor(async () => expect(await files()).toEqual([first]), WAIT);
    // It goes and comes back before anybody has noticed.
    renameSync(first, second);
    await sleep(40);
    renameSync(second, first);
    // As long as a name that is gone is waited for, and longer.
    await sleep(500);
    await vi.waitFor(async () => expect(await files()).toEqual([first]), WAIT);
    child.kill('SIGTERM');
    expect((await ended()).code).toBe(0);
  });

  test('takes what verify asks of the kernel for nobody’s work: on btrfs it would put in doubt what it asks about', async ({ skip }) => {
    const reason = noLoop('btrfs');
    if (reason !== undefined) skip(reason);
    const { at } = mountLoop(undo, 'btrfs'),
      file = join(at, 'asked'),
      { child, ended } = await here.place.start('watch', at);
    writeFileSync(file, Buffer.alloc(40_960, 1));
    expect((await runToEnd('sync', [file])).code).toBe(0);
    await vi.waitFor(async () => {
      const { out } = await here.place.mapscope('verify', file, '--json');
      expect(JSON.parse(out)).toMatchObject({ verdict: 'same', share: 1 });
    }, WAIT);
    child.kill('SIGTERM');
    expect((await ended()).code).toBe(0);
  });

  test('is not said to know too little of what it is about to ask: verify waits for that', async ({ skip }) => {
    const reason = noLoop('btrfs');
    if (reason !== undefined) skip(reason);
    const { at } = mountLoop(undo, 'btrfs'),
      file = join(at, 'dirty'),
      { child, ended } = await here.place.start('watch', at);
    for (let n = 1; n <= 3; n++) {
      writeFileSync(file, Buffer.alloc(n * 409_600, n));
      // It writes the file back itself, which puts all of it in doubt.
      expect(JSON.parse((await here.place.mapscope('verify', file, '--json')).out)).toMatchObject({ verdict: 'same', share: 1 });
    }
    child.kill('SIGTERM');
    expect((await ended()).code).toBe(0);
  });

  test('keeps nobody from unmounting what it watches', async () => {
    const { at, watch } = await begun();
    expect((await runToEnd('umount', [at])).code).toBe(0);
    watch.child.kill('SIGTERM');
    expect((await watch.ended()).code).toBe(0);
  });

  test('asks nobody because somebody else watches the same files: on btrfs two would ask for ever because of each other', async ({
    skip,
  }) => {
    const reason = noLoop('btrfs');
    if (reason !== undefined) skip(reason);
    const { at } = mountLoop(undo, 'btrfs'),
      file = join(at, 'a');
    writeFileSync(file, Buffer.alloc(100_000, 1));
    const runs = [await here.place.start('watch', at), await here.place.start('watch', at)],
      asked = async (): Promise<readonly number[]> =>
        Promise.all(
          runs.map(async ({ record }) => {
            const { model } = (await askOnce(record.socket, { status: true }, 5000)) as { model: { events: number } };
            return model.events;
          }),
        );
    appendFileSync(file, Buffer.alloc(100_000, 2));
    // It is written back before it can be quiet.
    expect((await runToEnd('sync', [file])).code).toBe(0);
    await vi.waitFor(
      async () => {
        const before = await asked();
        await sleep(1500);
        expect(await asked()).toEqual(before);
      },
      { timeout: 20_000 },
    );
    for (const { child, ended } of runs) {
      child.kill('SIGTERM');
      expect((await ended()).code).toBe(0);
    }
  });

  test('refuses to begin where too few files may be open', async () => {
    const small = openPlace(['prlimit', '--nofile=64']);
    try {
      const ended = await small.mapscope('watch', small.folder, '--json');
      expect(ended.code).toBe(1);
      expect(refusal(ended)).toMatchObject({ code: 'E_LIMIT', help: 'Allow more: ulimit -n 1024' });
    } finally {
      await small.close();
    }
  });

  test('refuses a path where nothing is', async () => {
    const ended = await here.place.mapscope('watch', '/nowhere/at/all', '--json');
    expect(ended.code).toBe(1);
    expect(refusal(ended)).toEqual({ code: 'E_FILE', message: '/nowhere/at/all does not exist', help: 'Name a file' });
  });

  test('refuses folders of the kernel itself: all that is below /proc was opened', async () => {
    const ended = await here.place.mapscope('watch', '/proc', '--json');
    expect([ended.code, refusal(ended).code]).toEqual([1, 'E_NOT_STORED']);
  });

  test('refuses a buffer that is more than half of the memory, before the kernel is asked for it', async () => {
    const ended = await here.place.mapscope('watch', '/etc', '--buffer', `${Math.ceil(totalmem() / 2 ** 30)}G`, '--json');
    expect([ended.code, refusal(ended)]).toMatchObject([1, { code: 'E_USAGE', message: expect.stringContaining('half of the memory') }]);
  });

  test('refuses a mount whose server does not answer, and waits no longer', async () => {
    const demo = await here.place.demo('--workload', 'none');
    process.kill(demo.pidOf('session'), 'SIGSTOP');
    try {
      const ended = await here.place.mapscope('watch', demo.mount, '--json');
      expect([ended.code, refusal(ended).code]).toEqual([1, 'E_TIMEOUT']);
    } finally {
      process.kill(demo.pidOf('session'), 'SIGCONT');
      demo.child.kill('SIGTERM');
      await demo.ended();
    }
  });

  test('refuses a folder with more files than are watched, and leaves nothing', async () => {
    const { at } = mountLoop(undo, 'xfs');
    mkdirSync(join(at, 'many'));
    for (let n = 0; n <= 10_000; n++) writeFileSync(join(at, 'many', String(n)), '');
    const ended = await here.place.mapscope('watch', at, '--port', '0', '--json');
    expect(ended.code).toBe(1);
    expect(refusal(ended).code).toBe('E_TOO_MANY');
    expect(here.place.runs()).toEqual([]);
  });
});

describe.skipIf(noRun !== undefined || !isRoot || !existsSync('/usr/bin/setpriv'))('mapscope watch of a plain user', () => {
  test('says the command that helps', async () => {
    const own = openPlace(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']);
    try {
      const ended = await own.mapscope('watch', '/etc/hostname', '--json');
      expect(ended.code).toBe(1);
      expect(refusal(ended)).toMatchObject({ code: 'E_PRIVILEGE', help: 'Run it as root: sudo npx mapscope watch /etc/hostname' });
    } finally {
      await own.close();
    }
  });
});
