import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { Dice } from '../fixtures/dice.ts';
import { bare, BLOCK, BLOCKS, claims, drawn, mapped, randomMap } from '../fixtures/file-claims.ts';
import { lawMs, lawRuns } from '../fixtures/runs.ts';
import { MapType, NO_ADDR } from '../trace/index.ts';
import { ExtentFlag, MapFlag } from '../wire/index.ts';
import type { MapClaim } from './claims.ts';
import { compareMaps } from './compare-maps.ts';

vi.setConfig({ testTimeout: lawMs() });

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

  test('asks of a part of what is compressed for the place of the whole', () => {
    const encoded = { flags: ExtentFlag.ENCODED },
      parts = [mapped(0, 2, 100, encoded), mapped(2, 8, 100, encoded)];
    expect(compareMaps(claims([mapped(0, 8, 100, encoded)]), claims(parts)).differences).toEqual([]);
    expect(compareMaps(claims(parts), claims([mapped(0, 8, 101, encoded)])).differences).toHaveLength(1);
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
      untold = { tellsSharing: false };
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
