import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { U64_MAX } from '@mapscope/shared/units';
import { type FiemapColumns } from '@mapscope/shared/wire';
import { Refused } from '../../host/index.ts';
import { Undo } from '../testing/live.ts';
import { mountLoop, noLoop } from '../testing/loops.ts';
import { FirstPages } from './first-pages.ts';
import { type MapPage, mapOf, mapPages } from './pages.ts';

const undo = new Undo();
afterEach(() => undo.release());

const rows = ({ count, offset, length, addr, flags }: FiemapColumns): unknown[] =>
  Array.from({ length: count }, (_, i) => [offset[i], length[i], addr[i], flags[i]]);

const why = noLoop('xfs');
describe.skipIf(why !== undefined)(`mapPages on XFS${why ? ` (skipped: ${why})` : ''}`, () => {
  /** A file of `n` extents of 4 KiB with holes between them, on a filesystem of its own. */
  function fileOf(n: number): number {
    // Nothing is allocated ahead: there would be records between those of the test.
    const fd = openSync(join(mountLoop(undo, 'xfs', { mount: 'allocsize=4096' }).at, 'a'), 'w+');
    for (let i = 0; i < n; i++) writeSync(fd, randomBytes(4096), 0, 4096, i * 8192);
    fsyncSync(fd);
    undo.add(() => closeSync(fd));
    return fd;
  }

  test('tells the same record by record as all at once, and each byte by one page', async () => {
    const fd = fileOf(40),
      all = await mapOf(fd);
    expect(all).toMatchObject({ isWhole: true, to: U64_MAX, extents: { count: 40 } });
    for (const atOnce of [1, 7, 39, 40, 41]) {
      expect(rows((await mapOf(fd, { atOnce })).extents)).toEqual(rows(all.extents));
      let at = 0n;
      const seen: unknown[] = [];
      for await (const { from, to, asked, answered, extents } of mapPages(fd, { atOnce })) {
        expect([from, asked <= answered]).toEqual([at, true]);
        seen.push(...rows(extents));
        at = to;
      }
      expect([at, seen]).toEqual([U64_MAX, rows(all.extents)]);
    }
  });

  test('tells of a part of a file only what lies in it', async () => {
    const fd = fileOf(10),
      part = await mapOf(fd, { from: 12_288n, to: 30_000n });
    expect(part).toMatchObject({ isWhole: true, to: 30_000n });
    expect(rows(part.extents).map((row) => (row as bigint[]).slice(0, 2))).toEqual([
      [16_384n, 4096n],
      [24_576n, 4096n],
    ]);
    expect(await mapOf(fd, { from: 18_000n, to: 18_001n })).toMatchObject({ to: 20_480n, extents: { count: 1 } });
    expect((rows((await mapOf(fd, { from: 18_000n, to: 18_001n })).extents)[0] as bigint[]).slice(0, 2)).toEqual([18_000n, 2480n]);
  });

  test('ends with a file that grows while it is asked for', async () => {
    const fd = fileOf(20);
    let end = 20,
      last: MapPage | undefined;
    for await (const page of mapPages(fd, { atOnce: 1 })) {
      // As much again for every page, up to a limit that the test can wait for.
      if (end < 400) writeSync(fd, randomBytes(4096), 0, 4096, end++ * 8192);
      last = page;
    }
    expect(last!.to).toBe(U64_MAX);
  });

  test('leaves the rest out past the most that was asked for, and says up to where it is told', async () => {
    const some = await mapOf(fileOf(40), { most: 10, atOnce: 5 });
    expect(some).toMatchObject({ isWhole: false, to: BigInt(9 * 8192 + 4096), extents: { count: 10 } });
  });

  test('writes back only with sync', async () => {
    const fd = openSync(join(mountLoop(undo, 'xfs').at, 'a'), 'w+');
    undo.add(() => closeSync(fd));
    writeSync(fd, randomBytes(8192));
    const flags = async (ask = {}): Promise<unknown> => (rows((await mapOf(fd, ask)).extents)[0] as unknown[])[3];
    const delalloc = await flags();
    expect([delalloc, await flags()]).toEqual([delalloc, delalloc]);
    expect(await flags({ sync: true })).not.toBe(delalloc);
  });

  test('FirstPages asks for many files in one call, each answer as mapOf has it', async () => {
    const few = fileOf(3),
      many = fileOf(100),
      proc = openSync('/proc/self/status', 'r');
    undo.add(() => closeSync(proc));
    const pages = await new FirstPages().ask([few, proc, many, few].map((fd) => ({ fd, from: 0n, to: U64_MAX })));
    expect(pages.map((page) => (page instanceof Refused ? page.problem.code : [page.isEnd, page.extents.count]))).toEqual([
      [true, 3],
      'E_NO_FIEMAP',
      [false, 32],
      [true, 3],
    ]);
    expect(rows((pages[0] as MapPage).extents)).toEqual(rows((await mapOf(few)).extents));
    const first = pages[2] as MapPage,
      rest = await mapOf(many, { from: first.to });
    expect([...rows(first.extents), ...rows(rest.extents)]).toEqual(rows((await mapOf(many)).extents));
  });
});
