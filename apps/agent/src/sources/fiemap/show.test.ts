import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fallocate } from '@mapscope/native';
import { mountOf } from '../../host/index.ts';
import { mountLoop, noLoop, run, Undo } from '../testing/live.ts';
import { fiemapOf } from './fiemap.ts';
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
  test('does not write back what it looks at: bytes without a place are DELALLOC', () => {
    const file = join(folder, 'b'),
      fd = openSync(file, 'w');
    writeSync(fd, randomBytes(8192));
    const before = showByFiemap(file).extents;
    fsyncSync(fd);
    closeSync(fd);
    expect(before).toMatchObject([{ offset: '0', length: '8192', addr: null, device: null, type: 'DELALLOC' }]);
    expect(before[0]!.flags).toContain('UNKNOWN');
    expect(showByFiemap(file).extents).toMatchObject([{ type: 'MAPPED', flags: ['LAST'] }]);
  });

  test('fiemapOf gives the same record by record as all at once', () => {
    const file = join(folder, 'c'),
      fd = openSync(file, 'w+');
    for (let i = 0; i < 40; i++) writeSync(fd, randomBytes(4096), 0, 4096, i * 8192);
    const all = fiemapOf(fd, { sync: true });
    expect(all).toHaveLength(40);
    expect(fiemapOf(fd, { atOnce: 1 })).toEqual(all);
    expect(fiemapOf(fd, { atOnce: 7 })).toEqual(all);
    closeSync(fd);
  });

  test('gives nothing but its size of an empty file', () => {
    const file = join(folder, 'd');
    closeSync(openSync(file, 'w'));
    expect(showByFiemap(file)).toEqual({ file, size: '0', extents: [], layouts: [] });
  });
});

for (const type of ['ext4', 'xfs'] as const) {
  const why = noLoop(type);
  test.skipIf(why !== undefined)(`showByFiemap gives the device bytes of every extent on ${type}${why ? ` (skipped: ${why})` : ''}`, () => {
    const { loop, at } = mountLoop(undo, type),
      file = join(at, 'a');
    makeFile(file);
    run('sync', '-f', at);
    const shown = showByFiemap(file);
    expect(new Set(compare(shown))).toEqual(new Set(['MAPPED', 'HOLE', 'UNWRITTEN']));
    expect(new Set(shown.extents.map(({ device }) => device))).toEqual(new Set([loop, null]));
    if (type !== 'xfs') return;
    const clone = join(at, 'clone');
    run('cp', '--reflink=always', file, clone);
    run('sync', '-f', at);
    const shared = showByFiemap(clone);
    compare(shared);
    expect(shared.extents.find(({ type }) => type === 'MAPPED')).toMatchObject({ device: loop, flags: ['SHARED'] });
  });
}

describe('showByFiemap', () => {
  const why = (file: string): string => {
    try {
      showByFiemap(file);
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
    return 'shown';
  };

  test('says what is wrong with a file that it cannot show', () => {
    expect(why(join(folder, 'nothing'))).toBe(`${folder}/nothing does not exist`);
    expect(why(folder)).toBe(`${folder} is not a regular file`);
    expect(why('/dev/null')).toBe('/dev/null is not a regular file');
    expect(why('/proc/self/status')).toBe('/proc/self/status lies on a filesystem without FIEMAP');
  });
});
