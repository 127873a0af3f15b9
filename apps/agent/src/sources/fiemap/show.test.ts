import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fallocate } from '@mapscope/native';
import { U64_MAX } from '@mapscope/shared/units';
import { mountOf } from '../../host/index.ts';
import { run, Undo } from '../testing/live.ts';
import { mountLoop, noLoop } from '../testing/loops.ts';
import { type FileMap, mapOf } from './pages.ts';
import { showByFiemap, type ShownFile } from './show.ts';

const undo = new Undo();
let folder: string;
beforeEach(() => void (folder = undo.folder('fiemap')));
afterEach(() => undo.release());

const KEEP_SIZE = 1;

/** 300 KiB of data, a hole, data again, preallocated space, and a hole at the end that the size reaches into. */
function makeFile(file: string): void {
  const fd = openSync(file, 'w');
  writeSync(fd, randomBytes(300_000), 0, 300_000, 0);
  writeSync(fd, randomBytes(5000), 0, 5000, 1 << 20);
  expect(fallocate(fd, 0, 2n << 20n, 65_536n)).toBe(0);
  expect(fallocate(fd, KEEP_SIZE, 8n << 20n, 65_536n)).toBe(0);
  fsyncSync(fd);
  closeSync(fd);
  truncateSync(file, 5 << 20);
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

/** Holds every extent against the bytes of its device. */
function compare({ file, size, extents }: ShownFile): string[] {
  let at = 0n;
  for (const extent of extents) {
    expect(BigInt(extent.offset), 'no gap, no overlap').toBe(at);
    at += BigInt(extent.length);
    const to = at < BigInt(size) ? at : BigInt(size),
      length = Number(to - BigInt(extent.offset));
    if (length <= 0) continue;
    const truth = extent.type === 'MAPPED' ? readAt(extent.device!, BigInt(extent.addr!), length) : Buffer.alloc(length);
    expect(readAt(file, BigInt(extent.offset), length).equals(truth), `${extent.type} at ${extent.offset}`).toBe(true);
  }
  expect(at >= BigInt(size)).toBe(true);
  return extents.map(({ type }) => type);
}

const root = await mountOf('/tmp');

describe.skipIf(root?.type !== 'ext4')('showByFiemap on ext4 (skipped where /tmp is not on it)', () => {
  test('does not write back what it looks at: bytes without a place are DELALLOC', async () => {
    const file = join(folder, 'b'),
      fd = openSync(file, 'w');
    writeSync(fd, randomBytes(8192));
    const before = (await showByFiemap(file)).extents;
    fsyncSync(fd);
    closeSync(fd);
    expect(before).toMatchObject([{ offset: '0', length: '8192', addr: null, device: null, type: 'DELALLOC' }]);
    expect(before[0]!.flags).toContain('UNKNOWN');
    expect((await showByFiemap(file)).extents).toMatchObject([{ type: 'MAPPED', flags: ['LAST'] }]);
  });

  const rows = ({ extents: { count, offset, length, addr, flags } }: FileMap): unknown[] =>
    Array.from({ length: count }, (_, i) => [offset[i], length[i], addr[i], flags[i]]);

  test('mapOf gives the same record by record as all at once', async () => {
    const file = join(folder, 'c'),
      fd = openSync(file, 'w+');
    for (let i = 0; i < 40; i++) writeSync(fd, randomBytes(4096), 0, 4096, i * 8192);
    const all = await mapOf(fd, { sync: true });
    expect(all).toMatchObject({ isWhole: true, to: U64_MAX, extents: { count: 40 } });
    for (const atOnce of [1, 7, 39, 40, 41]) expect(rows(await mapOf(fd, { atOnce }))).toEqual(rows(all));
    closeSync(fd);
  });

  test('gives nothing but its size of an empty file', async () => {
    const file = join(folder, 'd');
    closeSync(openSync(file, 'w'));
    expect(await showByFiemap(file)).toMatchObject({ file, size: '0', extents: [], layouts: [], notes: [] });
  });
});

for (const type of ['ext4', 'xfs'] as const) {
  const why = noLoop(type);
  test.skipIf(why !== undefined)(
    `showByFiemap gives the device bytes of every extent on ${type}${why ? ` (skipped: ${why})` : ''}`,
    async () => {
      const { loop, at } = mountLoop(undo, type),
        file = join(at, 'a');
      makeFile(file);
      run('sync', '-f', at);
      const shown = await showByFiemap(file);
      expect(new Set(compare(shown))).toEqual(new Set(['MAPPED', 'HOLE', 'UNWRITTEN']));
      expect(new Set(shown.extents.map(({ device }) => device))).toEqual(new Set([loop, null]));
      if (type !== 'xfs') return;
      const clone = join(at, 'clone');
      run('cp', '--reflink=always', file, clone);
      run('sync', '-f', at);
      const shared = await showByFiemap(clone);
      compare(shared);
      expect(shared.extents.find(({ type }) => type === 'MAPPED')).toMatchObject({ device: loop, flags: ['SHARED'] });
    },
  );
}

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
});
