import { describe, expect, test } from 'vitest';
import { InitFlag, type Known, meantName, messageRow, negotiate, notificationName, notificationTable, whyUnknown } from './index.ts';

describe('messageRow', () => {
  const init = (minor: number, ...bits: bigint[]) => ({ minor, flags: bits.reduce((all, bit) => all | bit, 0n) });
  const names = (of: Known['init']): string[] => [53, 54, 55].map((n) => meantName(n, of));

  test('leaves 53 to 55 unknown where no INIT was seen', () => {
    expect(names(undefined)).toEqual(['op 53?', 'op 54?', 'op 55?']);
    expect(messageRow(54, undefined)).toBeUndefined();
  });

  test('takes 53 for COPY_FILE_RANGE_64 from 7.45 on, and 54 and 55 for famfs only with DAX_FMAP', () => {
    expect(names(init(45))).toEqual(['COPY_FILE_RANGE_64', 'op 54?', 'op 55?']);
    expect(names(init(45, InitFlag.DAX_FMAP))).toEqual(['COPY_FILE_RANGE_64', 'GET_FMAP', 'GET_DAXDEV']);
    expect(names(init(44))).toEqual(['op 53?', 'op 54?', 'op 55?']);
  });

  test('takes 53 and 54 for famfs in trees at 7.42 with bit 42, which 7.43 made a time-out', () => {
    expect(names(init(42, InitFlag.REQUEST_TIMEOUT))).toEqual(['GET_FMAP', 'GET_DAXDEV', 'op 55?']);
    expect(names(init(43, InitFlag.REQUEST_TIMEOUT))).toEqual(['op 53?', 'op 54?', 'op 55?']);
  });

  test('knows all others by their number alone', () => {
    expect([1, 16, 4092, 4093, 4094, 4095, 4096, 7].map((n) => meantName(n, undefined))).toEqual([
      'LOOKUP',
      'WRITE',
      'IOMAP_CONFIG',
      'IOMAP_IOEND',
      'IOMAP_BEGIN',
      'IOMAP_END',
      'CUSE_INIT',
      'op 7?',
    ]);
  });

  test('is explained where there is none', () => {
    expect(whyUnknown(54, undefined)).toBe('INIT decides what it means, and none was seen');
    expect(whyUnknown(54, init(31))).toBe('at 7.31 with these INIT bits it means nothing');
    expect(whyUnknown(7, undefined)).toBe('no version of the protocol has it');
    expect(whyUnknown(16, undefined)).toBeUndefined();
  });
});

test('negotiate takes the smaller minor and the bits that both sides name, those above 31 only with INIT_EXT', () => {
  const ext = Number(InitFlag.INIT_EXT),
    fmap = Number(InitFlag.DAX_FMAP >> 32n);
  expect(negotiate({ minor: 46, flags: ext | 3, flags2: fmap }, { minor: 45, flags: ext | 1, flags2: fmap })).toEqual({
    minor: 45,
    flags: InitFlag.DAX_FMAP | InitFlag.INIT_EXT | 1n,
  });
  expect(negotiate({ minor: 45, flags: ext, flags2: fmap }, { minor: 45, flags: 0, flags2: fmap }).flags).toBe(0n);
  expect(negotiate({ minor: 45, flags: ext, flags2: fmap }, { minor: 4 })).toEqual({ minor: 4, flags: 0n });
});

test('notificationName knows PRUNE from 7.45 on: earlier trees had another use for 9', () => {
  expect([notificationName(9, undefined), notificationName(9, { minor: 44, flags: 0n }), notificationName(77, undefined)]).toEqual([
    'PRUNE',
    'notification 9?',
    'notification 77?',
  ]);
  expect(notificationTable.size).toBe(12);
});
