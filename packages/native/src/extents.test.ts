import { closeSync, mkdtempSync, openSync, rmSync, statfsSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { fdatasync } from './descriptors.ts';
import { cachestat, fiemap, fsmap } from './extents.ts';
import { pwrite } from './transfer.ts';

const { EBADF, ENOTTY } = constants.errno;
const EXT4_MAGIC = 0xef53;
const XFS_MAGIC = 0x58465342;
const U64_MAX = 2n ** 64n - 1n;

const type = statfsSync(tmpdir()).type;
const mapsBlocks = type === EXT4_MAGIC || type === XFS_MAGIC;
const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

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

test.skipIf(!mapsBlocks)('fiemap answers the head and one record an extent', () => {
  const found = fiemap(fd, 0n, U64_MAX, 0, 16);
  if (typeof found === 'number') throw new Error(`errno ${-found}`);
  const at = view(found);
  expect(at.getUint32(20, true)).toBe(2);
  expect(found.length).toBe(32 + 2 * 56);
  const extents = [32, 88].map((base) => [at.getBigUint64(base, true), at.getBigUint64(base + 16, true)]);
  expect(extents).toEqual([
    [0n, 8192n],
    [16384n, 4096n],
  ]);
  expect(at.getBigUint64(32 + 8, true)).toBeGreaterThan(0n);
});

test.skipIf(!mapsBlocks)('fiemap gives at most max records, and none but their number for 0', () => {
  expect((fiemap(fd, 0n, U64_MAX, 0, 1) as Uint8Array).length).toBe(32 + 56);
  const head = fiemap(fd, 0n, U64_MAX, 0, 0) as Uint8Array;
  expect(head.length).toBe(32);
  expect(view(head).getUint32(20, true)).toBe(2);
});

test('fiemap and fsmap answer -EBADF for a number that is no descriptor', () => {
  expect(fiemap(1_000_000, 0n, 1n, 0, 1)).toBe(-EBADF);
  expect(fsmap(1_000_000, new Uint8Array(192), 1)).toBe(-EBADF);
});

test('fsmap answers -ENOTTY where the filesystem has no such call', () => {
  const proc = openSync('/proc/self/maps', 'r');
  expect(fsmap(proc, new Uint8Array(192), 1)).toBe(-ENOTTY);
  closeSync(proc);
});

test.skipIf(!mapsBlocks)('fsmap answers the head and at most max records that follow one another', () => {
  const head = new Uint8Array(192);
  // Low key zero, high key all ones: everything.
  head.fill(0xff, 128, 168);
  const found = fsmap(fd, head, 3);
  if (typeof found === 'number') throw new Error(`errno ${-found}`);
  const at = view(found);
  const entries = at.getUint32(12, true);
  expect(entries).toBeGreaterThan(0);
  expect(found.length).toBe(192 + 64 * entries);
  let end = 0n;
  for (let base = 192; base < found.length; base += 64) {
    const physical = at.getBigUint64(base + 8, true);
    expect(physical).toBeGreaterThanOrEqual(end);
    end = physical + at.getBigUint64(base + 32, true);
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

test.each<[() => unknown, string]>([
  [() => fiemap(0, 0n, 2n ** 64n, 0, 1), 'length must be a u64'],
  [() => fiemap(0, 0n, 1n, 0, 2 ** 21), 'max must be an integer from 0 to 1048576, not 2097152'],
  [() => fsmap(0, new Uint8Array(191), 1), 'head must be a struct fsmap_head of 192 bytes, not 191'],
])('a wrong argument is refused by name (%#)', (call, sentence) => expect(call).toThrow(sentence));
