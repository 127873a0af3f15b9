import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mark, OPEN_END, RunMap } from './run-map.ts';
import type { Along, Run } from './run-map.ts';

/** A place: `a5` is block 5 of device a, and the next block is `a6`. */
interface Spot {
  readonly device: string;
  readonly at: number;
}
const spots: Along<Spot> = { advance: (s, by) => ({ ...s, at: s.at + by }), same: (a, b) => a.device === b.device && a.at === b.at };
const SIZE = 24;

const show = (map: RunMap<Spot>): string[] =>
  Array.from({ length: SIZE }, (_, block) => {
    const spot = map.at(block);
    return spot ? `${spot.device}${spot.at}` : '.';
  });

describe('RunMap', () => {
  test('paint splits a run it lands inside, and the rest keeps its place', () => {
    const map = new RunMap(spots);
    map.paint(2, 8, { device: 'a', at: 10 });
    map.paint(4, 5, { device: 'b', at: 0 });
    expect([...map]).toEqual([
      { from: 2, to: 4, value: { device: 'a', at: 10 } },
      { from: 4, to: 5, value: { device: 'b', at: 0 } },
      { from: 5, to: 8, value: { device: 'a', at: 13 } },
    ]);
  });

  test('paint joins what continues on both sides', () => {
    const map = new RunMap(spots);
    map.paint(0, 2, { device: 'a', at: 0 });
    map.paint(4, 6, { device: 'a', at: 4 });
    map.paint(2, 4, { device: 'a', at: 2 });
    expect([...map]).toEqual([{ from: 0, to: 6, value: { device: 'a', at: 0 } }]);
  });

  test('paint of an empty range changes nothing', () => {
    const map = new RunMap(mark);
    map.paint(5, 5, true);
    expect(map.length).toBe(0);
  });

  test('addAll is a paint of each, and refuses a block that has a value', () => {
    const runs = fc.array(fc.record({ gap: fc.nat(3), length: fc.integer({ min: 1, max: 3 }), at: fc.nat(2) }), { maxLength: 8 });
    fc.assert(
      fc.property(runs, runs, (before, added) => {
        const map = new RunMap(spots),
          twin = new RunMap(spots);
        const runsOf = (list: typeof before): Run<Spot>[] => {
          let end = 0;
          return list.map(({ gap, length, at }) => ({ from: end + gap, to: (end += gap + length), value: { device: 'a', at } }));
        };
        for (const { from, to, value } of runsOf(before)) for (const each of [map, twin]) each.paint(from, to, value);
        const more = runsOf(added),
          taken = more.find(({ from, to }) => twin.within(from, to).length > 0);
        if (taken) expect(() => map.addAll(more)).toThrow('have a value already');
        else {
          map.addAll(more);
          for (const { from, to, value } of more) twin.paint(from, to, value);
        }
        expect([...map]).toEqual([...twin]);
        expect(map.blocks).toBe(twin.blocks);
      }),
    );
  });

  test('around an empty map is one gap to the open end', () => {
    expect(new RunMap(mark).around(7)).toEqual({ from: 0, to: OPEN_END });
  });

  test('every change agrees with one cell a block, and runs stay fused', () => {
    const stroke = fc.record({
      from: fc.nat(SIZE),
      length: fc.nat(8),
      spot: fc.option(fc.record({ device: fc.constantFrom('a', 'b'), at: fc.nat(3) }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(stroke, { maxLength: 30 }), (strokes) => {
        const map = new RunMap(spots),
          dense: string[] = Array.from({ length: SIZE }, () => '.');
        for (const { from, length, spot } of strokes) {
          const to = Math.min(SIZE, from + length);
          if (spot) map.paint(from, to, spot);
          else map.erase(from, to);
          for (let block = from; block < to; block++) dense[block] = spot ? `${spot.device}${spot.at + block - from}` : '.';
          expect(show(map)).toEqual(dense);
          expect(map.blocks).toBe(dense.filter((cell) => cell !== '.').length);
          const runs = [...map];
          for (let i = 1; i < runs.length; i++) {
            expect(runs[i]!.from).toBeGreaterThanOrEqual(runs[i - 1]!.to);
            const next = spots.advance(runs[i - 1]!.value, runs[i - 1]!.to - runs[i - 1]!.from);
            expect(runs[i]!.from === runs[i - 1]!.to && spots.same(next, runs[i]!.value)).toBe(false);
          }
          const cut = map.within(from, to),
            gaps = map.gaps(from, to);
          expect(
            cut.flatMap((run) => Array.from({ length: run.to - run.from }, (_, i) => `${run.value.device}${run.value.at + i}`)),
          ).toEqual(dense.slice(from, to).filter((cell) => cell !== '.'));
          expect(gaps.reduce((sum, gap) => sum + gap.to - gap.from, 0)).toBe(dense.slice(from, to).filter((cell) => cell === '.').length);
          for (let block = 0; block < SIZE; block++) {
            const around = map.around(block);
            expect(around.from <= block && block < around.to).toBe(true);
            expect(around.value === undefined).toBe(dense[block] === '.');
          }
        }
      }),
    );
  });
});
