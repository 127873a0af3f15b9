import { closeSync, mkdtempSync, openSync, rmSync, statfsSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { isFlaw } from '@mapscope/shared/units';
import { fiemap as fiemapHead, fiemapExtent, fsmap as fsmapRecord, fsmapHead } from '@mapscope/shared/wire';

import { btrfsDevice, btrfsFeatures, btrfsTreeOf, searchTree } from './btrfs.ts';
import { fdatasync } from './descriptors.ts';
import { cachestat, fiemap, fsmap, generation, seekData, seekHole } from './extents.ts';
import { pwrite } from './transfer.ts';

const { EBADF, ENOTTY, ENXIO } = constants.errno;
const EBADR = 53;
const EXT4_MAGIC = 0xef53;
const XFS_MAGIC = 0x58465342;
const U64_MAX = 2n ** 64n - 1n;

const type = statfsSync(tmpdir()).type;
const mapsBlocks = type === EXT4_MAGIC || type === XFS_MAGIC;

let folder: string, fd: number;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mapscope-native-'));
  fd = openSync(join(folder, 'file'), 'w+');
  // Two blocks, a hole of two, one block.
  pwrite(fd, new Uint8Array(8192).fill(1), 0, 8192, 0n);
  pwrite(fd, new Uint8Array(4096).fill(2), 0, 4096, 16384n);
  fdatasync(fd);
});
afterAll(() => {
  closeSync(fd);
  rmSync(folder, { recursive: true });
});

/** Room for `records`, its head filled as a caller does. */
function slotFor(records: number, start = 0n, length = U64_MAX, flags = 0): Uint8Array {
  const slot = new Uint8Array(fiemapHead.size + records * fiemapExtent.size);
  fiemapHead.write({ fm_start: start, fm_length: length, fm_flags: flags }, slot);
  return slot;
}
async function askOne(at: number, slot: Uint8Array): Promise<number> {
  const answers = new Int32Array(1);
  await fiemap(Int32Array.of(at), slot, slot.length, answers);
  return answers[0]!;
}
const extentsOf = (slot: Uint8Array, n: number) =>
  Array.from({ length: n }, (_, i) => fiemapExtent.read(slot, fiemapHead.size + i * fiemapExtent.size)).map((record) => {
    if (isFlaw(record)) throw new Error(record.field);
    return record;
  });

test.skipIf(!mapsBlocks)('fiemap fills a slot with the extents of a file', async () => {
  const slot = slotFor(16);
  expect(await askOne(fd, slot)).toBe(2);
  const extents = extentsOf(slot, 2);
  expect(extents).toMatchObject([
    { fe_logical: 0n, fe_length: 8192n },
    { fe_logical: 16384n, fe_length: 4096n },
  ]);
  expect(extents[0]!.fe_physical).toBeGreaterThan(0n);
});

test.skipIf(!mapsBlocks)('fiemap gives as many extents as a slot holds, and only their number where it holds none', async () => {
  expect(await askOne(fd, slotFor(1))).toBe(1);
  expect(await askOne(fd, slotFor(0))).toBe(2);
});

test.skipIf(!mapsBlocks)('fiemap asks for several files at once, each into its slot', async () => {
  const one = slotFor(4),
    room = new Uint8Array(3 * one.length),
    answers = new Int32Array(3);
  for (let i = 0; i < 3; i++) room.set(one, i * one.length);
  await fiemap(Int32Array.of(fd, 1_000_000, fd), room, one.length, answers);
  expect([...answers]).toEqual([2, -EBADF, 2]);
  expect(extentsOf(room.subarray(2 * one.length), 2)).toEqual(extentsOf(room, 2));
});

test.skipIf(!mapsBlocks)('fiemap leaves the flags that are not known in the head', async () => {
  const slot = slotFor(1, 0n, U64_MAX, 0x8000_0001);
  expect(await askOne(fd, slot)).toBe(-EBADR);
  expect(fiemapHead.read(slot)).toMatchObject({ fm_flags: 0x8000_0000 });
});

test('fiemap and fsmap answer -EBADF for a number that is no descriptor', async () => {
  expect(await askOne(1_000_000, slotFor(1))).toBe(-EBADF);
  expect(await fsmap(1_000_000, new Uint8Array(256))).toBe(-EBADF);
});

test('fsmap, generation and what only btrfs knows answer -ENOTTY where the filesystem has no such call', async () => {
  const proc = openSync('/proc/self/maps', 'r');
  try {
    expect(await fsmap(proc, new Uint8Array(192))).toBe(-ENOTTY);
    expect(await searchTree(proc, new Uint8Array(512))).toBe(-ENOTTY);
    expect([generation(proc), btrfsTreeOf(proc), btrfsFeatures(proc), btrfsDevice(proc, new Uint8Array(4096))]).toEqual(
      Array(4).fill(-ENOTTY),
    );
  } finally {
    closeSync(proc);
  }
});

test.skipIf(!mapsBlocks)('generation tells two inodes apart', () => {
  const other = openSync(join(folder, 'other'), 'w+');
  expect(generation(fd)).toBeGreaterThanOrEqual(0);
  expect(generation(other)).not.toBe(generation(fd));
  closeSync(other);
});

test.skipIf(!mapsBlocks || process.getuid?.() !== 0)('fsmap fills the room with records that follow one another', async () => {
  const room = new Uint8Array(fsmapHead.size + 3 * fsmapRecord.size);
  // Low key zero, high key all ones: everything.
  const high = { fmr_device: 0xffff_ffff, fmr_flags: 0xffff_ffff, fmr_physical: U64_MAX, fmr_owner: U64_MAX, fmr_offset: U64_MAX };
  room.set(fsmapRecord.encode(high), fsmapHead.size - fsmapRecord.size);
  const entries = await fsmap(fd, room);
  expect(entries).toBeGreaterThan(0);
  let end = 0n;
  for (let i = 0; i < entries; i++) {
    const record = fsmapRecord.read(room, fsmapHead.size + i * fsmapRecord.size);
    if (isFlaw(record)) throw new Error(record.field);
    expect(record.fmr_physical).toBeGreaterThanOrEqual(end);
    end = record.fmr_physical + record.fmr_length;
  }
});

const hasCachestat = typeof cachestat(openSync('/proc/self/exe', 'r'), 0n, 0n) !== 'number';

test.skipIf(!hasCachestat)('cachestat counts pages that are there, and dirty ones until they are written back', () => {
  const path = openSync(join(folder, 'cached'), 'w+');
  pwrite(path, new Uint8Array(40960), 0, 40960, 0n);
  expect(cachestat(path, 0n, 0n)).toMatchObject({ cache: 10n, dirty: 10n });
  expect(cachestat(path, 4096n, 8192n)).toMatchObject({ cache: 2n, dirty: 2n });
  fdatasync(path);
  expect(cachestat(path, 0n, 0n)).toMatchObject({ cache: 10n, dirty: 0n, writeback: 0n });
  closeSync(path);
});

test('cachestat answers -EBADF for a number that is no descriptor', () => {
  if (hasCachestat) expect(cachestat(1_000_000, 0n, 0n)).toBe(-EBADF);
});

test.each<[() => Promise<unknown>, string]>([
  [() => fiemap(Int32Array.of(0), new Uint8Array(31), 31, new Int32Array(1)), 'room must begin with a struct fiemap of 32 bytes, not 31'],
  [() => fiemap(Int32Array.of(0), new Uint8Array(99), 90, new Int32Array(1)), 'slot must be a multiple of 8 bytes, not 90'],
  [() => fiemap(Int32Array.of(0, 1), new Uint8Array(96), 88, new Int32Array(2)), 'room has 96 bytes, 2 slots of 88 need more'],
  [() => fiemap(Int32Array.of(0, 1), new Uint8Array(64), 32, new Int32Array(1)), 'answers has 1 places for 2 descriptors'],
  [() => fsmap(0, new Uint8Array(191)), 'room must begin with a struct fsmap_head of 192 bytes, not 191'],
  [() => fsmap(0, new Uint8Array(200).subarray(4)), 'room must begin at a multiple of 8 bytes'],
  [() => searchTree(0, new Uint8Array(1)), 'room must begin with a btrfs_ioctl_search_args_v2 of 112 bytes, not 1'],
])('a wrong argument is refused by name (%#)', async (call, sentence) => {
  await expect(call()).rejects.toThrow(sentence);
});

test('seekData and seekHole find where data begins and ends', () => {
  const found = [seekData(fd, 0n), seekHole(fd, 0n), seekData(fd, 8192n), seekHole(fd, 16384n)];
  // Where the filesystem knows no holes, all of it is data.
  expect([
    [0n, 8192n, 16384n, 20480n],
    [0n, 20480n, 8192n, 20480n],
  ]).toContainEqual(found);
  expect([seekData(fd, 20480n), seekHole(1 << 20, 0n)]).toEqual([-ENXIO, -EBADF]);
});
