import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { run, Undo } from '../testing/live.ts';
import { mountLoop, noLoop } from '../testing/loops.ts';
import { probeCachestat } from './probe.ts';
import { showCache } from './show.ts';

const undo = new Undo();
afterEach(() => undo.release());

const probe = probeCachestat();
const why = probe.ok ? noLoop('xfs') : probe.why;
const M = 1 << 20;
/** Whoever reclaims memory has what is dirty written back, of all filesystems, and drops what is clean: then all is written and asked anew. */
const AGAIN = { timeout: 10_000, interval: 5 };

describe.skipIf(why !== undefined)(`showCache on XFS${why ? ` (skipped: ${why})` : ''}`, () => {
  test('says which ranges are cached, and which of them are dirty, and changes nothing', async () => {
    const file = join(mountLoop(undo, 'xfs').at, 'a'),
      fd = openSync(file, 'w+');
    undo.add(() => closeSync(fd));
    const range = (offset: number, length: number, ...flags: string[]) => ({ offset: String(offset), length: String(length), flags });
    await vi.waitFor(async () => {
      // Written page by page it is cached so: of a large folio all would be dirty.
      for (let at = 0; at < M; at += 4096) writeSync(fd, randomBytes(4096), 0, 4096, at);
      fsyncSync(fd);
      writeSync(fd, randomBytes(8192), 0, 8192, 262_144);
      writeSync(fd, randomBytes(4096), 0, 4096, 4 * M);
      const shown = await showCache(file);
      expect(shown.cache).toEqual({
        page_size: 4096,
        ranges: [range(0, 262_144), range(262_144, 8192, 'DIRTY'), range(270_336, M - 270_336), range(4 * M, 4096, 'DIRTY')],
        told_to: null,
      });
      expect([shown.folios, shown.notes]).toEqual([undefined, []]);
      expect(await showCache(file)).toEqual(shown);
    }, AGAIN);
  });

  test('says to the byte where a page of the largest file is: no number of JavaScript does', async () => {
    const file = join(mountLoop(undo, 'xfs').at, 'largest'),
      size = 2n ** 63n - 1n,
      page = { offset: String(size - 4095n), length: '4096' };
    run('xfs_io', '-f', '-c', `truncate ${size}`, '-c', `pwrite ${size - 4095n} 4095`, file);
    await vi.waitFor(async () => {
      run('xfs_io', '-c', `pwrite ${size - 4095n} 4095`, file);
      expect((await showCache(file)).cache.ranges).toMatchObject([page]);
    }, AGAIN);
  });

  test('says nothing of what is not cached', async () => {
    const { at } = mountLoop(undo, 'xfs'),
      file = join(at, 'a');
    writeFileSync(file, randomBytes(M));
    run('sync', '-f', at);
    // Of this file alone: other tests count what is cached of theirs.
    run('xfs_io', '-c', 'fadvise -d 0 0', file);
    expect((await showCache(file)).cache.ranges).toEqual([]);
  });

  test('tells folios and the flags of their pages when they are asked for, and that it has touched them', async () => {
    const file = join(mountLoop(undo, 'xfs').at, 'a'),
      fd = openSync(file, 'w+');
    undo.add(() => closeSync(fd));
    await vi.waitFor(async () => {
      writeSync(fd, randomBytes(M), 0, M, 0);
      fsyncSync(fd);
      writeSync(fd, randomBytes(4096), 0, 4096, 8 * M);
      const { folios, notes } = await showCache(file, { flags: true });
      expect(notes).toEqual(['The page flags were read through a mapping: these pages are marked as used now.']);
      // All of it once, whatever the kernel made large folios of.
      expect(folios!.reduce((sum, { length }) => sum + Number(length), 0)).toBe(M + 4096);
      expect(folios![0]!.flags).toEqual(expect.arrayContaining(['UPTODATE']));
      expect(folios!.at(-1)).toMatchObject({ offset: String(8 * M), flags: expect.arrayContaining(['DIRTY']) as string[] });
      expect(
        folios!.some(({ length }) => Number(length) > 4096),
        'large folios',
      ).toBe(true);
    }, AGAIN);
  });
});

test.skipIf(!probe.ok)('showCache says what is wrong with a file that it cannot look at', async () => {
  await expect(showCache('/nowhere')).rejects.toThrow('/nowhere does not exist');
});
