import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { Dice } from '../fixtures/dice.ts';
import { lawMs, lawRuns } from '../fixtures/runs.ts';
import { NO_ORDER } from '../model/index.ts';
import { FolioState, How, MapType, NO_ADDR } from '../trace/index.ts';
import { ExtentFlag, MapFlag } from '../wire/index.ts';
import { type ByteRange, type CacheClaim, type CopyClaim, type FileClaims, type MapClaim } from './claims.ts';
import { type Cached, compareCaches } from './compare-caches.ts';
import { compareBlocks } from './compare-blocks.ts';
import { comparableBytes, dirtyFolios } from './compare-bytes.ts';
import { compareMaps } from './compare-maps.ts';
import { compareSeek } from './seek.ts';
import { knownOf, sharesOf } from './shares.ts';

vi.setConfig({ testTimeout: lawMs() });

const BLOCK = 1024n,
  PAGE = 4096n,
  PER_PAGE = Number(PAGE / BLOCK),
  BLOCKS = 48;

const claims = (map: readonly MapClaim[], cache: readonly CacheClaim[] = [], size = BigInt(BLOCKS) * BLOCK): FileClaims => ({
  size,
  map,
  copies: [],
  cache,
  absence: How.observed,
});
const mapped = (from: number, to: number, at: number, more: Partial<MapClaim> = {}): MapClaim => ({
  from: BigInt(from) * BLOCK,
  to: BigInt(to) * BLOCK,
  type: MapType.MAPPED,
  addr: BigInt(at) * BLOCK,
  device: '/dev/loop0',
  flags: 0,
  how: How.observed,
  ...more,
});
const bare = (from: number, to: number, type: MapType): MapClaim => mapped(from, to, 0, { type, addr: NO_ADDR, device: '' });
const cached = (from: number, to: number, state: FolioState, order = 0, how: How = How.observed): CacheClaim => ({
  from: BigInt(from) * BLOCK,
  to: BigInt(to) * BLOCK,
  state,
  order,
  how,
});

describe('compareMaps', () => {
  const differs = (model: MapClaim, kernel: MapClaim, size?: bigint): number =>
    compareMaps(claims([model], [], size), claims([kernel], [], size)).differences.length;

  test('finds what lies elsewhere, is written or not, shared or not, a hole or not', () => {
    const it = mapped(0, 8, 100);
    expect(differs(it, it)).toBe(0);
    for (const other of [{ addr: 101n * BLOCK }, { device: '/dev/loop1' }, { type: MapType.UNWRITTEN }, { flags: MapFlag.SHARED }])
      expect(differs(it, { ...it, ...other })).toBe(1);
    expect(differs(it, bare(0, 8, MapType.HOLE))).toBe(1);
  });

  test('asks no place of what waits for one, and nothing where either side does not know', () => {
    expect(differs(bare(0, 8, MapType.DELALLOC), mapped(0, 8, 0, { type: MapType.DELALLOC, device: '' }))).toBe(0);
    expect(differs(bare(0, 8, MapType.UNKNOWN), mapped(0, 8, 100))).toBe(0);
    expect(differs(mapped(0, 8, 0, { addr: NO_ADDR }), mapped(0, 8, 100))).toBe(0);
    expect(differs(mapped(0, 8, 100), bare(0, 8, MapType.UNKNOWN))).toBe(0);
  });

  test('says of what differs where it begins and ends, once for neighbours that differ alike', () => {
    const { differences } = compareMaps(
      claims([mapped(0, 8, 100)]),
      claims([mapped(0, 2, 100), mapped(2, 4, 200), mapped(4, 6, 202), mapped(6, 8, 106)]),
    );
    expect(differences).toMatchObject([
      { from: 2n * BLOCK, to: 6n * BLOCK, model: { addr: 102n * BLOCK }, kernel: { addr: 200n * BLOCK } },
    ]);
  });

  test('takes storage past the end of the file that is there no more for trimmed', () => {
    const size = 4n * BLOCK,
      model = claims([mapped(0, 8, 100)], [], size);
    const gone = compareMaps(model, claims([mapped(0, 4, 100)], [], size));
    expect([gone.differences, gone.excused.map(({ from, to, why }) => [from, to, why])]).toEqual([
      [],
      [[4n * BLOCK, 8n * BLOCK, 'trimmed']],
    ]);
    expect(compareMaps(model, claims([mapped(0, 4, 100), mapped(4, 8, 300)], [], size)).differences).toHaveLength(1);
  });

  test('excuses what is shared, or no longer is, only where nothing tells of that', () => {
    const alone = claims([mapped(0, 8, 100)]),
      shared = claims([mapped(0, 8, 100, { flags: MapFlag.SHARED })]),
      untold = { tellsShared: false, tellsUnshared: false };
    expect([compareMaps(shared, alone), compareMaps(alone, shared)].map(({ differences }) => differences.length)).toEqual([1, 1]);
    expect(compareMaps(shared, alone, untold)).toMatchObject({ differences: [], excused: [{ why: 'unshared' }] });
    expect(compareMaps(alone, shared, untold)).toMatchObject({ differences: [], excused: [{ why: 'shared' }] });
  });

  test('agrees with comparing block by block', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const dice = new Dice(seed),
          kernel = randomMap(dice, false),
          model = mixed(dice, kernel, randomMap(dice, true)),
          { differences } = compareMaps(claims(model), claims(kernel));
        expect(drawn(differences, BLOCK, BLOCKS)).toBe(
          Array.from({ length: BLOCKS }, (_, k) => {
            const [a, b] = [blockOf(model, k), blockOf(kernel, k)];
            return a === '?' || b === '?' || a === b ? '.' : 'x';
          }).join(''),
        );
      }),
      lawRuns(),
    );
  });
});

describe('compareCaches', () => {
  const differ = (model: CacheClaim[], kernel: CacheClaim[], tellsDirty = true) =>
    compareCaches(claims([], model), claims([], kernel), { page: PAGE, tellsDirty }).map(
      ({ from, to, model: said, kernel: is }) => `${from / PAGE}-${to / PAGE} ${said} ${is}`,
    );
  const { clean, dirty, folioDirty, writeback, failed } = FolioState;

  test('finds pages that are cached or not, dirty or not', () => {
    expect(differ([cached(0, 8, clean)], [cached(4, 12, folioDirty)])).toEqual(['0-1 clean absent', '1-2 clean dirty', '2-3 absent dirty']);
  });

  test('takes a whole folio for dirty when a byte of it is', () => {
    expect(differ([cached(0, 5, clean, 2), cached(5, 6, dirty, 2), cached(6, 16, clean, 2)], [cached(0, 16, folioDirty)])).toEqual([]);
    expect(differ([cached(5, 6, dirty, 0), cached(8, 16, clean, 0)], [cached(4, 16, folioDirty)])).toEqual(['2-4 clean dirty']);
  });

  test('waits for no end of a writeback, and leaves open what a failed one left', () => {
    expect(differ([cached(0, 4, writeback)], [cached(0, 4, clean)])).toEqual([]);
    expect(differ([cached(0, 4, writeback)], [])).toEqual(['0-1 writeback absent']);
    expect(differ([cached(0, 4, writeback)], [cached(0, 4, folioDirty)])).toEqual(['0-1 writeback dirty']);
    expect(differ([cached(0, 4, failed)], [])).toEqual([]);
  });

  test('lets a page that came be anything since, where no event tells what becomes dirty', () => {
    const came = [cached(0, 4, FolioState.added)],
      is = [cached(0, 4, folioDirty)];
    expect([differ(came, is), differ(came, is, false), differ(came, [], false)]).toEqual([['0-1 clean dirty'], [], ['0-1 clean absent']]);
  });

  test('agrees with comparing page by page', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const dice = new Dice(seed),
          model = randomCache(dice),
          kernel = randomLook(dice),
          size = BigInt(1 + dice.below(BLOCKS)) * BLOCK,
          found = compareCaches(claims([], model, size), claims([], kernel, size), { page: PAGE, tellsDirty: true }),
          pages = Math.ceil(Number(size / BLOCK) / PER_PAGE);
        expect(drawn(found, PAGE, pages)).toBe(
          Array.from({ length: pages }, (_, k) => {
            const said = pageOf(model, k),
              state = kernel.find(({ from, to }) => BigInt(k) * PAGE >= from && BigInt(k) * PAGE < to)?.state,
              is = state === undefined ? 'absent' : state === folioDirty ? 'dirty' : 'clean';
            return said === undefined || said === is || (said === 'writeback' && is === 'clean') ? '.' : 'x';
          }).join(''),
        );
      }),
      lawRuns(),
    );
  });
});

describe('sharesOf', () => {
  test('takes a page for unknown where any part of it is, for asked where anything of it was asked', () => {
    const map = [mapped(0, 6, 100), mapped(6, 12, 200, { how: How.reported }), bare(12, 13, MapType.UNKNOWN), mapped(13, 40, 300)],
      cache = [cached(16, 20, FolioState.unknown), cached(20, 24, FolioState.clean, 0, How.reported)],
      shares = sharesOf(claims(map, cache), PAGE);
    // Pages: 0 by events, 1 and 2 asked, 3 unknown, 4 unknown in the cache, 5 asked there, 6 to 9 by events, 10 and 11 in no map.
    expect(shares).toEqual({
      pages: { events: 5n, asked: 3n, unknown: 4n },
      map: { events: 7n, asked: 2n, unknown: 3n },
      cache: { events: 10n, asked: 1n, unknown: 1n },
    });
    expect(knownOf(shares.pages)).toBeCloseTo(8 / 12);
  });

  test('counts pages that are not cached by how that is known', () => {
    const of = (absence: How) => sharesOf({ ...claims([mapped(0, BLOCKS, 9)]), absence }, PAGE).cache;
    expect([of(How.unknown).unknown, of(How.reported).asked, of(How.derived).events]).toEqual([12n, 12n, 12n]);
  });

  test('agrees with counting page by page', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const dice = new Dice(seed),
          map = randomMap(dice, true),
          size = BigInt(1 + dice.below(BLOCKS)) * BLOCK,
          counts = { events: 0n, asked: 0n, unknown: 0n };
        for (let page = 0; page < Math.ceil(Number(size / BLOCK) / PER_PAGE); page++) {
          const found = Array.from({ length: PER_PAGE }, (_, k) => page * PER_PAGE + k)
            .filter((k) => BigInt(k) * BLOCK < size)
            .map((k) => map.find(({ from, to }) => BigInt(k) * BLOCK >= from && BigInt(k) * BLOCK < to));
          counts[
            found.some((it) => !it || it.type === MapType.UNKNOWN)
              ? 'unknown'
              : found.some((it) => it!.how === How.reported)
                ? 'asked'
                : 'events'
          ]++;
        }
        // As a model gives it: nothing behind the end of the file.
        const inside = map.filter(({ from }) => from < size).map((it) => ({ ...it, to: it.to < size ? it.to : size }));
        expect(sharesOf(claims(inside, [], size), PAGE).map).toEqual(counts);
      }),
      lawRuns(),
    );
  });
});

describe('compareBlocks', () => {
  const range = (from: number, to: number): ByteRange => ({ from: BigInt(from) * BLOCK, to: BigInt(to) * BLOCK });

  test('finds what was dirty and not written, and what was written and not dirty', () => {
    const before = claims([], [cached(0, 4, FolioState.dirty), cached(4, 8, FolioState.clean)]);
    expect(compareBlocks(before, [range(0, 4)], BLOCK)).toEqual([]);
    expect(compareBlocks(before, [range(2, 5)], BLOCK)).toEqual([
      { ...range(0, 2), model: 'dirty', kernel: 'not written' },
      { ...range(4, 5), model: 'clean', kernel: 'written' },
    ]);
  });

  test('takes a block for dirty when a byte of it is, and nothing behind the end of the file', () => {
    const part = { ...cached(0, 1, FolioState.dirty), from: 1n, to: 2n };
    expect(compareBlocks(claims([], [part], 4n * BLOCK), [range(0, 1), range(4, 8)], BLOCK)).toEqual([]);
  });

  test('does not know which blocks of a folio are dirty of which only that is known', () => {
    const asked = cached(0, 4, FolioState.folioDirty, 0, How.reported),
      before = claims([], [asked, cached(4, 8, FolioState.unknown), cached(8, 12, FolioState.writeback)]);
    expect(compareBlocks(before, [range(2, 6)], BLOCK)).toEqual([]);
    // Of one whose writes were told the others are clean.
    expect(compareBlocks(claims([], [{ ...asked, how: How.observed }]), [range(2, 3)], BLOCK)).toHaveLength(1);
  });

  test('agrees with comparing block by block', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const dice = new Dice(seed),
          cache = randomCache(dice),
          written = randomCache(dice).map(({ from, to }) => ({ from, to })),
          want = Array.from({ length: BLOCKS }, (_, k) => {
            const holds = ({ from, to }: ByteRange): boolean => BigInt(k) * BLOCK >= from && BigInt(k) * BLOCK < to,
              state = cache.find(holds)?.state ?? FolioState.clean,
              isWritten = written.some(holds);
            return state === FolioState.dirty ? (isWritten ? '.' : 'x') : state === FolioState.clean && isWritten ? 'x' : '.';
          });
        expect(drawn(compareBlocks(claims([], cache), written, BLOCK), BLOCK, BLOCKS)).toBe(want.join(''));
      }),
      lawRuns(),
    );
  });
});

describe('comparableBytes', () => {
  const all = [{ from: 0n, to: BigInt(BLOCKS) * BLOCK }],
    rules = { block: BLOCK, tellsBlocks: true };

  test('names clean blocks of plain data with their places, as far as the file goes', () => {
    const model = claims(
      [mapped(0, 4, 100), mapped(4, 6, 300), bare(6, 7, MapType.HOLE), mapped(7, 8, 400, { type: MapType.UNWRITTEN }), mapped(8, 12, 500)],
      [cached(0, 2, FolioState.dirty), cached(2, 9, FolioState.clean)],
    );
    expect(comparableBytes(model, all, 8n * BLOCK + 5n, rules)).toEqual([
      { from: 2n * BLOCK, to: 4n * BLOCK, device: '/dev/loop0', addr: 102n * BLOCK },
      { from: 4n * BLOCK, to: 6n * BLOCK, device: '/dev/loop0', addr: 300n * BLOCK },
      { from: 8n * BLOCK, to: 8n * BLOCK + 5n, device: '/dev/loop0', addr: 500n * BLOCK },
    ]);
  });

  test.each([
    ['that is compressed', { flags: ExtentFlag.ENCODED }],
    ['on a device without a name', { device: '' }],
    ['without a place', { addr: NO_ADDR }],
  ])('leaves out data %s', (_, it) => {
    expect(comparableBytes(claims([mapped(0, 4, 100, it)], [cached(0, 4, FolioState.clean)]), all, BLOCK, rules)).toEqual([]);
  });

  test('takes blocks of a dirty folio that nobody wrote to for clean where events tell each write, unless that was only asked for', () => {
    const bytesOf = (tellsBlocks: boolean, how: How): number => {
      const model = claims([mapped(0, 4, 100)], [cached(0, 4, FolioState.folioDirty, 2, how)]);
      return comparableBytes(model, all, 4n * BLOCK, { block: BLOCK, tellsBlocks }).length;
    };
    expect([bytesOf(true, How.observed), bytesOf(true, How.reported), bytesOf(false, How.observed)]).toEqual([1, 0, 0]);
  });

  test('names nothing outside of what is wanted', () => {
    const model = claims([mapped(0, 8, 100)], [cached(0, 8, FolioState.clean)]),
      wanted = dirtyFolios(claims([], [cached(5, 6, FolioState.dirty, 0)]), PAGE);
    expect(comparableBytes(model, wanted, 8n * BLOCK, rules).map(({ from, to }) => [from, to])).toEqual([[4n * BLOCK, 8n * BLOCK]]);
  });
});

describe('compareSeek', () => {
  const size = BigInt(BLOCKS) * BLOCK,
    model = claims(
      [
        bare(0, 4, MapType.HOLE),
        mapped(4, 8, 100),
        mapped(8, 16, 200, { type: MapType.UNWRITTEN }),
        bare(16, 20, MapType.DELALLOC),
        bare(20, 24, MapType.UNKNOWN),
      ],
      [cached(12, 16, FolioState.dirty)],
    );
  const seek = (ranges: readonly ByteRange[], hasEvicted = false) =>
    compareSeek(model, { ranges, hasEvicted }, size, { block: BLOCK, page: PAGE, looksIntoCache: true });
  const range = (from: number, to: number) => ({ from: BigInt(from) * BLOCK, to: BigInt(to) * BLOCK });

  test('takes for data what is written, what waits, and what is cached over a place that is not written', () => {
    expect(seek([range(4, 8), range(12, 20)])).toEqual([]);
  });

  test('does not know of a place that is not written whether a page of it was taken back, which lseek takes for data', () => {
    const found = [range(4, 8), range(9, 10), range(12, 20)];
    expect([seek(found).length, seek(found, true).length]).toEqual([1, 0]);
  });

  test('takes what is cached over a hole for data where a copy on write waits, and for nothing where none does', () => {
    const over = (copies: readonly CopyClaim[], state: FolioState, hasEvicted = false, how: How = How.observed) => {
      const hole = { ...claims([{ ...bare(0, 16, MapType.HOLE), how }], [cached(4, 8, state)], size), copies };
      return compareSeek(hole, { ranges: [range(4, 10)], hasEvicted }, 16n * BLOCK, { block: BLOCK, page: PAGE, looksIntoCache: true });
    };
    const waits = [{ ...range(4, 12), how: How.observed }],
      all = { ...range(4, 10), model: 'hole', kernel: 'data' };
    expect(over([], FolioState.dirty)).toEqual([all]);
    expect(over(waits, FolioState.dirty)).toEqual([{ ...all, ...range(8, 10) }]);
    // Of a page that was taken back lseek remembers that it was there.
    expect(over(waits, FolioState.dirty, true)).toEqual([]);
    expect(over([], FolioState.dirty, true)).toEqual([all]);
    // FIEMAP does not say whether a copy waits.
    expect(over([], FolioState.dirty, false, How.reported)).toEqual([{ ...all, ...range(8, 10) }]);
    expect(over([{ ...range(0, 16), how: How.unknown }], FolioState.dirty)).toEqual([{ ...all, ...range(8, 10) }]);
  });

  test('finds data that the kernel has not, and holes that it has not, where the model knows', () => {
    expect(seek([range(0, 2), range(6, 8), range(12, 24)])).toEqual([
      { ...range(0, 2), model: 'hole', kernel: 'data' },
      { ...range(4, 6), model: 'data', kernel: 'hole' },
    ]);
  });
});

const types = [MapType.HOLE, MapType.DELALLOC, MapType.MAPPED, MapType.MAPPED, MapType.UNWRITTEN];

/** A map of all blocks: what is there, in runs of random length. */
function randomMap(dice: Dice, hasGaps: boolean): MapClaim[] {
  const out: MapClaim[] = [];
  for (let at = 0; at < BLOCKS;) {
    const to = Math.min(BLOCKS, at + 1 + dice.below(9)),
      type = dice.pick(hasGaps && dice.below(4) === 0 ? [MapType.UNKNOWN] : types),
      how = dice.pick([How.reported, How.observed, How.derived]);
    if (!hasGaps || dice.below(6) > 0)
      out.push({
        ...(type === MapType.MAPPED || type === MapType.UNWRITTEN ? mapped(at, to, 64 * dice.below(3) + at, { type }) : bare(at, to, type)),
        how,
      });
    at = to;
  }
  return out;
}

/** Mostly the first. */
const mixed = (dice: Dice, map: readonly MapClaim[], other: readonly MapClaim[]): readonly MapClaim[] => {
  const at = BigInt(dice.below(BLOCKS)) * BLOCK;
  const cut = (list: readonly MapClaim[], from: bigint, to: bigint): MapClaim[] =>
    list
      .filter((it) => it.from < to && it.to > from)
      .map((it) => {
        const start = it.from > from ? it.from : from;
        return { ...it, from: start, to: it.to < to ? it.to : to, addr: it.addr === NO_ADDR ? NO_ADDR : it.addr + (start - it.from) };
      });
  return [...cut(map, 0n, at), ...cut(other, at, BigInt(BLOCKS) * BLOCK)];
};

function blockOf(map: readonly MapClaim[], k: number): string {
  const at = BigInt(k) * BLOCK,
    it = map.find(({ from, to }) => at >= from && at < to);
  if (!it || it.type === MapType.UNKNOWN) return '?';
  return it.type === MapType.HOLE || it.type === MapType.DELALLOC ? `${it.type}` : `${it.type} ${it.addr + (at - it.from)}`;
}

const drawn = (found: readonly { from: bigint; to: bigint }[], unit: bigint, cells: number): string => {
  const out = Array<string>(cells).fill('.');
  for (const { from, to } of found) out.fill('x', Number(from / unit), Number(to / unit));
  return out.join('');
};

/** Folios of random size, each with a dirty part perhaps. */
function randomCache(dice: Dice): CacheClaim[] {
  const out: CacheClaim[] = [];
  for (let page = 0; page < BLOCKS / PER_PAGE;) {
    const order = dice.below(3),
      pages = 1 << order;
    if (page % pages !== 0) continue;
    if (dice.below(4) > 0) {
      const from = page * PER_PAGE,
        to = from + pages * PER_PAGE,
        a = from + dice.below(to - from),
        b = a + 1 + dice.below(to - a),
        known = dice.below(5) === 0 ? NO_ORDER : order,
        state = dice.pick([FolioState.clean, FolioState.dirty, FolioState.writeback, FolioState.unknown, FolioState.failed]);
      for (const [start, end, it] of [
        [from, a, FolioState.clean],
        [a, b, state],
        [b, to, FolioState.clean],
      ] as const)
        if (start < end) out.push(cached(start, end, it, known));
    }
    page += pages;
  }
  return out;
}

const randomLook = (dice: Dice): CacheClaim[] =>
  Array.from({ length: BLOCKS / PER_PAGE }, (_, page) => page)
    .filter(() => dice.below(3) > 0)
    .map((page) => cached(page * PER_PAGE, (page + 1) * PER_PAGE, dice.pick([FolioState.clean, FolioState.folioDirty]), NO_ORDER));

/** What the model says of page `k`, folio by folio; undefined: it does not know. */
function pageOf(cache: readonly CacheClaim[], k: number): Cached | undefined {
  const touches = ({ from, to }: CacheClaim, first: number, pages: number): boolean =>
    from < BigInt(first + pages) * PAGE && to > BigInt(first) * PAGE;
  const here = cache.filter((it) => touches(it, k, 1));
  if (here.some(({ state }) => state === FolioState.unknown || state === FolioState.failed)) return undefined;
  if (here.length === 0) return 'absent';
  const inFolio = (state: FolioState): boolean =>
    cache.some((it) => {
      const pages = it.order === NO_ORDER ? 1 : 1 << it.order;
      return it.state === state && touches(it, k - (k % pages), pages);
    });
  if (inFolio(FolioState.dirty)) return 'dirty';
  if (inFolio(FolioState.writeback)) return 'writeback';
  return 'clean';
}
