import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { cachestat } from '@mapscope/native';
import { mapOf } from '../fiemap/index.ts';
import { Undo } from '../testing/live.ts';
import { mountLoop, noLoop } from '../testing/loops.ts';
import { noWork, Workbench } from '../tracefs/testing/workbench.ts';
import { writeBack } from './write-back.ts';

const undo = new Undo(),
  why = noLoop('ext4') ?? noWork();
afterEach(() => undo.release());

const WAIT = { timeout: 15_000, interval: 20 };

/** A file of which 64 KiB could not be written, which nobody was told of yet. */
async function failed(): Promise<number> {
  const { at: within } = mountLoop(undo, 'ext4', { bytes: 512 << 20 }),
    mount = mountLoop(undo, 'ext4', { within, mount: 'commit=300' }),
    bench = new Workbench(undo, mount.images[0]),
    path = join(mount.at, 'file');
  await bench.run('xfs_io', ['-f', '-c', 'pwrite -q 0 64k', '-c', 'fsync', path], '', '/');
  const fd = openSync(path, 'r');
  undo.add(() => closeSync(fd));
  await bench.whileFailing(mount.at, async () => {
    await bench.run('xfs_io', ['-c', 'pwrite -q 0 64k', '-c', 'sync_range -w 0 64k', path], '', '/');
    await vi.waitUntil(() => {
      const pages = cachestat(fd, 0n, 0n);
      return typeof pages !== 'number' && pages.dirty + pages.writeback === 0n;
    }, WAIT);
  });
  return fd;
}

test.skipIf(why !== undefined)(
  `writeBack bears that a writeback failed before, which FIEMAP tells whoever asks first${why ? ` (skipped: ${why})` : ''}`,
  { timeout: 60_000 },
  async () => {
    await expect(mapOf(await failed(), { sync: true })).rejects.toThrow('EIO');
    await undo.release();
    await expect(writeBack(await failed(), 'file', { type: 'ext4' })).resolves.toBeUndefined();
  },
);
