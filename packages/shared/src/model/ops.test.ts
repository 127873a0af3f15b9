import { describe, expect, test } from 'vitest';
import { EndFlag, IoStage, Kind, MappingRole, MapType, opId, OpType, SourceId } from '../trace/index.ts';
import { U64_MAX } from '../units/index.ts';
import { type EventRow, frameOf } from '../fixtures/rows.ts';
import { createModel, type Model, type ModelOptions } from './model.ts';
import { OpState } from './op.ts';
import { reduce } from './reduce.ts';
import { opSpans } from './spans.ts';

const id = (n: number): number => opId(SourceId.fuse, n);
const about = { source: SourceId.fuse, inode: 1, how: 2 } as const;
const begin = (n: number, time: number, more: Partial<EventRow> = {}): EventRow => ({
  kind: Kind.opBegin,
  time: BigInt(time),
  op: id(n),
  type: OpType.iomap,
  ...about,
  ...more,
});
const reply = (n: number, time: number, errno = 0): EventRow => ({ kind: Kind.opReply, time: BigInt(time), op: id(n), errno, ...about });
const end = (n: number, time: number, more: Partial<EventRow> = {}): EventRow => ({
  kind: Kind.opEnd,
  time: BigInt(time),
  op: id(n),
  ...about,
  ...more,
});
const extent = (time: number): EventRow => ({
  kind: Kind.extent,
  time: BigInt(time),
  role: 1,
  length: 4096n,
  addr: 0n,
  device: 1,
  type: MapType.MAPPED,
  ...about,
});

function modelOf(rows: readonly EventRow[], options?: ModelOptions): Model {
  const model = createModel(options);
  reduce(model, frameOf(rows));
  return model;
}

describe('ops', () => {
  test('keep an op from begin to end, with its answer', () => {
    const model = modelOf([
      begin(1, 10, { offset: 4096n, length: 8192n, pid: 7, flags: 1, parent: id(9) }),
      reply(1, 12),
      {
        kind: Kind.mapping,
        time: 12n,
        op: id(1),
        role: MappingRole.write,
        offset: 0n,
        length: 16384n,
        addr: 5n,
        device: 2,
        type: MapType.MAPPED,
        ...about,
      },
    ]);
    expect(model.ops.openCount).toBe(1);
    reduce(model, frameOf([end(1, 15, { result: 8192n, flags: EndFlag.sent })]));
    expect(model.ops.openCount).toBe(0);
    expect(model.ops.find(id(1))).toMatchObject({
      begin: 10n,
      reply: 12n,
      end: 15n,
      from: 4096n,
      length: 8192n,
      pid: 7,
      parent: id(9),
      result: 8192n,
      endFlags: EndFlag.sent,
      state: OpState.replied | OpState.ended,
      mappings: [{ role: MappingRole.write, from: 0n, to: 16384n, device: 2 }],
    });
  });

  test('nest by parent', () => {
    const model = modelOf([
      begin(1, 1, { type: OpType.request }),
      begin(3, 3, { parent: id(1) }),
      begin(2, 2, { parent: id(1) }),
      end(2, 4),
    ]);
    expect(model.ops.childrenOf(id(1)).map(({ op }) => op)).toEqual([id(2), id(3)]);
  });

  test('say of an end without a begin that it began earlier: no violation', () => {
    const model = modelOf([end(4, 9, { result: -5n, errno: 5 })]);
    expect(model.ops.find(id(4))).toMatchObject({ begin: 9n, end: 9n, errno: 5, state: OpState.beganEarlier | OpState.ended });
    expect(model.violations.size).toBe(0);
  });

  test('say of an op whose number begins anew that it never ended', () => {
    const model = modelOf([begin(1, 1), begin(1, 5)]);
    expect(model.ops.endedSlots().map((slot) => model.ops.at(slot))).toMatchObject([
      { begin: 1n, end: U64_MAX, state: OpState.neverEnded },
    ]);
    expect(model.ops.find(id(1))).toMatchObject({ begin: 5n, state: 0 });
  });

  test('say of an op whose end nobody saw just that, not that it lasted until somebody noticed', () => {
    const model = modelOf([begin(1, 1), end(1, 1_000_000, { flags: EndFlag.unseen })]);
    expect(model.ops.find(id(1))).toMatchObject({ begin: 1n, end: U64_MAX, endFlags: 0, state: OpState.neverEnded });
    expect(model.ops.openCount).toBe(0);
  });

  test('know that the map changed between begin and end, and that it did not', () => {
    expect(modelOf([begin(1, 1), extent(2), end(1, 3)]).ops.find(id(1))?.state).toBe(OpState.ended | OpState.mapChanged);
    expect(modelOf([extent(1), begin(1, 2), end(1, 3)]).ops.find(id(1))?.state).toBe(OpState.ended);
  });

  test('do not say so of what they changed themselves', () => {
    const own = (time: number): EventRow => ({ ...extent(time), op: id(1) });
    expect(modelOf([begin(1, 1), own(2), end(1, 3)]).ops.find(id(1))?.state).toBe(OpState.ended);
    expect(modelOf([begin(1, 1), own(2), extent(3), own(4), end(1, 5)]).ops.find(id(1))?.state).toBe(OpState.ended | OpState.mapChanged);
  });

  test('keep the newest that ended and count those let go', () => {
    const model = modelOf(Array.from({ length: 10 }, (_, k) => [begin(k, k * 2), end(k, k * 2 + 1)]).flat(), { keepOps: 4 });
    expect(model.ops.endedSlots().map((slot) => model.ops.at(slot).op)).toEqual([6, 7, 8, 9].map(id));
    expect([model.ops.endedTotal, model.ops.letGo]).toEqual([10, 6]);
    expect(model.ops.find(id(2))).toBeUndefined();
  });

  test('keep the answers of those that stay when others are let go', () => {
    const mapping = (n: number, time: number): EventRow => ({
      kind: Kind.mapping,
      time: BigInt(time),
      op: id(n),
      role: 1,
      offset: BigInt(n),
      length: 1n,
      ...about,
    });
    const model = modelOf(Array.from({ length: 50 }, (_, k) => [begin(k, k), mapping(k, k), mapping(k, k), end(k, k)]).flat(), {
      keepOps: 3,
    });
    for (const n of [47, 48, 49]) expect(model.ops.find(id(n))?.mappings.map(({ from }) => from)).toEqual([BigInt(n), BigInt(n)]);
  });

  test('hold in doubt the end of what is open when its source lost rows, and the map when those may have changed it', () => {
    const other = opId(SourceId.tracefs, 1);
    const states = (source: SourceId, more: Partial<EventRow> = {}): (number | undefined)[] => {
      const model = modelOf([
        { kind: Kind.inode, time: 1n, inode: 1, source: SourceId.fuse, how: 2 },
        begin(1, 1),
        { ...begin(1, 1), op: other, source: SourceId.tracefs },
        { kind: Kind.lost, time: 2n, source, result: 3n, ...more },
      ]);
      expect(model.lost).toBe(3n);
      return [model.ops.find(id(1))?.state, model.ops.find(other)?.state];
    };
    expect(states(SourceId.fuse)).toEqual([OpState.endInDoubt | OpState.mapInDoubt, OpState.mapInDoubt]);
    // Only its server changes the maps of a mount.
    expect(states(SourceId.tracefs)).toEqual([0, OpState.endInDoubt]);
    expect(states(SourceId.fuse, { inode: 1 })).toEqual([OpState.endInDoubt | OpState.mapInDoubt, OpState.mapInDoubt]);
    expect(states(SourceId.fuse, { inode: 2 })).toEqual([0, 0]);
  });

  test('are in no doubt about the map when they ended before the first row that was lost', () => {
    const model = modelOf([
      { kind: Kind.inode, time: 1n, inode: 1, source: SourceId.fuse, how: 2 },
      begin(1, 1),
      end(1, 4),
      begin(2, 2),
      end(2, 5),
      { kind: Kind.lost, time: 9n, source: SourceId.fuse, result: 1n, offset: 5n, length: 9n },
    ]);
    expect([1, 2].map((n) => model.ops.find(id(n))!.state & OpState.mapInDoubt)).toEqual([0, OpState.mapInDoubt]);
  });

  test('ignore rows of no op', () => {
    const model = modelOf([
      { ...begin(1, 1), op: 0 },
      { ...end(1, 2), op: 0 },
      { ...reply(1, 2), op: 0 },
    ]);
    expect(model.ops.openCount + model.ops.endedTotal).toBe(0);
  });
});

describe('ios', () => {
  const io = (n: number, time: number, role: IoStage, more: Partial<EventRow> = {}): EventRow => ({
    kind: Kind.io,
    time: BigInt(time),
    op: id(n),
    parent: id(1),
    role,
    device: 1,
    addr: 4096n,
    length: 512n,
    flags: 1,
    ...about,
    ...more,
  });

  test('go from submit to done', () => {
    const model = modelOf([io(2, 1, IoStage.submit)]);
    expect(model.ios.openCount).toBe(1);
    reduce(model, frameOf([io(2, 4, IoStage.done, { result: 512n })]));
    expect(model.ios.endedSlots().map((slot) => model.ios.at(slot))).toMatchObject([
      { submit: 1n, done: 4n, write: true, result: 512n, parent: id(1), state: OpState.ended },
    ]);
  });

  test('say of a done without a submit that it began earlier', () => {
    const model = modelOf([io(2, 4, IoStage.done)]);
    expect(model.ios.at(model.ios.endedSlots()[0]!).state).toBe(OpState.beganEarlier | OpState.ended);
  });
});

describe('opSpans', () => {
  const model = modelOf([begin(1, 10), begin(2, 20), end(2, 30), begin(3, 40), end(3, 50), { ...begin(4, 45), inode: 2 }]);

  test('gives the ops that were open in a window, in the order of their begin', () => {
    expect([...opSpans(model, 25n, 42n).op]).toEqual([1, 2, 3].map(id));
    expect([...opSpans(model, 31n, 40n).op]).toEqual([id(1)]);
    expect([...opSpans(model, 0n, 10n).op]).toEqual([]);
  });

  test('says of an open one that it has no end', () => {
    const spans = opSpans(model, 0n, 100n, { inode: 1 });
    expect([...spans.end]).toEqual([U64_MAX, 30n, 50n]);
    expect([...spans.inode]).toEqual([1, 1, 1]);
  });

  test('keeps the newest where there are more than the limit', () => {
    expect([...opSpans(model, 0n, 100n, { limit: 2 }).op]).toEqual([3, 4].map(id));
  });
});
