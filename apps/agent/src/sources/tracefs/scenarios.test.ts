import { closeSync, existsSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { run, Undo } from '../testing/live.ts';
import { type LoopOptions, mountLoop, noLoop, type OnLoop } from '../testing/loops.ts';
import { heapOf, Kind, MapType } from '@mapscope/shared/trace';
import { utf8Text } from '@mapscope/shared/units';
import { ExtentFlag, MapFlag } from '@mapscope/shared/wire';
import { noAgreement, Traced } from './testing/traced.ts';
import { noWork, Workbench } from './testing/workbench.ts';

/* What random work has found, or finds too seldom. Nothing is ever asked for these models. */

const undo = new Undo(),
  place = await undo.tracefs();
await undo.release();
afterEach(() => undo.release());

const whyNot = (type: OnLoop): string | undefined => (place.path === null ? place.why : (noLoop(type) ?? noWork()));

/** A fresh filesystem that is traced; `io` runs `xfs_io` on a file of it, a word a command. */
async function begun(type: OnLoop, blockSize = 4096, more: LoopOptions = {}) {
  const tracefs = await undo.tracefs(),
    mount = mountLoop(undo, type, { blockSize, ...more }),
    traced = await Traced.start(undo, tracefs as { path: string }, type, mount, blockSize);
  return {
    mount,
    traced,
    path: (file: string): string => join(mount.at, file),
    io: (file: string, ...commands: string[]): void =>
      void run('xfs_io', '-f', ...commands.flatMap((it) => ['-c', it]), join(mount.at, file)),
    /** What is wrong of some files, and the share of their pages whose map and cache are known. */
    found: async (...files: string[]) => {
      const found = noAgreement();
      for (const file of files) expect(await traced.compare(join(mount.at, file), found)).toBeDefined();
      return { wrong: found.wrong, map: found.map.known / found.map.all, cache: found.cache.known / found.cache.all };
    },
  };
}
type Io = Awaited<ReturnType<typeof begun>>['io'];
const allIsSo = { wrong: [], map: 1, cache: 1 };

const whyXfs = whyNot('xfs');
describe.skipIf(whyXfs !== undefined)(`a model of XFS that lives on tracepoints alone${whyXfs ? ` (skipped: ${whyXfs})` : ''}`, () => {
  test.each([
    ['a hole is punched into the middle', 'fpunch 64k 16k'],
    ['a range before it collapses', 'fcollapse 4k 8k'],
    ['room is made in the middle', 'finsert 64k 8k'],
    ['other storage is put into the middle', 'reflink OTHER 0 64k 16k'],
  ])('knows what is shared when %s', async (_, change) => {
    const { io, found, path, traced } = await begun('xfs');
    io('other', 'pwrite -q 0 16k', 'fsync');
    io('source', 'pwrite -q 0 256k', 'fsync');
    io('clone', 'pwrite -q 0 16k', `reflink ${path('source')} 32k 16k 200k`, 'fsync', change.replace('OTHER', path('other')));
    expect(await found('source', 'clone', 'other')).toEqual(allIsSo);
    const shared = traced
      .fileOf(path('clone'))!
      .data.list()
      .filter(({ flags }) => (flags & MapFlag.SHARED) !== 0);
    expect(shared.length).toBeGreaterThan(0);
  });

  test('keeps a folio whole that was dirty when its file was cut within it, and is written back by that: the file may grow over the rest of it again', async () => {
    const { io, found } = await begun('xfs');
    // Once in one call, once by pages that come after the cut. Nothing of either was on the disk.
    io('cut', 'pwrite -q -b 64k 0 64k', 'truncate 50000', 'truncate 200k');
    io('again', 'falloc 0 1m', 'pwrite -q -b 64k 0 64k', 'fsync', 'pwrite -q -b 64k 64k 64k', 'truncate 100001', 'pwrite -q 180k 4k');
    expect(await found('cut', 'again')).toEqual(allIsSo);
  });

  test.each([
    ['writes over it', (io: Io) => io('clone', 'pwrite -q 64k 32k', 'fsync')],
    ['is cut', (io: Io) => io('clone', 'truncate 100k', 'fsync')],
    ['frees the middle', (io: Io) => io('clone', 'fpunch 64k 16k')],
    ['is removed', (io: Io, path: (file: string) => string) => (io('clone', 'fsync'), rmSync(path('clone')), run('sync', '-f', path('.')))],
    ['moves it, and then writes over it', (io: Io) => io('clone', 'fcollapse 4k 8k', 'pwrite -q 64k 32k', 'fsync')],
  ])('knows what is shared no longer when the other file %s', async (_, change) => {
    const { io, found, path, traced } = await begun('xfs');
    io('source', 'pwrite -q 0 256k', 'fsync');
    io('clone', `reflink ${path('source')}`, 'fsync');
    io('third', `reflink ${path('source')} 0 0 72k`, 'fsync');
    io('source', 'finsert 16k 8k', 'fsync');
    change(io, path);
    const files = ['source', 'third', 'clone'].filter((file) => existsSync(path(file)));
    expect(await found(...files)).toEqual(allIsSo);
    const flags = traced
      .fileOf(path('source'))!
      .data.list()
      .filter(({ type }) => type === MapType.MAPPED)
      .map((it) => it.flags & MapFlag.SHARED);
    expect(new Set(flags)).toEqual(new Set([0, MapFlag.SHARED]));
  });

  test('knows what is shared when a file gets a place again that it had elsewhere', async () => {
    const { io, found, path } = await begun('xfs');
    io('source', 'pwrite -q 0 256k', 'fsync');
    io('clone', `reflink ${path('source')}`, 'fsync');
    io('source', 'finsert 16k 8k', 'fsync');
    io('clone', `reflink ${path('source')}`, 'fsync');
    expect(await found('source', 'clone')).toEqual(allIsSo);
  });

  test('says of no file where it lies once the filesystem has shut itself down', async () => {
    const { io, found, traced, mount } = await begun('xfs');
    io('file', 'pwrite -q 0 64k', 'fsync', 'pwrite -q 100k 64k');
    expect(await found('file')).toEqual(allIsSo);
    expect(traced.placed()).toHaveLength(1);
    run('xfs_io', '-x', '-c', 'shutdown', mount.at);
    await traced.settled();
    expect(traced.placed()).toEqual([]);
    const marks = [...traced.rows(Kind.mark)].map(([frame, i]) => utf8Text(heapOf(frame, i)));
    expect(marks).toContainEqual(expect.stringMatching(/^the filesystem on device \d+:\d+ has shut itself down$/));
  });

  const blocks = process.env['MAPSCOPE_LONG'] === '1' ? 210_000 : 20_000;
  test(`holds a file of ${blocks} extents`, { timeout: 300_000 }, async () => {
    const { found, path, traced, io } = await begun('xfs', 1024, { bytes: 2 ** 31 });
    const bench = new Workbench(undo),
      atOnce = 5000;
    // No more at once than the trace's buffers hold.
    for (let first = 0; first < blocks; first += atOnce) {
      await bench.run(bench.acts, ['comb', path('comb'), '1024', String(first), String(atOnce)], '', '/');
      await traced.settled();
    }
    expect(traced.lost).toBe(0n);
    expect((await found('comb')).wrong).toEqual([]);
    expect(
      traced
        .fileOf(path('comb'))!
        .data.list()
        .filter(({ type }) => type === MapType.MAPPED).length,
    ).toBe(blocks);
    io('comb', 'fpunch 10m 1m', 'pwrite -q 15m 64k', `truncate ${2 * blocks - 4000}k`, 'fsync');
    expect(await found('comb')).toEqual(allIsSo);
  });
});

const whyExt4 = whyNot('ext4');
describe.skipIf(whyExt4 !== undefined)(`a model of ext4 that lives on tracepoints alone${whyExt4 ? ` (skipped: ${whyExt4})` : ''}`, () => {
  test('knows what stays dirty when a commit writes what has a place: pages of which a part waits for one, and pages of which all does', async () => {
    const { io, found } = await begun('ext4', 1024);
    io('ordered', 'pwrite -q 0 5k', 'fsync');
    // The end of the last block is zeroed, and is data of the transaction; the rest waits.
    io('ordered', 'truncate 4600', 'pwrite -q 6k 1k', 'pwrite -q 20k 30k');
    io('other', 'pwrite -q 0 4k', 'fsync');
    expect(await found('ordered', 'other')).toEqual(allIsSo);
  });

  test('knows that a folio is written whole of which a part is to be', async () => {
    const { io, found } = await begun('ext4');
    io('file', 'pwrite -q -b 64k 0 192k', 'sync_range -w -a 76k 4k', 'sync_range -w -a 180k 4k');
    expect(await found('file')).toEqual(allIsSo);
  });
});

const whyBtrfs = whyNot('btrfs');
describe.skipIf(whyBtrfs !== undefined)(`a model of btrfs that FIEMAP told of a file${whyBtrfs ? ` (skipped: ${whyBtrfs})` : ''}`, () => {
  /** One file of 256 KiB among as many others as make a tree of several levels; `sharing` says of each of its extents whether it is shared, where that is known. */
  const told = async (others = 0) => {
    const { io, traced, path, mount, found } = await begun('btrfs', 4096, { mount: 'commit=1' });
    for (let n = 0; n < others; n++) writeFileSync(path(`other${n}`), Buffer.alloc(3000, n));
    io('file', 'pwrite -q 0 256k', 'fsync');
    run('sync', '-f', mount.at);
    const file = path('file'),
      fd = openSync(file, 'r');
    undo.add(() => closeSync(fd));
    // A page that is dropped, or a file that leaves memory, as happens when others want some, would put all of it in doubt.
    io('file', 'fadvise -d 0 0');
    const sharing = async (): Promise<(boolean | 'unknown')[]> => {
      await traced.settled();
      const placed = traced.fileOf(file)!.data.list(0n, 1n << 18n);
      expect(placed.map(({ type }) => type)).toEqual(placed.map(() => MapType.MAPPED));
      return placed.map(({ flags }) => ((flags & ExtentFlag.SHARING_UNKNOWN) === 0 ? (flags & MapFlag.SHARED) !== 0 : 'unknown'));
    };
    const seeded = async (): Promise<unknown> => {
      await traced.seed(file);
      return sharing();
    };
    return { io, path, mount, file, sharing, seeded, isTrue: async () => expect((await found('file')).wrong).toEqual([]) };
  };
  const SOON = { timeout: 30_000, interval: 100 };

  test(
    'does not know any more whether it is shared when a file that shares it is written to, or removed',
    { timeout: 90_000 },
    async () => {
      const { io, path, mount, file, sharing, seeded, isTrue } = await told();
      for (const change of [
        () => io('clone', 'pwrite -q 0 256k', 'fsync'),
        () => (rmSync(path('clone')), run('sync', '-f', mount.at)),
        () => io('clone', 'truncate 0', 'fsync'),
      ]) {
        rmSync(path('clone'), { force: true });
        run('cp', '--reflink=always', file, path('clone'));
        run('sync', '-f', mount.at);
        await vi.waitFor(async () => expect(await seeded()).toEqual([true]), SOON);
        await isTrue();
        change();
        await vi.waitFor(async () => expect(await sharing()).toEqual(['unknown']), SOON);
        await isTrue();
        expect(await seeded()).toEqual([false]);
      }
    },
  );

  test('does not know any more whether it is shared when a third file comes to share what the other one had of it', async () => {
    const { io, path, mount, file, sharing, seeded, isTrue } = await told();
    run('cp', '--reflink=always', file, path('clone'));
    run('sync', '-f', mount.at);
    expect(await seeded()).toEqual([true]);
    io('third', `reflink ${path('clone')} 0 0 64k`, 'fsync');
    expect(await sharing()).toEqual(['unknown']);
    await isTrue();
  });

  test('knows on what nobody else touches, whatever other files are made, written and removed', async () => {
    const { io, path, mount, sharing, seeded } = await told(500);
    expect(await seeded()).toEqual([false]);
    for (let n = 0; n < 500; n++) writeFileSync(path(`new${n}`), Buffer.alloc(5000, n));
    for (let n = 0; n < 500; n += 3) rmSync(path(`other${n}`));
    io('other1', 'pwrite -q 0 1m', 'fsync');
    run('sync', '-f', mount.at);
    expect(await sharing()).toEqual([false]);
  });

  test.each([0, 3000])(
    'does not know any more whether it is shared when a snapshot comes or goes, in a tree of %i other files',
    { timeout: 120_000 },
    async (others) => {
      const { path, mount, sharing, seeded, isTrue } = await told(others);
      expect(await seeded()).toEqual([false]);
      run('btrfs', 'subvolume', 'snapshot', mount.at, path('snapshot'));
      expect(await sharing()).toEqual(['unknown']);
      await isTrue();
      run('sync', '-f', mount.at);
      expect(await seeded()).toEqual([true]);
      run('btrfs', 'subvolume', 'delete', path('snapshot'));
      await vi.waitFor(async () => {
        expect(await sharing()).toEqual(['unknown']);
        expect(await seeded()).toEqual([false]);
      }, SOON);
      await isTrue();
    },
  );
});

describe.each(['xfs', 'ext4'] as const)('the addresses of a model', (type) => {
  const why = whyNot(type);
  test.skipIf(why !== undefined)(`lead on a device of ${type} to the bytes of the file${why ? ` (skipped: ${why})` : ''}`, async () => {
    const { io, traced, path, mount } = await begun(type);
    io('file', 'pwrite -q -S 0x11 0 100k', 'pwrite -q -S 0x22 300k 50k', 'pwrite -q -S 0x33 40k 8k', 'fsync', 'fpunch 8k 8k', 'fsync');
    await traced.settled();
    run('sync', '-f', mount.at);
    const placed = traced
        .fileOf(path('file'))!
        .data.list()
        .filter((it) => it.type === MapType.MAPPED),
      ofFile = openSync(path('file'), 'r'),
      ofDevice = openSync(mount.loop, 'r');
    try {
      for (const { from, to, addr } of placed) {
        const length = Math.min(Number(to), 350 << 10) - Number(from),
          [a, b] = [Buffer.alloc(length), Buffer.alloc(length)];
        readSync(ofFile, a, 0, length, Number(from));
        readSync(ofDevice, b, 0, length, Number(addr));
        expect(a.equals(b), `${length} bytes at ${from}`).toBe(true);
      }
    } finally {
      closeSync(ofFile);
      closeSync(ofDevice);
    }
    expect(placed.length).toBeGreaterThan(1);
  });
});
