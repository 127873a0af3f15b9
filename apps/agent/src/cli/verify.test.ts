import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { kernelDev } from '@mapscope/shared/units';
import { FileIdentities } from '../host/index.ts';
import { mapOf } from '../sources/fiemap/index.ts';
import { run } from '../sources/testing/live.ts';
import { mountLoop } from '../sources/testing/loops.ts';
import type { ShownVerified } from '../verify/index.ts';
import { type Ended, type Place, titled } from './testing/agent.ts';
import { claimsOf } from './testing/claims.ts';
import { setUpWatching } from './testing/watching.ts';

const here = await setUpWatching(),
  { undo } = here;

const verdicts = ({ out }: Ended): readonly ShownVerified[] =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ShownVerified);
const refusal = ({ code, out }: Ended): object => ({ code, error: (JSON.parse(out) as { error: object }).error });

/**
 * One process that writes 4 KiB of the file each millisecond, and waits for no I/O: a look of verify fits between two processes, and into one fsync. Answers,
 * once it has begun, what ends it and waits until it has closed the file, without which nothing is unmounted.
 */
async function keepWriting(file: string): Promise<() => Promise<void>> {
  const program = `
      const { openSync, writeSync } = require('node:fs'),
        file = openSync(process.argv[1], 'r+'),
        page = Buffer.alloc(4096, 1),
        rest = new Int32Array(new SharedArrayBuffer(4));
      for (let n = 0; ; n++) {
        writeSync(file, page, 0, 4096, (n % 16) * 4096);
        if (n === 0) writeSync(1, 'begun');
        Atomics.wait(rest, 0, 0, 1);
      }`,
    writer = spawn(process.execPath, ['-e', program, file], { stdio: ['ignore', 'pipe', 'inherit'] }),
    exit = once(writer, 'exit'),
    end = async (): Promise<void> => {
      writer.kill('SIGKILL');
      await exit;
    };
  undo.add(end);
  await once(writer.stdout, 'data');
  return end;
}

describe.each(['xfs', 'ext4'] as const)('mapscope verify', (type) => {
  const why = here.whyNot(type);
  describe.skipIf(why !== undefined)(titled(`of a watched ${type}`, why), { timeout: 90_000 }, () => {
    /** A file with holes, and what was written over it. */
    const begun = async (...words: string[]) => {
      const { at } = mountLoop(undo, type),
        file = join(at, 'file');
      run('xfs_io', '-f', '-c', 'pwrite -q 0 256k', '-c', 'pwrite -q 1m 64k', '-c', 'fsync', '-c', 'fadvise -d 0 0', file);
      const watch = await here.place.start('watch', at, ...words);
      return { at, file, watch };
    };
    const ended = async ({ child, ended }: Awaited<ReturnType<Place['start']>>): Promise<void> => {
      child.kill('SIGTERM');
      await ended();
    };

    test('says that what it draws is so, as the file is and once more written back, and how much of it events have told', async () => {
      const { at, file, watch } = await begun('--no-refresh'),
        fresh = join(at, 'new'),
        sparse = join(at, 'sparse');
      run('xfs_io', '-f', '-c', 'truncate 13k', sparse);
      run('xfs_io', '-c', 'pwrite -q 100k 30k', '-c', 'fpunch 1m 16k', '-c', 'falloc -k 2m 1m', file);
      run('xfs_io', '-f', '-c', 'pwrite -q 0 100k', '-c', 'pwrite -q 200k 5k', fresh);
      const answer = await here.place.mapscope('verify', '--seek', '--json'),
        found = verdicts(answer);
      expect(answer.code, answer.out).toBe(0);
      expect(Object.fromEntries(found.map(({ file: name, verdict }) => [name, verdict]))).toEqual({
        [file]: 'same',
        [fresh]: 'same',
        [sparse]: 'same',
      });
      expect(found[0]!.model).toMatchObject({ pid: watch.pidOf('server') });
      const ofNew = found.find(({ file: name }) => name === fresh)!;
      expect(ofNew).toMatchObject({
        differences: [],
        share: 1,
        known: { pages: { asked: '0', unknown: '0' } },
        synced: { differences: [] },
      });
      const ofOld = found.find(({ file: name }) => name === file)!;
      expect(Number(ofOld.known!.pages.asked)).toBeGreaterThan(0);
      const words = await here.place.mapscope('verify', file);
      expect(words.code).toBe(0);
      expect(words.out).toMatch(
        /^\S+ {2}same: \d+ bytes, the model of process \d+, \d+ rows of events, \d+ of refreshes\nKnown of its pages: 100\.00 %/,
      );
      await ended(watch);
    });

    test('knows all of a file that ends in a hole, and within a page', async () => {
      const { at, watch } = await begun(),
        files = ['born', 'there'].map((name) => join(at, name));
      run('xfs_io', '-f', '-c', 'truncate 5000', files[0]!);
      run('xfs_io', '-f', '-c', 'pwrite -q 0 4k', '-c', 'truncate 70k', files[1]!);
      await vi.waitFor(async () => {
        const answer = await here.place.mapscope('verify', '--json', ...files);
        expect(verdicts(answer)).toMatchObject([
          { verdict: 'same', share: 1 },
          { verdict: 'same', share: 1 },
        ]);
      }, WAIT);
      await ended(watch);
    });

    test('holds the blocks of dirty folios to what is written back, and to the bytes of the device', async () => {
      const { at, images } = mountLoop(undo, type, { blockSize: 1024 }),
        file = join(at, 'file'),
        watch = await here.place.start('watch', at, '--no-refresh');
      // Which blocks of a folio ext4 takes for dirty it does not tell of stores through mappings.
      const isTold = type === 'xfs',
        bytes = (n: number) => ({ bytes: String(n << 10) });
      /** Verifies a folio of 16 KiB of which one block is dirty; `meanwhile`: once it is on the disk. All anew, since who reclaims memory has it written back, or dropped. */
      const verified = async (meanwhile?: () => void) => {
        run('xfs_io', '-f', '-c', 'fadvise -d 0 0', '-c', 'pwrite -q -b 16k 0 16k', '-c', 'fsync', file);
        meanwhile?.();
        run('xfs_io', '-c', 'pwrite -q 1k 1k', file);
        const { code, out } = await here.place.mapscope('verify', file, '--json');
        return { code, verdict: JSON.parse(out) as ShownVerified };
      };
      await vi.waitFor(async () => {
        const { code, verdict } = await verified();
        expect(code).toBe(0);
        expect(verdict).toMatchObject({
          compared: { ...bytes(isTold ? 15 : 0), blocks: false },
          synced: { compared: { ...bytes(16), blocks: isTold } },
        });
      }, WAIT);
      const opened = openSync(file, 'r'),
        { extents } = await mapOf(opened),
        difference = [expect.objectContaining({ of: 'bytes', offset: '3072', length: '512' })];
      closeSync(opened);
      await vi.waitFor(async () => {
        // Something else than the file has comes to lie where it is.
        const { code, verdict } = await verified(() => run('xfs_io', '-c', `pwrite -q -S 0 ${extents.addr[0]! + 3072n} 512`, images[0]!));
        expect(code).toBe(1);
        expect([verdict.differences, verdict.synced!.differences]).toEqual([isTold ? difference : [], difference]);
      }, WAIT);
      await ended(watch);
    });

    test('says busy of a file that is written all the time', async () => {
      const { file, watch } = await begun(),
        end = await keepWriting(file),
        answer = await here.place.mapscope('verify', file, '--json');
      await end();
      expect([answer.code, verdicts(answer)[0]!.verdict]).toEqual([2, 'busy']);
      await ended(watch);
    });

    test('says that it knows too little when events were lost and nobody was asked', async () => {
      const { file, watch } = await begun('--no-refresh', '--buffer', '64K');
      run('xfs_io', '-c', 'pwrite -q -b 512 0 8m', file);
      const answer = await here.place.mapscope('verify', file, '--json');
      expect(answer.code, answer.out).toBe(3);
      expect(verdicts(answer)[0]).toMatchObject({ verdict: 'knows-too-little', differences: [], tries: 1 });
      await ended(watch);
    });

    test('compares a recording with the file as it is now', async () => {
      const { file, watch } = await begun(),
        recording = watch.recording!;
      run('xfs_io', '-c', 'pwrite -q 300k 50k', '-c', 'fsync', file);
      expect((await here.place.mapscope('verify', file)).code).toBe(0);
      await vi.waitFor(async () => {
        const same = await here.place.mapscope('verify', '--in', recording, file, '--json');
        expect([same.code, verdicts(same)[0]!.verdict]).toEqual([0, 'same']);
      }, WAIT);
      const kept = join(here.place.folder, 'kept');
      run('cp', '-r', recording, kept);
      await ended(watch);
      // Again where somebody else's reclaim has had it written back, or dropped.
      await vi.waitFor(async () => {
        run('xfs_io', '-c', 'fpunch 0 64k', '-c', 'pwrite -q 400k 4k', file);
        const changed = await here.place.mapscope('verify', '--in', kept, file, '--json');
        expect(changed.code).toBe(1);
        expect(verdicts(changed)[0]!.differences).toEqual(
          expect.arrayContaining([
            expect.objectContaining({
              of: 'map',
              offset: '0',
              length: '65536',
              kernel: expect.objectContaining({ type: 'HOLE' }) as object,
            }),
            { of: 'cache', offset: '409600', length: '4096', model: 'absent', kernel: 'dirty' },
          ]),
        );
      }, WAIT);
    });
  });
});

const whyXfs = here.whyNot('xfs');
describe.skipIf(whyXfs !== undefined)(titled('mapscope verify of a single watched file of XFS', whyXfs), { timeout: 90_000 }, () => {
  test('knows that others share its places, and no longer do, though nobody asked for them', async () => {
    const { at } = mountLoop(undo, 'xfs'),
      [file, other, third] = ['file', 'other', 'third'].map((name) => join(at, name)) as [string, string, string];
    run('xfs_io', '-f', '-c', 'pwrite -q 0 256k', '-c', 'fsync', file);
    run('cp', '--reflink=always', file, other);
    const watch = await here.place.start('watch', file, '--no-refresh'),
      verdict = async () => verdicts(await here.place.mapscope('verify', file, '--json'))[0];
    const same = { verdict: 'same', differences: [], excused: [] };
    run('xfs_io', '-f', '-c', `reflink ${file} 64k 0 64k`, '-c', 'fsync', third);
    expect(await verdict()).toMatchObject(same);
    run('xfs_io', '-c', 'pwrite -q 0 128k', '-c', 'fsync', other);
    expect(await verdict()).toMatchObject(same);
    run('rm', other, third);
    run('sync', '-f', at);
    // Removed files are freed behind the scenes.
    await vi.waitFor(async () => expect(await verdict()).toMatchObject(same), { timeout: 20_000, interval: 500 });
    watch.child.kill('SIGTERM');
    await watch.ended();
  });
});

const whyBtrfs = here.whyNot('btrfs');
describe.skipIf(whyBtrfs !== undefined)(titled('mapscope verify of a file of btrfs', whyBtrfs), { timeout: 90_000 }, () => {
  test('leaves nothing claimed of a small file that it has written back itself, into the tree', async () => {
    const { at } = mountLoop(undo, 'btrfs'),
      watch = await here.place.start('watch', at, '--no-refresh');
    const typesOf = async (file: string): Promise<readonly string[]> => {
      const fd = openSync(file, 'r'),
        { filesystem, root } = new FileIdentities().of(fd, file);
      closeSync(fd);
      const { extents } = await claimsOf(watch.record.socket, file, { dev: kernelDev(filesystem.device), root: String(root) });
      return extents.map(({ type }) => type);
    };
    let n = 0;
    await vi.waitFor(async () => {
      // Another one each time, since somebody else may have it written back, and it is asked for once.
      const file = join(at, `small-${++n}`);
      writeFileSync(file, 'x'.repeat(100));
      await vi.waitFor(async () => expect(await typesOf(file)).toEqual(['DELALLOC']), { timeout: 2000, interval: 20 });
      const { out } = await here.place.mapscope('verify', file, '--json');
      expect(verdicts({ out } as Ended)[0]).toMatchObject({ differences: [], synced: { differences: [] } });
      expect(await typesOf(file)).toEqual(['UNKNOWN']);
    }, WAIT);
    watch.child.kill('SIGTERM');
    await watch.ended();
  });

  test.each([
    ['asked for again', [], ''],
    ['left open where nobody asks', ['--no-refresh'], 'SHARING_UNKNOWN'],
  ] as const)('excuses nothing when another file gives up what both share: whether this one is shared is %s', async (_, words, then) => {
    const { at } = mountLoop(undo, 'btrfs', { mount: 'commit=1' }),
      [file, other] = ['file', 'other'].map((name) => join(at, name)) as [string, string];
    run('xfs_io', '-f', '-c', 'pwrite -q 0 256k', '-c', 'fsync', file);
    run('cp', '--reflink=always', file, other);
    run('sync', '-f', at);
    const fd = openSync(file, 'r'),
      { filesystem, root } = new FileIdentities().of(fd, file);
    // Open and not cached: a page that is dropped, or a file that leaves memory, as happens when others want some, puts all of it in doubt.
    undo.add(() => closeSync(fd));
    run('xfs_io', '-c', 'fadvise -d 0 0', file);
    const watch = await here.place.start('watch', file, ...words),
      sharing = async (): Promise<unknown> => {
        const { extents } = await claimsOf(watch.record.socket, file, { dev: kernelDev(filesystem.device), root: String(root) });
        return extents.map(({ type, flags }) => `${type} ${flags.filter((flag) => flag.startsWith('SHAR')).join()}`);
      },
      isTrue = async (): Promise<void> =>
        expect(verdicts(await here.place.mapscope('verify', file, '--json'))[0]).toMatchObject({ differences: [], excused: [] });
    await vi.waitFor(async () => expect(await sharing()).toEqual(['MAPPED SHARED']), WAIT);
    run('rm', other);
    run('sync', '-f', at);
    await vi.waitFor(async () => expect(await sharing()).toEqual([`MAPPED ${then}`]), WAIT);
    await isTrue();
    watch.child.kill('SIGTERM');
    await watch.ended();
  });
});

const noWatch = here.whyNot('xfs');
/** A command that starts, asks and ends takes a while where others run. */
const WAIT = { timeout: 20_000, interval: 200 };
describe.skipIf(noWatch !== undefined)(titled('mapscope verify without a name', noWatch), { timeout: 60_000 }, () => {
  test('says that there is nothing to compare where no watched file has a map, and which it leaves out', async () => {
    const { at } = mountLoop(undo, 'xfs'),
      demo = await here.place.demo('--workload', 'none'),
      watch = await here.place.start('watch', at, demo.mount);
    writeFileSync(join(demo.mount, 'plain/a'), 'x');
    await vi.waitFor(
      async () =>
        expect(refusal(await here.place.mapscope('verify', '--json'))).toEqual({
          code: 4,
          error: {
            code: 'E_NOTHING_TO_COMPARE',
            message: 'no file that is watched can be compared with the kernel: it has no map of the 1 on FUSE mounts',
            help: 'Watch a file on ext4, XFS or btrfs',
          },
        }),
      WAIT,
    );
    writeFileSync(join(at, 'a'), 'x');
    await vi.waitFor(async () => expect((await here.place.mapscope('verify')).out).toContain(`${join(at, 'a')}  same`), WAIT);
    expect((await here.place.mapscope('verify')).out).toContain('Left out: 1 on FUSE mounts, of which the kernel has no map.');
    watch.child.kill('SIGTERM');
    await watch.ended();
    demo.child.kill('SIGTERM');
    await demo.ended();
  });
});

describe('mapscope verify refuses', () => {
  test('what it cannot compare, in one sentence, and with another number than a verdict', async () => {
    const plain = join(here.place.folder, 'plain');
    writeFileSync(plain, '');
    expect(refusal(await here.place.mapscope('verify', plain, '--json'))).toMatchObject({
      code: 4,
      error: { code: 'E_NOTHING_WATCHED', message: 'no file is watched here' },
    });
    expect(refusal(await here.place.mapscope('verify', '--in', plain, plain, '--json'))).toMatchObject({
      code: 4,
      error: { code: 'E_RECORDING' },
    });
    expect(refusal(await here.place.mapscope('verify', '--in', join(here.place.folder, 'none'), '--json'))).toMatchObject({ code: 4 });
  });
});
