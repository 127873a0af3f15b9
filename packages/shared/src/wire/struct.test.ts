import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isFlaw } from '../units/index.ts';
import * as wire from './index.ts';
import type { Field, Struct } from './index.ts';

const layouts = JSON.parse(readFileSync(new URL('../fixtures/struct-sizes.json', import.meta.url), 'utf8')) as Record<
  string,
  { name: string; size: number; fields: [string, number, number][] }
>;

describe('struct lays fields out as the C compiler does', () => {
  test.each(Object.entries(layouts))('%s', (exported, layout) => {
    const table = (wire as unknown as Record<string, Struct<readonly Field[]> | undefined>)[exported]!;
    expect(table.name).toBe(layout.name);
    expect(table.size).toBe(layout.size);
    const offsets = table.slots
      .filter((s) => layout.name !== 'fsmap_head' || s.name !== 'high')
      .map((s) => [s.name === 'low' ? 'fmh_keys' : s.name, s.at]);
    expect(offsets).toEqual(layout.fields.map(([name, at]) => [name, at]));
  });
});

test('read answers a flaw where bytes end too soon', () => {
  expect(isFlaw(wire.inHeader.read(new Uint8Array(39)))).toBe(true);
  expect(isFlaw(wire.inHeader.read(new Uint8Array(40), 1))).toBe(true);
  expect(isFlaw(wire.inHeader.read(new Uint8Array(40), -1))).toBe(true);
});

test('read gives back what encode wrote, above 2^53 and below zero too', () => {
  const end = {
    opflags: 0x80000001,
    pos: 2n ** 63n + 5n,
    count: 4096n,
    written: -5n,
    map: { offset: 0n, length: 1n, addr: wire.mapFlags.mask('NEW') ? 2n ** 64n - 1n : 0n, type: 255, flags: 3, dev: 7 },
  };
  expect(wire.iomapEndIn.read(wire.iomapEndIn.encode(end))).toEqual({ reserved: 0, attr_ino: 0n, ...end });
});

test('print keeps an unknown bit as hex, and parse is its inverse', () => {
  expect(wire.opFlags.print(0x80000201)).toBe('WRITE|ATOMIC|WRITEBACK');
  expect(wire.mapFlags.print(0x1201)).toBe('NEW|STALE|0x1000?');
  for (const value of [0n, 1n, 0xffffn, 0x8000000000000001n]) expect(wire.mapFlags.parse(wire.mapFlags.print(value))).toBe(value);
  expect(wire.mapFlags.parse('NEW|NONSENSE')).toBeUndefined();
});
