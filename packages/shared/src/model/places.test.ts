import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { Kind, MapType } from '../trace/index.ts';
import { type EventRow, frameOf } from '../fixtures/rows.ts';
import { lawMs, lawRuns } from '../fixtures/runs.ts';
import { createModel, type Model } from './model.ts';
import { placeOf, residents, sharers } from './places.ts';
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
const modelOf = (...rows: EventRow[]): Model => {
  const model = createModel();
  reduce(model, frameOf(rows));
  return model;
};

describe('sharers', () => {
  test('shows what another file has of the same blocks, cut to them', () => {
    const model = modelOf(extent(1, 0, 100, 1000), extent(2, 500, 50, 1080), extent(3, 0, 9, 1000, 2));
    expect(sharers(model, 1, 0n, 100n)).toEqual([{ inode: 2, from: 500n, to: 520n, addr: 1080n }]);
    expect(sharers(model, 1, 0n, 80n)).toEqual([]);
    expect(sharers(model, 2, 500n, 501n)).toEqual([{ inode: 1, from: 80n, to: 81n, addr: 1080n }]);
  });

  test('leaves out files that are gone, and follows a map that changes', () => {
    const model = modelOf({ kind: Kind.inode, time: 1n, inode: 2 }, extent(1, 0, 10, 0), extent(2, 0, 10, 0));
    expect(sharers(model, 1, 0n, 10n)).toHaveLength(1);
    reduce(model, frameOf([extent(2, 0, 4, 700)]));
    expect(sharers(model, 1, 0n, 10n)).toEqual([{ inode: 2, from: 4n, to: 10n, addr: 4n }]);
    reduce(model, frameOf([{ kind: Kind.inodeGone, time: 2n, inode: 2 }]));
    expect(sharers(model, 1, 0n, 10n)).toEqual([]);
  });
});

describe('residents', () => {
  test('agrees with asking every byte of every file', () => {
    const rows = fc.array(
      fc
        .tuple(fc.integer({ min: 1, max: 3 }), fc.nat(20), fc.integer({ min: 1, max: 8 }), fc.nat(24), fc.integer({ min: 1, max: 2 }))
        .map((it) => extent(...it)),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(rows, (list) => {
        const model = modelOf(...list);
        for (let device = 1; device <= 2; device++)
          for (let addr = 0n; addr < 34n; addr++) {
            const slow = [...model.files.all()].flatMap((file) =>
              Array.from({ length: 30 }, (_, k) => BigInt(k)).flatMap((offset) => {
                const place = placeOf(file, offset);
                return place?.device === device && place.addr === addr ? [{ inode: file.inode, offset }] : [];
              }),
            );
            const order = (a: { inode: number; offset: bigint | undefined }, b: typeof a): number =>
              a.inode - b.inode || Number(a.offset! - b.offset!);
            expect(residents(model, device, addr).sort(order)).toEqual(slow.sort(order));
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
    expect(residents(model, 1, 105n)).toEqual([{ inode: 4, offset: 9n }]);
    expect(residents(model, 1, 106n)).toEqual([{ inode: 4, offset: undefined }]);
    expect(residents(model, 1, 108n)).toEqual([]);
    expect(placeOf(model.files.find(4)!, 4n)).toMatchObject({ device: 2, addr: 200n });
  });
});
