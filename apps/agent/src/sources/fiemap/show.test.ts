import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fallocate, mount, umount } from '@mapscope/native';
import { mountOf } from '../../host/index.ts';
import { run, Undo, undisturbed } from '../testing/live.ts';
import { type LoopMount, type LoopOptions, mountLoop, noLoop, type OnLoop } from '../testing/loops.ts';
import type { ShownRange } from './ranges.ts';
import { showByFiemap, type ShownFile } from './show.ts';

const undo = new Undo();
let folder: string;
beforeEach(() => void (folder = undo.folder('fiemap')));
afterEach(() => undo.release());

const KEEP_SIZE = 1;
const M = 1 << 20;

/** 300 KiB of data, a hole, data again, preallocated space, and a hole at the end that the size reaches into; behind it space that is only kept. */
function makeFile(file: string): void {
  const fd = openSync(file, 'w');
  writeSync(fd, randomBytes(300_000), 0, 300_000, 0);
  writeSync(fd, randomBytes(5000), 0, 5000, M);
  expect(fallocate(fd, 0, BigInt(2 * M), 65_536n)).toBe(0);
  truncateSync(file, 5 * M);
  expect(fallocate(fd, KEEP_SIZE, BigInt(8 * M), 65_536n)).toBe(0);
  fsyncSync(fd);
  closeSync(fd);
}

function readAt(path: string, at: bigint, length: number): Buffer {
  const fd = openSync(path, 'r'),
    into = Buffer.alloc(length);
  try {
    readSync(fd, into, 0, length, at);
    return into;
  } finally {
    closeSync(fd);
  }
}

/** All places of a range. */
const placesOf = ({ device, addr, copies }: ShownRange): { device: string | null; addr: string }[] =>
  copies ? [...copies] : [{ device, addr: addr! }];

/** Holds every extent, in all its places, against the bytes of the device; answers the types in order. */
function compare({ file, size, extents }: ShownFile): string[] {
  let at = 0n;
  for (const extent of extents) {
    expect(BigInt(extent.offset), 'no overlap').toBeGreaterThanOrEqual(at);
    if (at < BigInt(size)) expect(BigInt(extent.offset), 'no gap').toBe(at);
    at = BigInt(extent.offset) + BigInt(extent.length);
    const to = at < BigInt(size) ? at : BigInt(size),
      length = Number(to - BigInt(extent.offset));
    if (length <= 0) continue;
    const bytes = readAt(file, BigInt(extent.offset), length);
    if (extent.type !== 'MAPPED') expect(bytes.equals(Buffer.alloc(length)), `${extent.type} at ${extent.offset}`).toBe(true);
    else
      for (const { device, addr } of placesOf(extent))
        expect(bytes.equals(readAt(device!, BigInt(addr), length)), `${extent.type} at ${extent.offset}, ${device} ${addr}`).toBe(true);
  }
  expect(at >= BigInt(size)).toBe(true);
  return extents.map(({ type }) => type);
}

interface Kind {
  readonly type: OnLoop;
  readonly named: string;
  readonly options: LoopOptions;
  readonly copies: number;
}
const kind = (type: OnLoop, named: string, options: LoopOptions, copies = 1): Kind => ({ type, named, options, copies });
const onBtrfs = (profile: string, devices: number, copies: number): Kind =>
  kind('btrfs', `btrfs, ${profile}`, { devices, bytes: 256 * M, make: ['-d', profile] }, copies);
const kinds = [
  kind('ext4', 'ext4 with blocks of 1 KiB', { blockSize: 1024 }),
  kind('ext4', 'ext4 with blocks of 4 KiB', { blockSize: 4096 }),
  kind('xfs', 'XFS with blocks of 1 KiB', { blockSize: 1024 }),
  kind('xfs', 'XFS with blocks of 4 KiB', { blockSize: 4096 }),
  onBtrfs('single', 1, 1),
  onBtrfs('dup', 1, 2),
  onBtrfs('raid0', 2, 1),
  onBtrfs('raid1', 2, 2),
  onBtrfs('raid1c3', 3, 3),
  onBtrfs('raid10', 4, 2),
];

for (const { type, named, options, copies } of kinds) {
  const why = noLoop(type);
  describe.skipIf(why !== undefined)(`showByFiemap on ${named}${why ? ` (skipped: ${why})` : ''}`, () => {
    test('gives the device bytes of every extent, and holes, unwritten and kept space by their names', async () => {
      const { loops, at } = mountLoop(undo, type, options),
        file = join(at, 'a');
      makeFile(file);
      run('sync', '-f', at);
      const shown = await showByFiemap(file);
      expect(new Set(compare(shown))).toEqual(new Set(['MAPPED', 'HOLE', 'UNWRITTEN']));
      for (const extent of shown.extents.filter(({ type }) => type === 'MAPPED'))
        expect(new Set(placesOf(extent).map(({ device }) => device)).size).toBe(loops.length === 1 ? 1 : copies);
      expect(shown.extents.some((extent) => placesOf(extent).length === copies)).toBe(true);
      const kept = shown.extents.filter(({ past_eof }) => past_eof !== undefined);
      expect(kept.map(({ type, length, past_eof }) => [type, length === past_eof])).toEqual([['UNWRITTEN', true]]);
      expect(shown.notes).toEqual([]);
      if (type === 'ext4') return;
      const clone = join(at, 'clone');
      run('cp', '--reflink=always', file, clone);
      run('sync', '-f', at);
      const shared = await showByFiemap(clone);
      compare(shared);
      expect(shared.extents.find(({ type }) => type === 'MAPPED')!.flags).toContain('SHARED');
    });

    test('leaves bytes that wait for a place alone, and asks for one only with sync', async () => {
      const { at } = mountLoop(undo, type, options);
      const { file, first } = await undisturbed('bytes still waited when they were shown twice', async (time) => {
        const file = join(at, `a${time}`);
        writeFileSync(file, randomBytes(40_960));
        const [[first], [second]] = [(await showByFiemap(file)).extents, (await showByFiemap(file)).extents];
        return second!.type === 'DELALLOC' ? { file, first: first! } : undefined;
      });
      expect([first.type, first.addr, first.device, first.flags.includes('UNKNOWN')]).toEqual(['DELALLOC', null, null, true]);
      expect((await showByFiemap(file, { sync: true })).extents[0]!.type).toBe('MAPPED');
      compare(await showByFiemap(file));
    });
  });
}

const noBtrfs = noLoop('btrfs');
describe.skipIf(noBtrfs !== undefined)(`showByFiemap on btrfs${noBtrfs ? ` (skipped: ${noBtrfs})` : ''}`, () => {
  const made = (options: LoopOptions): LoopMount => mountLoop(undo, 'btrfs', { bytes: 256 * M, ...options });

  test('says that compressed bytes are not read from their place as they are', async () => {
    const { loop, at } = made({ mount: 'compress-force=zstd' }),
      file = join(at, 'a');
    writeFileSync(file, 'mapscope '.repeat(50_000));
    run('sync', '-f', at);
    const { extents } = await showByFiemap(file);
    expect(extents.every(({ type, flags, device }) => type === 'MAPPED' && flags.includes('ENCODED') && device === loop)).toBe(true);
    expect(extents.reduce((sum, { length }) => sum + Number(length), 0)).toBeGreaterThanOrEqual(450_000);
  });

  test('says that a small file is stored with its inode', async () => {
    const { at } = made({}),
      file = join(at, 'a');
    writeFileSync(file, 'mapscope');
    run('sync', '-f', at);
    expect((await showByFiemap(file)).extents).toMatchObject([
      { type: 'INLINE', addr: null, flags: ['LAST', 'NOT_ALIGNED', 'DATA_INLINE'] },
    ]);
  });

  test('shows logical addresses as such where arithmetic does not lead to a device, and says why', async () => {
    const { at } = made({ devices: 3, make: ['-d', 'raid5'] }),
      file = join(at, 'a');
    writeFileSync(file, randomBytes(100_000));
    run('sync', '-f', at);
    const { extents, notes } = await showByFiemap(file);
    expect(extents).toMatchObject([{ type: 'MAPPED', device: null, addr_is: 'logical' }]);
    expect(BigInt(extents[0]!.addr!)).toBeGreaterThan(0n);
    expect(notes).toEqual(['Addresses are logical: their chunk is DATA|RAID5, which arithmetic does not follow.']);
  });

  test('tells two subvolumes apart in which one inode number is two files', async () => {
    const { at } = made({}),
      files = ['one', 'two'].map((name) => join(at, name, 'a'));
    for (const file of files) {
      run('btrfs', 'subvolume', 'create', join(file, '..'));
      writeFileSync(file, randomBytes(50_000));
    }
    run('sync', '-f', at);
    const shown = await Promise.all(files.map((file) => showByFiemap(file))),
      [one, two] = shown.map(({ identity }) => identity);
    expect([one!.ino, one!.device]).toEqual([two!.ino, two!.device]);
    expect(one!.root).not.toBe(two!.root);
    for (const each of shown) compare(each);
  });

  test('follows a balance that moves everything', async () => {
    const { at } = made({ devices: 2, make: ['-d', 'single', '-m', 'single'] }),
      file = join(at, 'a');
    writeFileSync(file, randomBytes(200_000));
    run('sync', '-f', at);
    const before = await showByFiemap(file);
    run('btrfs', 'balance', 'start', '-dconvert=raid1', at);
    const after = await showByFiemap(file);
    compare(after);
    expect([before.extents[0]!.copies, after.extents[0]!.copies?.length]).toEqual([undefined, 2]);
  });
});

const noExt4 = noLoop('ext4');
describe.skipIf(noExt4 !== undefined)(`showByFiemap on ext4${noExt4 ? ` (skipped: ${noExt4})` : ''}`, () => {
  test('says that inline data is stored with its inode', async () => {
    const { at } = mountLoop(undo, 'ext4', { make: ['-O', 'inline_data'] }),
      file = join(at, 'a');
    writeFileSync(file, 'mapscope');
    run('sync', '-f', at);
    expect((await showByFiemap(file)).extents).toMatchObject([{ type: 'INLINE', addr: null }]);
  });

  test('shows a file of more than 200,000 extents whole, or up to where it was told to', async () => {
    const { at } = mountLoop(undo, 'ext4', { blockSize: 1024, bytes: 1024 * M }),
      file = join(at, 'a'),
      fd = openSync(file, 'w'),
      block = Buffer.alloc(1024, 7);
    for (let i = 0; i < 200_001; i++) writeSync(fd, block, 0, 1024, 2048 * i);
    fsyncSync(fd);
    closeSync(fd);
    const { extents, notes } = await showByFiemap(file);
    expect([extents.filter(({ type }) => type === 'MAPPED').length, extents.length, notes]).toEqual([200_001, 400_001, []]);
    const some = await showByFiemap(file, { most: 1000 });
    expect(some.extents.filter(({ type }) => type === 'MAPPED').length).toBe(1000);
    expect(some.notes).toEqual([expect.stringMatching(/^It has more than 1000 extents: those behind byte \d+ are left out\.$/)]);
  });
});

describe('showByFiemap', () => {
  const why = (file: string): Promise<string> =>
    showByFiemap(file).then(
      () => 'shown',
      (error: unknown) => (error instanceof Error ? error.message : ''),
    );

  test('says what is wrong with a file that it cannot show', async () => {
    expect(await why(join(folder, 'nothing'))).toBe(`${folder}/nothing does not exist`);
    expect(await why(folder)).toBe(`${folder} is not a regular file`);
    expect(await why('/dev/null')).toBe('/dev/null is not a regular file');
    expect(await why('/proc/self/status')).toBe('/proc/self/status lies on a filesystem without FIEMAP');
  });

  test.skipIf(process.getuid?.() !== 0)('says of a file on an overlay where to look instead', async () => {
    const at = undo.folder('overlay', '/dev/shm'),
      [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) => join(at, name));
    for (const path of [lower, upper, work, merged]) mkdirSync(path!);
    if (mount('overlay', merged!, 'overlay', 0, `lowerdir=${lower},upperdir=${upper},workdir=${work}`) < 0) return;
    undo.add(() => umount(merged!, { detach: true }));
    writeFileSync(join(merged!, 'a'), 'x');
    await expect(showByFiemap(join(merged!, 'a'))).rejects.toMatchObject({
      problem: { code: 'E_OVERLAY', help: `Name the file in its layer: ${upper}, when it has been written to.` },
    });
  });

  test('gives nothing but its size of an empty file', async ({ skip }) => {
    if ((await mountOf('/tmp'))?.type !== 'ext4') skip('/tmp is not on ext4');
    const file = join(folder, 'd');
    closeSync(openSync(file, 'w'));
    expect(await showByFiemap(file)).toMatchObject({ file, size: '0', extents: [], layouts: [], notes: [] });
  });
});
