import { frameOf, type EventRow } from '@mapscope/shared/fixtures';
import { createModel, type Model, opSpans, reduce, snapshot } from '@mapscope/shared/model';
import { decodeFrame, Departure, FolioState, type Frame, Kind, OpType } from '@mapscope/shared/trace';
import { utf8 } from '@mapscope/shared/units';
import { describe, expect, test } from 'vitest';
import { thinSpans } from './thin-spans.ts';

const MS = 1_000_000n;
const op = (id: number, begin: bigint, end: bigint | undefined, inode = 1): EventRow[] => [
  { kind: Kind.opBegin, time: begin, op: id, inode, type: OpType.iomap, flags: 1, length: 4096n },
  ...(end === undefined ? [] : [{ kind: Kind.opEnd, time: end, op: id, inode, type: OpType.iomap, result: 4096n } as const]),
];
const modelOf = (...ops: EventRow[][]): Model => {
  const model = createModel();
  reduce(model, frameOf(ops.flat()));
  return model;
};

describe('thinSpans', () => {
  test('keeps every op where there is room for all', () => {
    const model = modelOf(op(1, 10n * MS, 20n * MS), op(2, 30n * MS, 31n * MS), op(3, 40n * MS, undefined));
    expect(thinSpans(model, 0n, 100n * MS, 1000)).toEqual(opSpans(model, 0n, 100n * MS));
  });

  test('lets the newest tick of a column stand for all, but only of its own file and kind', () => {
    const model = modelOf(
      ...Array.from({ length: 1000 }, (_, k) => op(k + 1, BigInt(k) * 1000n, BigInt(k) * 1000n + 10n)),
      ...Array.from({ length: 100 }, (_, k) => op(k + 2001, 50n * MS + BigInt(k) * 1000n, 50n * MS + BigInt(k) * 1000n + 10n, 2)),
    );
    const spans = thinSpans(model, 0n, 1000n * MS, 100);
    // One column of file 1; of file 2 the column's newest, and the 64 that are always told.
    expect([...spans.inode].filter((inode) => inode === 1)).toHaveLength(1);
    expect([...spans.op]).toContain(1000);
    expect([...spans.inode].filter((inode) => inode === 2)).toHaveLength(64);
  });

  test('leaves out ops of inodes that nobody has introduced, and of those that went without it', () => {
    const page = (inode: number) => ({ kind: Kind.folio, time: 1n, inode, type: FolioState.clean, length: 4096n }) as const;
    const watched = { kind: Kind.inode, time: 1n, inode: 1, length: 4096n, bytes: utf8('a') } as const;
    const model = modelOf(
      [watched, page(1), page(2), page(3)],
      op(1, 10n * MS, 20n * MS),
      op(2, 30n * MS, 31n * MS, 2),
      op(3, 40n * MS, undefined, 3),
    );
    const shown = () => [...thinSpans(model, 0n, 100n * MS, 1000).op];
    expect(shown()).toEqual([1]);
    // A name comes late, or never; of inode 4 nothing but its op was ever heard.
    reduce(
      model,
      frameOf([
        { ...watched, time: 41n * MS, inode: 2 },
        { kind: Kind.inodeGone, time: 42n * MS, inode: 3, role: Departure.nameless },
      ]),
    );
    reduce(
      model,
      frameOf([...op(4, 43n * MS, undefined, 4), { kind: Kind.inodeGone, time: 44n * MS, inode: 4, role: Departure.nameless }]),
    );
    expect(shown()).toEqual([1, 2]);
    const late = createModel();
    for (const bytes of snapshot(model)) reduce(late, decodeFrame(bytes) as Frame);
    expect([...thinSpans(late, 0n, 100n * MS, 1000).op]).toEqual([1, 2]);
  });

  test('never drops what is wide or still open', () => {
    const model = modelOf(
      ...Array.from({ length: 200 }, (_, k) => op(k + 1, BigInt(k) * MS, BigInt(k) * MS + 500n * MS)),
      op(999, 3n * MS, undefined),
    );
    expect(thinSpans(model, 0n, 1000n * MS, 100).n).toBe(201);
  });
});
