import { Change, OpType } from '@mapscope/shared/trace';
import { Opcode, OpFlag } from '@mapscope/shared/wire';
import { describe, expect, test } from 'vitest';
import { classOf } from './op-class.ts';

describe('classOf', () => {
  test('tells reading, writing and writeback apart, by opflags or by opcode', () => {
    expect(classOf(OpType.iomap, 0)).toBe('read');
    expect(classOf(OpType.iomap, OpFlag.WRITE | OpFlag.FAULT)).toBe('write');
    expect(classOf(OpType.iomap, OpFlag.WRITEBACK)).toBe('writeback');
    expect(classOf(OpType.iomap, OpFlag.REPORT)).toBe('other');
    expect(classOf(OpType.request, Opcode.WRITE)).toBe('write');
    expect(classOf(OpType.request, Opcode.LOOKUP)).toBe('other');
    expect(classOf(OpType.writeback, 0)).toBe('writeback');
    expect(classOf(OpType.change, Change.truncate)).toBe('other');
  });
});
