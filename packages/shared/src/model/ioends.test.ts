import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { FolioState, IoStage, Kind, MappingRole, MapType, NO_ADDR, opId, OpType, SourceId } from '../trace/index.ts';
import { U64_MAX } from '../units/index.ts';
import { type EventRow, frameOf } from '../fixtures/rows.ts';
import { lawMs, lawRuns } from '../fixtures/runs.ts';
import { ioendNeighbours, ioendOf, ioendsOf, type WrittenRun, whyApart } from './ioends.ts';
import { createModel, type Model } from './model.ts';
import { reduce } from './reduce.ts';
import { snapshot } from './snapshot.ts';
import { decodeFrame, type Frame } from '../trace/index.ts';

vi.setConfig({ testTimeout: lawMs() });

const id = (n: number): number => opId(SourceId.tracefs, n);
const about = { source: SourceId.tracefs, inode: 1, how: 3 } as const;
const begin = (n: number, time: bigint, offset: bigint): EventRow => ({
  kind: Kind.opBegin,
  time,
  op: id(n),
  type: OpType.writeback,
  offset,
  ...about,
});
const mapping = (n: number, time: bigint, offset: bigint, length: bigint, addr: bigint, more: Partial<EventRow> = {}): EventRow => ({
  kind: Kind.mapping,
  time,
  op: id(n),
  role: MappingRole.write,
  offset,
  length,
  addr,
  device: 1,
  type: MapType.UNWRITTEN,
  ...about,
  ...more,
});
const run = (n: number, time: bigint, offset: bigint, length: bigint): EventRow => ({
  kind: Kind.folio,
  time,
  type: FolioState.writeback,
  offset,
  length,
  parent: id(n),
  ...about,
});
const io = (n: number, time: bigint, role: IoStage, offset: bigint, length: bigint, errno = 0): EventRow => ({
  kind: Kind.io,
  time,
  op: id(100 + n),
  parent: id(n),
  role,
  offset,
  length,
  device: 1,
  flags: 1,
  errno,
  ...about,
});
const end = (n: number, time: bigint, errno = 0): EventRow => ({
  kind: Kind.opEnd,
  time,
  op: id(n),
  type: OpType.writeback,
  errno,
  ...about,
});

function modelOf(...rows: EventRow[]): Model {
  const model = createModel();
  reduce(model, frameOf(rows));
  return model;
}

describe('ioendOf', () => {
  test('is none of a flush of persistent memory, which takes no I/O', () => {
    const flush = { ...begin(1, 1n, 0n), length: 4096n },
      of = (flags: number) => ioendOf(modelOf({ ...flush, flags }, end(1, 2n)).ops.find(id(1))!);
    // DAX among the op flags (spec 2.3).
    expect(of(1 << 8)).toBeUndefined();
    expect(of(0)).toMatchObject({ from: 0n, to: 4096n });
  });

  const rows = [begin(1, 1n, 8192n), mapping(1, 1n, 4096n, 65536n, 1_000_000n), run(1, 1n, 8192n, 1024n), run(1, 2n, 9216n, 3072n)];

  test('is the runs that went into it, where its mapping says', () => {
    expect(ioendOf(modelOf(...rows).ops.find(id(1))!)).toMatchObject({
      op: id(1),
      from: 8192n,
      to: 12288n,
      addr: 1_004_096n,
      device: 1,
      type: MapType.UNWRITTEN,
      mappingFrom: 4096n,
      errno: undefined,
      end: U64_MAX,
    });
  });

  test('has an outcome when it ended', () => {
    const model = modelOf(...rows, io(1, 3n, IoStage.submit, 8192n, 4096n), io(1, 4n, IoStage.done, 8192n, 4096n, 5), end(1, 4n, 5));
    expect(ioendOf(model.ops.find(id(1))!)).toMatchObject({ from: 8192n, to: 12288n, end: 4n, errno: 5 });
  });

  test('is known by its I/O where no run was told, and has no place where no mapping was', () => {
    const model = modelOf(begin(1, 1n, 0n), io(1, 2n, IoStage.submit, 4096n, 512n));
    expect(ioendOf(model.ops.find(id(1))!)).toMatchObject({ from: 4096n, to: 4608n, addr: NO_ADDR, type: MapType.UNKNOWN });
  });

  test('is none of an op that is no writeback, and none before its first run', () => {
    const model = modelOf(begin(1, 1n, 0n), { ...begin(2, 1n, 0n), type: OpType.direct, length: 4096n }, run(2, 1n, 0n, 8192n));
    expect([id(1), id(2)].map((op) => ioendOf(model.ops.find(op)!))).toEqual([undefined, undefined]);
    expect(model.ops.find(id(2))!.length).toBe(4096n);
  });

  test('counts its runs, in a snapshot too, but not the I/O that hands them over', () => {
    const model = modelOf(...rows, io(1, 3n, IoStage.submit, 8192n, 4096n)),
      joiner = createModel();
    for (const bytes of snapshot(model)) reduce(joiner, decodeFrame(bytes) as Frame);
    expect([model, joiner].map(({ ops }) => ops.find(id(1))!.runs)).toEqual([2, 2]);
  });

  test('says that runs may be missing when rows were lost while it grew', () => {
    const model = modelOf(...rows, { kind: Kind.lost, time: 2n, source: SourceId.tracefs, result: -1n });
    expect(ioendOf(model.ops.find(id(1))!)).toMatchObject({ isInDoubt: true });
  });

  test('goes on growing with who joins in the middle', () => {
    const early = modelOf(...rows),
      joiner = createModel();
    for (const bytes of snapshot(early)) reduce(joiner, decodeFrame(bytes) as Frame);
    for (const model of [early, joiner]) reduce(model, frameOf([run(1, 5n, 12288n, 4096n)]));
    expect(ioendsOf(joiner, 1)).toEqual(ioendsOf(early, 1));
    expect(ioendsOf(joiner, 1)).toMatchObject([{ from: 8192n, to: 16384n }]);
  });
});

describe('ioendsOf', () => {
  test('lists those that touch a range, by their place in the file', () => {
    const model = modelOf(
      ...[3, 1, 2].flatMap((n) => [begin(n, BigInt(n), BigInt(n) * 4096n), run(n, BigInt(n), BigInt(n) * 4096n, 4096n)]),
      { ...begin(9, 9n, 0n), inode: 2 },
      end(1, 10n),
    );
    expect(ioendsOf(model, 1).map(({ op }) => op)).toEqual([1, 2, 3].map(id));
    expect(ioendsOf(model, 1, 8192n, 12288n).map(({ op }) => op)).toEqual([id(2)]);
    expect(ioendsOf(model, 1, 12287n, 12289n).map(({ op }) => op)).toEqual([2, 3].map(id));
    expect(ioendsOf(model, 2)).toEqual([]);
  });
});

describe('ioendNeighbours', () => {
  const wrote = (n: number, place: bigint, pid: number): EventRow[] => [
    { ...begin(n, BigInt(n), place * 4096n), pid },
    run(n, BigInt(n), place * 4096n, 4096n),
  ];
  const around = (model: Model, n: number): unknown => {
    const { before, after } = ioendNeighbours(model, ioendOf(model.ops.find(id(n))!)!);
    return [before?.op, after?.op];
  };

  test('are what the same task wrote of the file right before and behind it', () => {
    const model = modelOf(
      ...wrote(1, 0n, 7),
      ...wrote(2, 4n, 8),
      ...wrote(3, 2n, 7),
      { ...begin(4, 4n, 0n), inode: 2, pid: 7 },
      ...wrote(5, 3n, 7),
    );
    expect([1, 3, 5].map((n) => around(model, n))).toEqual([
      [undefined, id(3)],
      [id(1), id(5)],
      [id(3), undefined],
    ]);
    expect(around(model, 2)).toEqual([undefined, undefined]);
  });

  test('are none where the next pass begins below it', () => {
    const model = modelOf(...wrote(1, 5n, 7), ...wrote(2, 0n, 7), ...wrote(3, 5n, 7));
    expect([1, 2, 3].map((n) => around(model, n))).toEqual([
      [undefined, undefined],
      [undefined, id(3)],
      [id(2), undefined],
    ]);
  });
});

describe('whyApart', () => {
  const before: WrittenRun = {
    from: 0n,
    to: 4096n,
    addr: 8192n,
    device: 1,
    type: MapType.MAPPED,
    flags: 0,
    mappingFrom: 0n,
    errno: undefined,
  };
  const after: WrittenRun = { ...before, from: 4096n, to: 8192n, addr: 12288n };
  const SHARED = 4,
    BOUNDARY = 16;

  test('finds nothing between a run and the one that goes on where it ends', () => {
    expect(whyApart(before, after)).toEqual([]);
    expect(whyApart({ ...before, addr: NO_ADDR }, { ...after, addr: NO_ADDR })).toEqual([]);
  });

  test.each<[string, Partial<WrittenRun>]>([
    ['file-gap', { from: 5000n, addr: 12288n }],
    ['address-gap', { addr: 12800n }],
    ['address-gap', { device: 2 }],
    ['address-gap', { addr: NO_ADDR }],
    ['type', { type: MapType.UNWRITTEN }],
    ['shared', { flags: SHARED }],
    ['boundary', { flags: BOUNDARY, mappingFrom: 4096n }],
  ])('names a %s alone where there is nothing else', (why, other) => {
    expect(whyApart(before, { ...after, ...other })).toEqual([why]);
  });

  test('lets a boundary lie inside a run, and at the end of the one before', () => {
    expect(whyApart(before, { ...after, flags: BOUNDARY, mappingFrom: 0n })).toEqual([]);
    expect(whyApart({ ...before, flags: BOUNDARY }, after)).toEqual([]);
  });

  test('compares outcomes when both are known', () => {
    expect(whyApart({ ...before, errno: 0 }, { ...after, errno: 5 })).toEqual(['outcome']);
    expect(whyApart({ ...before, errno: 0 }, after)).toEqual([]);
  });

  test('says nothing of a mapping that nobody told', () => {
    expect(whyApart(before, { ...after, type: MapType.UNKNOWN, addr: NO_ADDR, flags: SHARED })).toEqual([]);
  });

  test('says all reasons together: exactly those that hold alone', () => {
    const other = fc.record({
      from: fc.constantFrom(4096n, 5000n),
      addr: fc.constantFrom(12288n, 9n),
      type: fc.constantFrom(MapType.MAPPED, MapType.UNWRITTEN),
      flags: fc.constantFrom(0, SHARED, BOUNDARY, SHARED | BOUNDARY),
      errno: fc.constantFrom(0, 5),
    });
    fc.assert(
      fc.property(other, ({ from, addr, type, flags, errno }) => {
        const it = { ...after, from, addr, type, flags, errno, mappingFrom: from },
          first = { ...before, errno: 0 };
        expect(whyApart(first, it)).toEqual([
          ...(from === 4096n ? [] : ['file-gap']),
          ...(addr === 12288n ? [] : ['address-gap']),
          ...(type === MapType.MAPPED ? [] : ['type']),
          ...((flags & SHARED) === 0 ? [] : ['shared']),
          ...((flags & BOUNDARY) === 0 ? [] : ['boundary']),
          ...(errno === 0 ? [] : ['outcome']),
        ]);
      }),
      lawRuns(),
    );
  });
});
