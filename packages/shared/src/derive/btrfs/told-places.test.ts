import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { lawMs, lawRuns } from '../../fixtures/runs.ts';
import { type Placed, ToldPlaces } from './told-places.ts';

vi.setConfig({ testTimeout: lawMs() });

const DEV = 40,
  BLOCK = 4096n;

const placed = (logical: bigint, length: bigint, it: Partial<Placed> = {}): Placed => ({
  dev: DEV,
  ino: 257n,
  root: 5n,
  from: 0n,
  to: length,
  logical,
  addr: logical + (1n << 30n),
  device: 1,
  flags: 0,
  ...it,
});
const names = (found: readonly Placed[]): string[] => found.map(({ ino, root, from }) => `${root}/${ino}+${from}`).toSorted();

describe('ToldPlaces', () => {
  test('finds whatever lies in a range, once, and of other filesystems nothing', () => {
    const places = new ToldPlaces();
    places.told(placed(8n * BLOCK, 4n * BLOCK), 1n);
    places.told(placed(10n * BLOCK, 2n * BLOCK, { ino: 258n }), 1n);
    places.told(placed(8n * BLOCK, BLOCK, { dev: 41 }), 1n);
    expect(names(places.changed(DEV, 2n, 0n, 8n * BLOCK))).toEqual([]);
    expect(names(places.changed(DEV, 3n, 9n * BLOCK, 11n * BLOCK))).toEqual(['5/257+0', '5/258+0']);
    expect(names(places.changed(DEV, 4n, 0n, 99n * BLOCK))).toEqual([]);
  });

  test('keeps once what is told again, and what a part of is told again', () => {
    const places = new ToldPlaces();
    for (const [from, to] of [
      [0n, 8n],
      [0n, 8n],
      [2n, 5n],
    ] as const)
      places.told(placed(from * BLOCK, 0n, { from: from * BLOCK, to: to * BLOCK, addr: from * BLOCK }), 1n);
    expect(names(places.changed(DEV, 2n, 0n, 99n * BLOCK))).toEqual(['5/257+0']);
  });

  test('leaves out of all that changed the files of one subvolume', () => {
    const places = new ToldPlaces();
    for (const root of [5n, 256n, 257n]) places.told(placed(root * BLOCK, BLOCK, { root }), 1n);
    expect(names(places.allChanged(DEV, 2n, 256n))).toEqual(['257/257+0', '5/257+0']);
    expect(names(places.allChanged(DEV, 3n))).toEqual(['256/257+0']);
  });

  test('takes what was asked for before a change, and told behind it, for out of date', () => {
    const places = new ToldPlaces();
    places.changed(DEV, 10n, 0n, 4n * BLOCK);
    places.told(placed(0n, BLOCK), 9n);
    places.told(placed(0n, BLOCK, { ino: 258n }), 10n);
    places.told(placed(8n * BLOCK, BLOCK, { ino: 259n }), 9n);
    expect(names(places.takeLate())).toEqual(['5/257+0']);
    expect(places.takeLate()).toEqual([]);
    places.allChanged(DEV, 11n);
    places.told(placed(8n * BLOCK, BLOCK), 10n);
    places.forget(20n);
    places.told(placed(99n * BLOCK, BLOCK, { ino: 260n }), 19n);
    expect(names(places.takeLate())).toEqual(['5/257+0', '5/260+0']);
  });

  test('does not remember changes without end: what was asked for before those it has forgotten is out of date', () => {
    const places = new ToldPlaces();
    for (let time = 1n; time <= 40_000n; time++) places.changed(DEV, time, 0n, BLOCK);
    places.told(placed(8n * BLOCK, BLOCK), 10n);
    places.told(placed(8n * BLOCK, BLOCK, { ino: 258n }), 39_999n);
    expect(names(places.takeLate())).toEqual(['5/257+0']);
  });

  test('law of places: agrees with looking at each of them, however long they are and whatever changed before', () => {
    const bytes = fc.oneof(fc.bigInt(0n, 64n), fc.bigInt(0n, 1n << 24n)).map((blocks) => blocks * BLOCK),
      tell = fc.record({ logical: bytes, length: bytes.map((it) => it + BLOCK), ino: fc.bigInt(256n, 300n) }),
      change = fc.record({ start: bytes, length: fc.oneof(bytes, fc.constant(1n << 63n)) });
    fc.assert(
      fc.property(fc.array(fc.oneof(tell, change), { maxLength: 60 }), (acts) => {
        const places = new ToldPlaces();
        let there: Placed[] = [];
        acts.forEach((act, i) => {
          const time = BigInt(i + 1);
          if ('ino' in act) {
            // Of one file each, so that none is told again.
            const it = placed(act.logical, act.length, { ino: act.ino + 1000n * time });
            places.told(it, time);
            there.push(it);
            return;
          }
          const isIn = ({ logical, to }: Placed): boolean => logical < act.start + act.length && act.start < logical + to;
          expect(names(places.changed(DEV, time, act.start, act.start + act.length))).toEqual(names(there.filter(isIn)));
          there = there.filter((it) => !isIn(it));
        });
      }),
      lawRuns(),
    );
  });
});
