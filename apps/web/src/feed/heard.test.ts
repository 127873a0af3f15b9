import { frameOf } from '@mapscope/shared/fixtures';
import { Kind, OpType } from '@mapscope/shared/trace';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Heard } from './heard.ts';

const SECOND = 1_000_000_000n;
const begin = (time: bigint) => ({ kind: Kind.opBegin, time, op: 1, type: OpType.iomap });
const folio = (time: bigint) => ({ kind: Kind.folio, time, inode: 1, length: 4096n });

describe('Heard', () => {
  test('counts rows by what they are about, in bins of 50 ms', () => {
    const heard = new Heard();
    heard.note(frameOf([begin(SECOND), begin(SECOND + 10n), folio(SECOND + 60_000_000n)]));
    const { from, step, until, counts } = heard.view(5n * SECOND);
    expect([from, step, until]).toEqual([SECOND, 50_000_000n, 5n * SECOND]);
    expect([[...counts.operations], [...counts.cache]]).toEqual([
      [2, 0],
      [0, 1],
    ]);
  });

  test('never grows: where a stream is long, bins become wider and nothing is lost', () => {
    const heard = new Heard();
    for (let k = 0n; k < 2000n; k++) heard.note(frameOf([begin(k * SECOND + 1n)]));
    const { counts, step } = heard.view(2000n * SECOND);
    expect(counts.operations.length).toBeLessThanOrEqual(512);
    expect(counts.operations.reduce((sum, n) => sum + n, 0)).toBe(2000);
    expect(step).toBe(50_000_000n * 128n);
  });

  test('puts a late row into the past, not before it', () => {
    const heard = new Heard();
    heard.note(frameOf([begin(SECOND)]));
    heard.note(frameOf([begin(2n * SECOND), begin(SECOND - 5n)]));
    expect(heard.view(2n * SECOND).counts.operations[0]).toBe(2);
    heard.note(frameOf([begin(2n * SECOND + 1n), begin(SECOND + 1n)]));
    const { operations } = heard.view(2n * SECOND).counts;
    expect([operations[0], operations[20]]).toEqual([3, 2]);
  });

  test('counts every row once, whichever bin the one before it had', () => {
    const moment = fc.oneof(fc.bigInt({ min: 1n, max: 200n * SECOND }), fc.bigInt({ min: 1n, max: 100_000_000n }));
    fc.assert(
      fc.property(fc.array(moment, { minLength: 1, maxLength: 60 }), (times) => {
        const heard = new Heard();
        heard.note(frameOf(times.map(begin)));
        const { from, step, counts } = heard.view(0n),
          dense = new Uint32Array(counts.operations.length);
        for (const time of times) dense[time > from ? Number((time - from) / step) : 0]!++;
        expect(counts.operations).toEqual(dense);
      }),
    );
  });

  test('does not count again what a new round tells again', () => {
    const heard = new Heard();
    heard.note(frameOf([begin(SECOND)]));
    heard.again();
    heard.note(frameOf([begin(SECOND), begin(SECOND + 1n)]));
    expect(heard.view(SECOND).counts.operations[0]).toBe(2);
  });
});
