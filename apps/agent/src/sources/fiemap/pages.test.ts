import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { isFlaw, U64_MAX } from '@mapscope/shared/units';
import { fiemap, type FiemapColumns, fiemapExtent, FiemapFlag } from '@mapscope/shared/wire';
import { Refused } from '../../host/index.ts';
import { Undo, undisturbed } from '../testing/live.ts';
import { mountLoop, noLoop } from '../testing/loops.ts';
import { FirstPages } from './first-pages.ts';
import { type Asker, type MapAsk, mapFrom, mapOf, type MapPage, mapPages, pagesFrom } from './pages.ts';

const undo = new Undo();
afterEach(() => undo.release());

const rows = ({ count, offset, length, addr, flags }: FiemapColumns): unknown[] =>
  Array.from({ length: count }, (_, i) => [offset[i], length[i], addr[i], flags[i]]);

type Extent = readonly [offset: number, length: number, flags?: number];

/** Answers as a filesystem does that has these extents: those that end behind the question's start, as many as fit. */
const filesystem =
  (extents: readonly Extent[]): Asker =>
  (slot) => {
    const head = fiemap.read(slot);
    if (isFlaw(head)) throw new Error(head.field);
    const room = (slot.length - fiemap.size) / fiemapExtent.size,
      found = extents.filter(([offset, length]) => BigInt(offset + length) > head.fm_start).slice(0, room);
    found.forEach(([offset, length, flags = 0], i) =>
      fiemapExtent.write(
        { fe_logical: BigInt(offset), fe_length: BigInt(length), fe_flags: flags },
        slot,
        fiemap.size + i * fiemapExtent.size,
      ),
    );
    return Promise.resolve(found.length);
  };

describe('mapFrom', () => {
  const brief = async (asker: Asker, ask: MapAsk): Promise<unknown> => {
    const { extents, isWhole } = await mapFrom(asker, ask);
    return [rows(extents).map((row) => (row as bigint[]).slice(0, 2).map(Number)), isWhole];
  };

  test('goes on where the last record ended until fewer come than there is room for, or LAST', async () => {
    expect(
      await brief(
        filesystem([
          [0, 1],
          [5, 2],
          [9, 1],
        ]),
        { atOnce: 2 },
      ),
    ).toEqual([
      [
        [0, 1],
        [5, 2],
        [9, 1],
      ],
      true,
    ]);
    expect(
      await brief(
        filesystem([
          [0, 1],
          [5, 2, FiemapFlag.LAST],
          [9, 1],
        ]),
        { atOnce: 2 },
      ),
    ).toEqual([
      [
        [0, 1],
        [5, 2],
      ],
      true,
    ]);
  });

  test('ends when the same is told again and again, and does not call that whole', async () => {
    let asked = 0;
    const stubborn: Asker = (slot) => {
      asked++;
      fiemapExtent.write({ fe_logical: 0n, fe_length: 4096n }, slot, fiemap.size);
      return Promise.resolve(1);
    };
    expect(await brief(stubborn, { atOnce: 1 })).toEqual([[[0, 4096]], false]);
    expect(asked).toBe(2);
    const empty: Asker = () => Promise.resolve(1);
    expect(await brief(empty, { atOnce: 1 })).toEqual([[], false]);
  });

  test('ends at the largest offset of a filesystem that says so', async () => {
    const asker: Asker = (slot) => {
      const head = fiemap.read(slot);
      if (isFlaw(head) || head.fm_start > 0n) return Promise.resolve(-27);
      fiemapExtent.write({ fe_logical: 0n, fe_length: 4096n }, slot, fiemap.size);
      return Promise.resolve(1);
    };
    expect(await brief(asker, { atOnce: 1 })).toEqual([[[0, 4096]], true]);
  });

  test.each([
    [95, 'E_NO_FIEMAP', /^f lies on a filesystem without FIEMAP$/],
    [25, 'E_NO_FIEMAP', /without FIEMAP/],
    [53, 'E_FIEMAP_FLAGS', /does not know the FIEMAP flags SYNC$/],
    [1, 'E_PERMISSION', /may not be mapped by this process \(EPERM\)/],
    [13, 'E_PERMISSION', /EACCES/],
    [5, 'E_FIEMAP', /FIEMAP answers EIO$/],
  ])('says in a sentence why errno %i refuses it', async (errno, code, sentence) => {
    const refusing: Asker = () => Promise.resolve(-errno);
    await expect(mapFrom(refusing, { file: 'f', sync: true })).rejects.toMatchObject({
      problem: { code, message: expect.stringMatching(sentence) as string, help: expect.stringMatching(/.{10}/) as string },
    });
  });

  test('asks for a large file in two halves, and tells what one question after the other would', async () => {
    const M = 1 << 20,
      extents = Array.from({ length: 60 }, (_, i): Extent => [i * 5 * M, (i % 5) * M + 1, i === 59 ? FiemapFlag.LAST : 0]),
      size = BigInt(300 * M),
      asker = filesystem(extents);
    const starts: bigint[] = [];
    const watched: Asker = (slot) => {
      const head = fiemap.read(slot);
      if (!isFlaw(head)) starts.push(head.fm_start);
      return asker(slot);
    };
    const whole = await mapFrom(asker),
      halves = await mapFrom(watched, { atOnce: 7 }, size);
    expect(starts.slice(0, 2)).toEqual([0n, size / 2n]);
    expect(rows(halves.extents)).toEqual(rows(whole.extents));
    expect([halves.to, halves.isWhole, halves.extents.isLast]).toEqual([U64_MAX, true, true]);
    const some = await mapFrom(asker, { most: 20, atOnce: 7 }, size);
    expect([rows(some.extents), some.isWhole]).toEqual([rows(whole.extents).slice(0, 20), false]);
    await expect(mapFrom(() => Promise.resolve(-5), {}, size)).rejects.toThrow('EIO');
  });

  test('tells of a file that changes between the halves what each half was, one record after the other', async () => {
    const M = 1 << 20,
      before: Extent[] = [
        [0, M],
        [90 * M, 20 * M],
        [150 * M, M, FiemapFlag.LAST],
      ],
      after: Extent[] = [
        [0, 4 * M],
        [95 * M, 5 * M],
        [100 * M, 30 * M],
        [180 * M, M, FiemapFlag.LAST],
      ];
    const changing: Asker = (slot) => {
      const head = fiemap.read(slot);
      if (isFlaw(head)) throw new Error(head.field);
      const now = head.fm_start >= BigInt(100 * M) ? after : before;
      return filesystem(now.filter(([offset]) => BigInt(offset) < head.fm_start + head.fm_length))(slot);
    };
    const inMiB = async (asker: Asker): Promise<unknown> => {
      const { extents, isWhole } = await mapFrom(asker, {}, BigInt(200 * M));
      return [rows(extents).map((row) => (row as bigint[]).slice(0, 2).map((n) => Number(n) / M)), extents.isLast, isWhole];
    };
    // The first half has all of an extent that begins in it; what the second says of that part is passed over.
    const expected = [
      [0, 1],
      [90, 20],
      [110, 20],
      [180, 1],
    ];
    expect(await inMiB(changing)).toEqual([expected, true, true]);
    // It was cut short before the second was asked.
    const cut: Asker = (slot) => {
      const head = fiemap.read(slot);
      return filesystem(!isFlaw(head) && head.fm_start > 0n ? [] : [[0, M, FiemapFlag.LAST]])(slot);
    };
    expect(await inMiB(cut)).toEqual([[[0, 1]], true, true]);
  });

  test('agrees with all records at once, however many fit into an answer, and pages tell each byte once', async () => {
    const gaps = fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 5 })), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(gaps, fc.integer({ min: 1, max: 9 }), fc.nat(60), fc.nat(60), async (list, atOnce, a, b) => {
        let at = 0;
        const extents = list.map(([gap, length]): Extent => [(at += gap), length, (at += length) && 0]);
        const [from, to] = [BigInt(Math.min(a, b)), BigInt(Math.max(a, b) + 1)],
          wanted = extents
            .map(([offset, length]) => [offset < from ? Number(from) : offset, offset + length])
            .filter(([start, end]) => end! > start! && BigInt(start!) < to);
        let end = from;
        const seen: unknown[] = [];
        for await (const page of pagesFrom(filesystem(extents), { from, to, atOnce })) {
          expect(page.from).toBe(end);
          end = page.to;
          seen.push(
            ...rows(page.extents).map((row) => [Number((row as bigint[])[0]), Number((row as bigint[])[0]! + (row as bigint[])[1]!)]),
          );
        }
        expect(end >= to).toBe(true);
        // What an answer has beyond what was asked for is true as well.
        expect(seen.slice(0, wanted.length)).toEqual(wanted);
      }),
    );
  });
});

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
    const waits = async (from: bigint, ask = {}): Promise<boolean> =>
      (rows((await mapOf(fd, { ...ask, from, to: from + 8192n })).extents) as unknown[][]).every(
        ([, , , flags]) => (Number(flags) & FiemapFlag.DELALLOC) !== 0,
      );
    const from = await undisturbed('bytes still waited when they were asked for twice', async (time) => {
      writeSync(fd, randomBytes(8192), 0, 8192, time << 20);
      const from = BigInt(time << 20);
      return (await waits(from)) && (await waits(from)) ? from : undefined;
    });
    expect(await waits(from, { sync: true })).toBe(false);
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
