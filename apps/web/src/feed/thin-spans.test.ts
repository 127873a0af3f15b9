import { frameOf, type EventRow } from '@mapscope/shared/fixtures';
import { createModel, type Model, opSpans, reduce } from '@mapscope/shared/model';
import { Kind, OpType } from '@mapscope/shared/trace';
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

  test('never drops what is wide or still open', () => {
    const model = modelOf(
      ...Array.from({ length: 200 }, (_, k) => op(k + 1, BigInt(k) * MS, BigInt(k) * MS + 500n * MS)),
      op(999, 3n * MS, undefined),
    );
    expect(thinSpans(model, 0n, 1000n * MS, 100).n).toBe(201);
  });
});
