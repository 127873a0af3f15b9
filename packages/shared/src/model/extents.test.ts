import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { How, MapType, NO_ADDR } from '../trace/index.ts';
import { U64_MAX } from '../units/index.ts';
import { alike } from '../fixtures/alike.ts';
import { DenseExtents } from '../fixtures/dense.ts';
import { picture, story, valueOf } from '../fixtures/picture.ts';
import { lawMs, lawRuns } from '../fixtures/runs.ts';
import { ExtentFlag } from '../wire/index.ts';
import { CHUNK_ROWS } from './chunk.ts';
import { ExtentMap, type ExtentValue } from './extents.ts';

vi.setConfig({ testTimeout: lawMs() });

const CELLS = 40;

interface Stroke {
  readonly from: number;
  readonly to: number;
  readonly value: ExtentValue | undefined;
}

const stroke: fc.Arbitrary<Stroke> = fc
  .tuple(
    fc.integer({ min: 0, max: CELLS - 1 }),
    fc.integer({ min: 0, max: 12 }),
    fc.constantFrom(...'aaabbchhdu?-'.split('')),
    fc.integer({ min: 1, max: 2 }),
    fc.constantFrom(0, 0, 4),
  )
  .map(([from, n, letter, how, flags]) => ({
    from,
    to: Math.min(from + n, CELLS),
    value: letter === '-' ? undefined : { ...valueOf(letter, from), how: how as How, flags },
  }));

/** Stamp strokes with their number, so that who made a run is told apart. */
const stamped = (value: ExtentValue, k: number): ExtentValue => ({ ...value, op: k + 1, since: BigInt(k + 1) });

describe('paint', () => {
  test('splits a different extent that it lands inside', () => {
    expect(picture(story(' aaaaaaa  ', '   bb     '), 10)).toBe('.aabbaaa..');
  });

  test('fuses with both neighbours where the device goes on', () => {
    const map = story('   aaa    ', '      aa  ', ' aa       ');
    expect(picture(map, 10)).toBe('.aaaaaaa..');
    expect(map.size).toBe(1);
  });

  test('does not fuse what the field would not: device, type, flags, how, or a jump on the device', () => {
    const map = new ExtentMap(),
      value = valueOf('a', 0);
    map.paint(0n, 4n, value);
    const next = { ...valueOf('a', 4) };
    for (const other of [{ device: 2 }, { type: MapType.UNWRITTEN }, { flags: 4 }, { how: How.derived }, { addr: next.addr + 1n }]) {
      map.paint(4n, 8n, { ...next, ...other });
      expect(map.list()).toHaveLength(2);
    }
    map.paint(4n, 8n, next);
    expect(map.list()).toEqual([{ from: 0n, to: 8n, ...value }]);
  });

  test('covers several extents and parts of them', () => {
    expect(picture(story('aaa bbb cc', '  hhhhhhh '), 10)).toBe('aahhhhhhhc');
  });

  test('slides the place of the part behind it', () => {
    const map = story('aaaaaaaa', '  h     ');
    expect(map.at(5n)).toMatchObject({ from: 3n, to: 8n, addr: valueOf('a', 3).addr });
  });

  test('slides nothing of what is encoded: its one place is that of the whole, which is one extent again when nothing lies between', () => {
    const map = new ExtentMap(),
      whole = { ...valueOf('a', 0), flags: ExtentFlag.ENCODED };
    map.paint(0n, 8n, whole);
    map.paint(2n, 4n, valueOf('b', 2));
    expect(map.list().map(({ from, addr }) => [from, addr])).toEqual([
      [0n, whole.addr],
      [2n, valueOf('b', 2).addr],
      [4n, whole.addr],
    ]);
    map.paint(2n, 4n, whole);
    expect(map.list()).toMatchObject([{ from: 0n, to: 8n, addr: whole.addr }]);
  });

  test('ignores an empty range', () => {
    const map = new ExtentMap();
    map.paint(5n, 5n, valueOf('a', 5));
    expect(map.size).toBe(0);
  });

  test('reaches the last byte that can be addressed', () => {
    const map = new ExtentMap();
    map.paint(0n, U64_MAX, { ...valueOf('h', 0) });
    map.paint(1n << 62n, (1n << 62n) + 1n, valueOf('u', 0));
    expect(map.list().map(({ from, to, type }) => [from, to, type])).toEqual([
      [0n, 1n << 62n, MapType.HOLE],
      [1n << 62n, (1n << 62n) + 1n, MapType.UNWRITTEN],
      [(1n << 62n) + 1n, U64_MAX, MapType.HOLE],
    ]);
  });

  test('law of extents: a map agrees with one cell a byte after every stroke', () => {
    fc.assert(
      fc.property(fc.array(stroke, { maxLength: 30, size: 'max' }), (strokes) => {
        const map = new ExtentMap(),
          dense = new DenseExtents(CELLS, 1n);
        strokes.forEach(({ from, to, value }, k) => {
          if (value) {
            map.paint(BigInt(from), BigInt(to), stamped(value, k));
            dense.paint(from, to, stamped(value, k));
          } else {
            map.clear(BigInt(from), BigInt(to));
            dense.clear(from, to);
          }
          const runs = dense.runs();
          alike(map.list(), runs, () => picture(map, CELLS));
          if (map.size !== runs.length) expect(map.size).toBe(runs.length);
        });
      }),
      lawRuns(),
    );
  });

  test('agrees with one cell a block when the extents fill many chunks', () => {
    const cells = 12 * CHUNK_ROWS;
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.nat(cells - 1),
            fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 3 }) }, { weight: 1, arbitrary: fc.nat(2000) }),
            fc.constantFrom(...'abh-'.split('')),
          ),
          {
            minLength: 20,
            maxLength: 60,
          },
        ),
        (strokes) => {
          const map = new ExtentMap(),
            dense = new DenseExtents(cells, 1n);
          // Every second block, so that nothing fuses and there are some fifteen hundred runs.
          for (let k = 0; k < cells; k += 2) {
            map.paint(BigInt(k), BigInt(k + 1), valueOf('u', k));
            dense.paint(k, k + 1, valueOf('u', k));
          }
          for (const [from, n, letter] of strokes) {
            const to = Math.min(from + n, cells);
            if (letter === '-') {
              map.clear(BigInt(from), BigInt(to));
              dense.clear(from, to);
            } else {
              map.paint(BigInt(from), BigInt(to), valueOf(letter, from));
              dense.paint(from, to, valueOf(letter, from));
            }
          }
          alike(map.list(), dense.runs(), () => picture(map, cells));
          expect(map.size).toBe(dense.runs().length);
          for (const chunk of map.pieces) {
            expect(chunk.n).toBeGreaterThan(0);
            expect(chunk.n).toBeLessThanOrEqual(CHUNK_ROWS);
          }
        },
      ),
      lawRuns(0.03),
    );
  });
});

describe('each', () => {
  test('visits exactly the extents that overlap a window', () => {
    fc.assert(
      fc.property(fc.array(stroke, { maxLength: 20, size: 'max' }), fc.nat(CELLS), fc.nat(CELLS), (strokes, from, to) => {
        const map = new ExtentMap();
        strokes.forEach(({ value, ...range }) => value && map.paint(BigInt(range.from), BigInt(range.to), value));
        const window = map.list(BigInt(from), BigInt(to));
        expect(window).toEqual(map.list().filter((it) => it.from < BigInt(to) && it.to > BigInt(from)));
      }),
      lawRuns(),
    );
  });
});

describe('doubt', () => {
  test('makes all of a map unknown, and nothing of a map of which nothing was known', () => {
    const map = story('aa  bb');
    map.doubt(9n);
    expect(map.list()).toEqual([
      { from: 0n, to: U64_MAX, addr: NO_ADDR, device: 0, type: MapType.UNKNOWN, flags: 0, how: How.unknown, op: 0, since: 9n },
    ]);
    const empty = new ExtentMap();
    empty.doubt(9n);
    expect(empty.size).toBe(0);
  });
});

test('an extent costs at most 48 bytes, however the map came about', () => {
  const map = new ExtentMap();
  let seed = 1;
  for (let k = 0; k < 40_000; k++) {
    seed = (seed * 48271) % 0x7fff_ffff;
    const at = BigInt(seed) * 2n;
    map.paint(at, at + 1n, valueOf('u', seed));
  }
  expect(map.size).toBeGreaterThan(39_000);
  expect(map.bytes / map.size).toBeLessThanOrEqual(48);
});
