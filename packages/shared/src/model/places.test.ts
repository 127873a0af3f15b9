import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { How, Kind, MapLayer, MapType } from '../trace/index.ts';
import { U64_MAX } from '../units/index.ts';
import { type EventRow, frameOf } from '../fixtures/rows.ts';
import { lawMs, lawRuns } from '../fixtures/runs.ts';
import { createModel, type Model } from './model.ts';
import { placeOf, residents, runsAt, sharers } from './places.ts';
import { reduce } from './reduce.ts';

vi.setConfig({ testTimeout: lawMs() });

const extent = (inode: number, offset: number, length: number, addr: number, device = 1): EventRow => ({
  kind: Kind.extent,
  time: 1n,
  role: 1,
  inode,
  offset: BigInt(offset),
  length: BigInt(length),
  addr: BigInt(addr),
  device,
  type: MapType.MAPPED,
  how: 1,
});
/** By an extent of the data map. */
const told = { layer: MapLayer.data, how: How.reported } as const;
const modelOf = (...rows: EventRow[]): Model => {
  const model = createModel();
  reduce(model, frameOf(rows));
  return model;
};

const byInode = (model: Model) => [...model.files.all()].sort((a, b) => a.inode - b.inode);

describe('sharers', () => {
  test('shows what another file has of the same blocks, cut to them', () => {
    const model = modelOf(extent(1, 0, 100, 1000), extent(2, 500, 50, 1080), extent(3, 0, 9, 1000, 2));
    expect(sharers(model, 1, 0n, 100n)).toEqual([{ inode: 2, from: 500n, to: 520n, addr: 1080n, ...told }]);
    expect(sharers(model, 1, 0n, 80n)).toEqual([]);
    expect(sharers(model, 2, 500n, 501n)).toEqual([{ inode: 1, from: 80n, to: 81n, addr: 1080n, ...told }]);
  });

  test('leaves out files that are gone, and follows a map that changes', () => {
    const model = modelOf({ kind: Kind.inode, time: 1n, inode: 2 }, extent(1, 0, 10, 0), extent(2, 0, 10, 0));
    expect(sharers(model, 1, 0n, 10n)).toHaveLength(1);
    reduce(model, frameOf([extent(2, 0, 4, 700)]));
    expect(sharers(model, 1, 0n, 10n)).toEqual([{ inode: 2, from: 4n, to: 10n, addr: 4n, ...told }]);
    reduce(model, frameOf([{ kind: Kind.inodeGone, time: 2n, inode: 2 }]));
    expect(sharers(model, 1, 0n, 10n)).toEqual([]);
  });

  test('agrees with comparing every byte of every file with every byte of the range', () => {
    const rows = fc.array(
      fc
        .tuple(fc.integer({ min: 1, max: 3 }), fc.nat(20), fc.integer({ min: 1, max: 8 }), fc.nat(24), fc.integer({ min: 1, max: 2 }))
        .map((it) => extent(...it)),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(rows, fc.nat(20), fc.integer({ min: 1, max: 12 }), (list, first, n) => {
        const model = modelOf(...list),
          file = model.files.find(1);
        const shared: string[] = [];
        for (const { inode, from, to, addr } of sharers(model, 1, BigInt(first), BigInt(first + n)))
          for (let k = 0n; k < to - from; k++) shared.push(`${inode} ${from + k} ${addr + k}`);
        const slow: string[] = [],
          places = Array.from({ length: n }, (_, k) => file && placeOf(file, BigInt(first + k)));
        for (const other of [...model.files.all()].filter((it) => it !== file))
          for (let at = 0n; at < 30n; at++) {
            const place = placeOf(other, at);
            if (places.some((here) => here && place && here.device === place.device && here.addr === place.addr))
              slow.push(`${other.inode} ${at} ${place!.addr}`);
          }
        expect(shared.sort()).toEqual(slow.sort());
      }),
      lawRuns(0.2),
    );
  });
});

describe('runsAt', () => {
  test('gives the extents of a map in a stretch of a device, cut to it, by address', () => {
    const map = modelOf(extent(1, 0, 10, 100), extent(1, 10, 10, 50), extent(1, 20, 10, 100, 2), extent(1, 30, 4, 104)).files.find(1)!.data;
    expect(runsAt(map, 1, 55n, 106n).map(({ from, to, addr }) => [from, to, addr])).toEqual([
      [15n, 20n, 55n],
      [0n, 6n, 100n],
      [30n, 32n, 104n],
    ]);
    expect(runsAt(map, 3, 0n, 1000n)).toEqual([]);
  });

  test('finds an extent at the last bytes that can be addressed', () => {
    const top = (1n << 64n) - 16n,
      { data } = modelOf({ ...extent(1, 0, 15, 0), addr: top }).files.find(1)!;
    expect(runsAt(data, 1, top + 10n, U64_MAX)).toEqual([{ from: 10n, to: 15n, addr: top + 10n, how: How.reported }]);
  });
});

describe('residents', () => {
  test('agrees with asking every byte of every file', () => {
    const rows = fc.array(
      fc
        .tuple(
          fc.integer({ min: 1, max: 3 }),
          fc.nat(20),
          fc.integer({ min: 1, max: 8 }),
          fc.nat(24),
          fc.integer({ min: 1, max: 2 }),
          fc.constantFrom(MapLayer.data, MapLayer.pending),
        )
        .map(([inode, offset, length, addr, device, role]) => ({ ...extent(inode, offset, length, addr, device), role })),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(rows, (list) => {
        const model = modelOf(...list);
        for (let device = 1; device <= 2; device++)
          for (let addr = 0n; addr < 34n; addr++) {
            const slow = byInode(model).flatMap(({ inode, data, pending }) =>
              ([data, pending] as const).flatMap((map, k) =>
                Array.from({ length: 30 }, (_, at) => BigInt(at)).flatMap((offset) => {
                  const it = map.at(offset),
                    isThere = it?.device === device && it.addr + (offset - it.from) === addr;
                  return isThere ? [{ inode, offset, layer: k === 0 ? MapLayer.data : MapLayer.pending, how: it.how }] : [];
                }),
              ),
            );
            expect(residents(model, device, addr)).toEqual(slow);
          }
      }),
      lawRuns(0.2),
    );
  });

  test('asks the strips where no extent is told, and says slack', () => {
    const model = modelOf(
      { kind: Kind.inode, time: 1n, inode: 4, length: 10n },
      { kind: Kind.layout, time: 1n, inode: 4, type: 0, length: 10n, flags: 4, result: 2n },
      { kind: Kind.strip, time: 1n, inode: 4, type: 0, flags: 0, device: 1, addr: 100n, length: 8n },
      { kind: Kind.strip, time: 1n, inode: 4, type: 0, flags: 1, device: 2, addr: 200n, length: 8n },
    );
    expect(residents(model, 1, 105n)).toEqual([{ inode: 4, offset: 9n, layer: MapLayer.data, how: 0 }]);
    expect(residents(model, 1, 106n)).toEqual([{ inode: 4, offset: undefined, layer: MapLayer.data, how: 0 }]);
    expect(residents(model, 1, 108n)).toEqual([]);
    expect(placeOf(model.files.find(4)!, 4n)).toMatchObject({ device: 2, addr: 200n });
  });
});
