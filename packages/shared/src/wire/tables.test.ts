import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bitSet } from './bit-set.ts';
import { type BitSet, mapFlags, type NameTable, nameTable, opFlags } from './index.ts';
import * as wire from './index.ts';

const isBitSet = (value: unknown): value is BitSet => typeof value === 'object' && value !== null && 'bits' in value;
const isNameTable = (value: unknown): value is NameTable => typeof value === 'object' && value !== null && 'rows' in value;
const bitSets = Object.entries(wire).flatMap(([name, value]) => (isBitSet(value) ? [[name, value] as const] : []));
const nameTables = Object.entries(wire).flatMap(([name, value]) => (isNameTable(value) ? [[name, value] as const] : []));

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });

describe('parse is the inverse of print', () => {
  test.each(bitSets)('%s', (_, set) => {
    fc.assert(fc.property(u64, (value) => set.parse(set.print(value)) === value));
    fc.assert(fc.property(u32, (value) => set.parse(set.print(value)) === BigInt(value)));
  });

  test.each(nameTables)('%s', (_, table) => {
    const named = fc.constantFrom(...table.rows.map(([, value]) => value));
    fc.assert(fc.property(fc.oneof(u32, named), (value) => table.parse(table.print(value)) === value));
  });
});

test('every bit and every number has a name as in the headers and one sentence', () => {
  for (const [, { bits }] of bitSets)
    for (const [name, , meaning] of bits)
      expect([name, meaning]).toEqual([expect.stringMatching(/^[A-Z0-9_]+$/), expect.stringMatching(/./)]);
  for (const [, { rows }] of nameTables)
    for (const [name, , meaning] of rows)
      expect([name, meaning]).toEqual([expect.stringMatching(/^[A-Z0-9_]+$/), expect.stringMatching(/./)]);
});

test('print keeps an unknown bit as hex, also the top bit of 32 and one above them', () => {
  expect(opFlags.print(0x80000201)).toBe('WRITE|ATOMIC|WRITEBACK');
  expect(opFlags.print(-0x80000000)).toBe('WRITEBACK');
  expect(mapFlags.print(0x1201)).toBe('NEW|STALE|0x1000?');
  expect(mapFlags.print(1n << 63n)).toBe('0x8000000000000000?');
  // An s64 of all ones is a u64 of all ones.
  expect(mapFlags.print(-1n)).toBe(mapFlags.print(2n ** 64n - 1n));
});

test('parse answers undefined for a word that is no name', () => {
  expect(mapFlags.parse('NEW|NONSENSE')).toBeUndefined();
  expect(wire.wireTypes.parse('MAPPED?')).toBeUndefined();
  expect(wire.wireTypes.parse('type 07?')).toBeUndefined();
});

test('print shows a number without a name behind a word', () => {
  expect(wire.wireTypes.print(7)).toBe('type 7?');
  expect(wire.opcodeName(77)).toBe('op 77?');
  // The model's own word for not knowing is none of the wire.
  expect([wire.mapTypeName(256), wire.wireTypes.print(256)]).toEqual(['UNKNOWN', 'type 256?']);
});

test('bitSet and nameTable refuse a bit, number or name that stands twice', () => {
  expect(() =>
    bitSet([
      ['A', 0, ''],
      ['B', 0, ''],
    ]),
  ).toThrow('A B');
  expect(() =>
    nameTable('n', [
      ['A', 0, ''],
      ['A', 1, ''],
    ]),
  ).toThrow('A A');
});

test('the numbers of the seeds are those of the tables', () => {
  expect(wire.MapFlag).toEqual({
    NEW: 1,
    DIRTY: 2,
    SHARED: 4,
    MERGED: 8,
    BOUNDARY: 16,
    ANON_WRITE: 32,
    ATOMIC_BIO: 64,
    WANT_IOMAP_END: 128,
    SIZE_CHANGED: 256,
    STALE: 512,
  });
  expect(wire.OpFlag.WRITEBACK).toBe(0x80000000);
  expect(wire.InitFlag.DAX_FMAP).toBe(1n << 43n);
  expect([wire.Opcode.IOMAP_BEGIN, wire.Opcode.GET_FMAP, wire.NotifyCode.PRUNE]).toEqual([4094, 54, 9]);
});
