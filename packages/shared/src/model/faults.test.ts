import { describe, expect, test } from 'vitest';
import { Kind, opId, OpType, SourceId } from '../trace/index.ts';
import { type EventRow, frameOf } from '../fixtures/rows.ts';
import { faultChain, faultOf } from './faults.ts';
import { createModel, type Model } from './model.ts';
import { reduce } from './reduce.ts';

const PAGE = 4096n;
const FALLBACK = 0x800,
  NOPAGE = 0x100;
const id = (n: number): number => opId(SourceId.tracefs, n);
const about = { source: SourceId.tracefs, inode: 1, how: 2, type: OpType.fault } as const;
const begin = (n: number, time: bigint, length: bigint, parent = 0): EventRow => ({
  kind: Kind.opBegin,
  time,
  op: id(n),
  length,
  parent,
  ...about,
});
const end = (n: number, time: bigint, flags: number): EventRow => ({ kind: Kind.opEnd, time, op: id(n), flags, ...about });

function modelOf(...rows: EventRow[]): Model {
  const model = createModel();
  reduce(model, frameOf(rows));
  return model;
}

/** A PMD fault that falls back to a PTE fault of the same page. */
const pmdThenPte = [begin(1, 1n, PAGE << 9n), end(1, 2n, FALLBACK), begin(2, 3n, PAGE, id(1)), end(2, 4n, NOPAGE)];

describe('faultOf', () => {
  test('has its order at the begin, and its VM_FAULT bits at the end', () => {
    const { ops } = modelOf(...pmdThenPte, begin(3, 5n, PAGE << 18n));
    expect([1, 2, 3].map((n) => faultOf(ops.find(id(n))!, PAGE))).toMatchObject([
      { order: 9, result: FALLBACK, fellBack: true },
      { order: 0, result: NOPAGE, fellBack: false },
      { order: 18, result: 0, fellBack: false },
    ]);
  });

  test('takes the page size of the machine: a page of 64 KiB is no large folio where all pages are', () => {
    const { ops } = modelOf(begin(1, 1n, 65536n));
    expect([4096n, 65536n].map((page) => faultOf(ops.find(id(1))!, page)?.order)).toEqual([4, 0]);
  });

  test('is none of an op that is no fault', () => {
    const { ops } = modelOf({ ...begin(1, 1n, PAGE), type: OpType.iomap });
    expect(faultOf(ops.find(id(1))!, PAGE)).toBeUndefined();
  });
});

describe('faultChain', () => {
  test('goes from the largest page that was tried to the one that was there, from whichever it is asked', () => {
    const { ops } = modelOf(...pmdThenPte, begin(7, 9n, PAGE));
    for (const n of [1, 2]) expect(faultChain(ops, id(n), PAGE).map(({ order }) => order)).toEqual([9, 0]);
    expect(faultChain(ops, id(7), PAGE)).toHaveLength(1);
    expect(faultChain(ops, id(8), PAGE)).toEqual([]);
  });

  test('leaves out what a fault asked the filesystem', () => {
    const asked = (n: number, time: bigint, parent: number): EventRow[] => [begin(n, time, 0n, parent), end(n, time, 0)];
    const [large, largeEnd, small, smallEnd] = pmdThenPte as [EventRow, EventRow, EventRow, EventRow];
    const { ops } = modelOf(large, ...asked(5, 1n, id(1)), largeEnd, small, ...asked(6, 3n, id(2)), smallEnd);
    for (const n of [1, 2]) expect(faultChain(ops, id(n), PAGE).map(({ op }) => op.op)).toEqual([id(1), id(2)]);
    for (const n of [5, 6]) expect(faultChain(ops, id(n), PAGE).map(({ op }) => op.op)).toEqual([id(n)]);
  });

  test('ends where a chain of ids bites its tail', () => {
    const { ops } = modelOf(begin(1, 1n, PAGE, id(2)), begin(2, 2n, PAGE, id(1)));
    expect(faultChain(ops, id(1), PAGE).length).toBeLessThanOrEqual(2);
  });
});
