import { frameOf } from '@mapscope/shared/fixtures';
import { Kind, OpType } from '@mapscope/shared/trace';
import { Opcode, OpFlag } from '@mapscope/shared/wire';
import { describe, expect, test } from 'vitest';
import { classOf, Rates } from './rates.ts';

const begin = (time: bigint, flags: number = OpFlag.WRITE) => ({ kind: Kind.opBegin, time, op: 1, type: OpType.iomap, flags });
const SECOND = 1_000_000_000n;

describe('classOf', () => {
  test('tells reading, writing and writeback apart, by opflags or by opcode', () => {
    expect(classOf(OpType.iomap, 0)).toBe('read');
    expect(classOf(OpType.iomap, OpFlag.WRITE | OpFlag.FAULT)).toBe('write');
    expect(classOf(OpType.iomap, OpFlag.WRITEBACK)).toBe('writeback');
    expect(classOf(OpType.iomap, OpFlag.REPORT)).toBe('other');
    expect(classOf(OpType.request, Opcode.WRITE)).toBe('write');
    expect(classOf(OpType.request, Opcode.LOOKUP)).toBe('other');
    expect(classOf(OpType.writeback, 0)).toBe('writeback');
  });
});

describe('Rates', () => {
  test('counts ops in bins of 50 ms', () => {
    const rates = new Rates();
    rates.note(frameOf([begin(SECOND), begin(SECOND + 10n), begin(SECOND + 60_000_000n, 0)]));
    expect(rates.view()).toMatchObject({ from: SECOND, step: 50_000_000n, write: Uint32Array.of(2, 0), read: Uint32Array.of(0, 1) });
  });

  test('never grows: where a recording is long, bins become wider and nothing is lost', () => {
    const rates = new Rates();
    for (let k = 0n; k < 2000n; k++) rates.note(frameOf([begin(k * SECOND + 1n)]));
    const { write, step } = rates.view();
    expect(write.length).toBeLessThanOrEqual(512);
    expect(write.reduce((sum, n) => sum + n, 0)).toBe(2000);
    expect(step).toBe(50_000_000n * 128n);
  });

  test('puts a late row into the past, not before it', () => {
    const rates = new Rates();
    rates.note(frameOf([begin(SECOND)]));
    rates.note(frameOf([begin(2n * SECOND), begin(SECOND - 5n)]));
    expect(rates.view().write[0]).toBe(2);
  });
});
