import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFlaw } from '../units/index.ts';
import { bigintOf, bytesOf, numberOf, textOf } from './ftrace-fields.ts';
import { type FtraceFormat, parseFormat } from './ftrace-format.ts';
import { parseHeaderPage } from './ftrace-page.ts';
import { parsePrint, printSymbol, symbolsOf } from './ftrace-print.ts';

interface Kernel {
  readonly headerPage: string;
  readonly events: Readonly<Record<string, string>>;
}
const kernel = (release: string): Kernel =>
  JSON.parse(readFileSync(join(import.meta.dirname, `../fixtures/ftrace/formats-${release}.json`), 'utf8')) as Kernel;
const format = (release: string, event: string): FtraceFormat => {
  const parsed = parseFormat(kernel(release).events[event]!);
  if (isFlaw(parsed)) throw new Error(parsed.field);
  return parsed;
};
const place = ({ fields }: FtraceFormat, name: string) => {
  const { offset, size, isSigned, form } = fields.get(name)!;
  return [offset, size, isSigned, form];
};

describe('parseFormat', () => {
  test('finds name, id and every field of every event of 6.18 and 6.1', () => {
    for (const release of ['6.18', '6.1'])
      for (const [event, text] of Object.entries(kernel(release).events)) {
        const parsed = format(release, event);
        expect(event.endsWith(`/${parsed.name}`)).toBe(true);
        expect(parsed.fields.size, event).toBe(text.match(/^\tfield:/gm)!.length);
        expect(parsed.least).toBeGreaterThan(8);
      }
  });

  test('takes offsets from the text, since they differ between kernels', () => {
    expect(place(format('6.18', 'iomap/iomap_iter'), 'flags')).toEqual([44, 4, false, 'scalar']);
    expect(place(format('6.1', 'iomap/iomap_iter'), 'flags')).toEqual([40, 4, false, 'scalar']);
    expect(format('6.1', 'iomap/iomap_iter').fields.has('status')).toBe(false);
    expect(place(format('6.18', 'iomap/iomap_iter'), 'pos')).toEqual([24, 8, true, 'scalar']);
    expect(place(format('6.18', 'iomap/iomap_iter'), 'ops')).toEqual([48, 8, false, 'scalar']);
  });

  test('tells arrays, __data_loc, __rel_loc and open ends', () => {
    expect(place(format('6.18', 'writeback/writeback_dirty_folio'), 'name')).toEqual([8, 32, false, 'array']);
    expect(place(format('6.18', 'sched/sched_process_exec'), 'filename')).toEqual([8, 4, false, 'dataLoc']);
    expect(place(format('6.18', 'ftrace/print'), 'buf')).toEqual([16, 0, false, 'rest']);
    expect(place(format('6.18', 'raw_syscalls/sys_enter'), 'args')).toEqual([16, 48, false, 'array']);
    const relative = parseFormat('name: a\nID: 1\nformat:\n\tfield:__rel_loc char[] text;\toffset:8;\tsize:4;\tsigned:0;\n');
    expect(isFlaw(relative) || place(relative, 'text')).toEqual([8, 4, false, 'relLoc']);
  });

  test('says what is missing from a text that is no format', () => {
    expect(parseFormat('')).toMatchObject({ code: 'E_FORMAT', field: 'name' });
    expect(parseFormat('name: x\nID: 70000\n')).toMatchObject({ code: 'E_FORMAT', field: 'ID', found: '70000' });
  });

  test('never throws, whatever is done to a real text', () => {
    const texts = [...Object.values(kernel('6.18').events), ...Object.values(kernel('6.1').events)];
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.nat(), fc.nat(), fc.string(), fc.nat(200), (text, from, to, instead, cut) => {
        const odd = text.slice(0, from % text.length) + instead + text.slice((to % text.length) + cut);
        const parsed = parseFormat(odd);
        expect(isFlaw(parsed) || parsed.id <= 0xffff).toBe(true);
        const page = parseHeaderPage(odd);
        expect(isFlaw(page) || page.size <= 1 << 20).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('symbolsOf', () => {
  const iter = format('6.18', 'iomap/iomap_iter'),
    mapped = format('6.18', 'iomap/iomap_iter_dstmap');

  test('reads flag and symbol tables by field', () => {
    expect([...iter.symbols.keys()]).toEqual(['flags']);
    expect(printSymbol(iter.symbols.get('flags')!, 0x209n)).toBe('WRITE|FAULT|ATOMIC');
    expect(mapped.symbols.get('type')!.isFlags).toBe(false);
    expect(printSymbol(mapped.symbols.get('type')!, 3n)).toBe('UNWRITTEN');
    expect(printSymbol(mapped.symbols.get('flags')!, 0xc002n)).toBe('DIRTY|SIZE_CHANGED|STALE');
  });

  test('keeps what has no name', () => {
    expect(printSymbol(iter.symbols.get('flags')!, 0x8000_0001n)).toBe('WRITE|0x80000000?');
    expect(printSymbol(mapped.symbols.get('type')!, 77n)).toBe('77');
  });

  test('evaluates C constants with casts, shifts, sums and octals, and leaves out the rest', () => {
    const table = symbolsOf(
      parsePrint(
        '"%s", __print_flags((unsigned long)REC->f, "|", { (unsigned long long)(((1UL)) << (3 + 1)), "a" }, { 0x40u | 010, "b" }, { ~0, "c" }, { SOME_NAME, "d" }, { (1 << , "e" }, { 09, "g" })',
      ),
    ).get('f')!;
    expect(table.entries).toEqual([
      [16n, 'a'],
      [72n, 'b'],
      [0xffff_ffff_ffff_ffffn, 'c'],
    ]);
  });

  test('has no table for a computed value', () => {
    expect(symbolsOf(parsePrint('"%s", __print_symbolic((((REC->ioprio) >> 13) & (8 - 1)), { 0, "none" })')).size).toBe(0);
  });

  test('never throws', () => {
    const words = [
      '__print_flags(',
      '__print_symbolic(',
      'REC->a',
      ', ',
      '"|"',
      '{ ',
      ' }',
      '(',
      ')',
      '1 << 3',
      '-',
      '~',
      '"x"',
      '"',
      '\\',
      '0x',
      '09',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 60 }), (list) => {
        expect(symbolsOf(parsePrint(list.join(''))).size).toBeLessThan(2);
      }),
    );
  });
});

describe('readers', () => {
  const bytes = new Uint8Array(64),
    view = new DataView(bytes.buffer);

  test('numberOf and bigintOf read at the offsets of the format, signed where it says so', () => {
    const iter = format('6.18', 'iomap/iomap_iter');
    view.setInt32(4 + 40, -28, true);
    view.setBigInt64(4 + 24, -1n, true);
    view.setBigUint64(4 + 32, 0xffff_ffff_ffff_fff0n, true);
    expect(numberOf(iter, 'status')!(view, 4)).toBe(-28);
    expect(bigintOf(iter, 'status')!(view, 4)).toBe(-28n);
    expect(bigintOf(iter, 'pos')!(view, 4)).toBe(-1n);
    expect(bigintOf(iter, 'length')!(view, 4)).toBe(0xffff_ffff_ffff_fff0n);
    expect(numberOf(iter, 'length')).toBeUndefined();
    expect(numberOf(iter, 'nothing')).toBeUndefined();
  });

  test('textOf ends at the NUL of an array', () => {
    bytes.fill(0x78);
    bytes.set(new TextEncoder().encode('0:39\0'), 8);
    expect(textOf(format('6.18', 'writeback/writeback_dirty_folio'), 'name')!(view, 0, 64)).toBe('0:39');
  });

  test('textOf follows __data_loc, and stays in the record when that points elsewhere', () => {
    const text = textOf(format('6.18', 'sched/sched_process_exec'), 'filename')!;
    bytes.set(new TextEncoder().encode('/bin/dd\0'), 20);
    view.setUint32(8, (8 << 16) | 20, true);
    expect(text(view, 0, 28)).toBe('/bin/dd');
    view.setUint32(8, (0xffff << 16) | 24, true);
    expect(text(view, 0, 28)).toBe('/dd');
    view.setUint32(8, (9 << 16) | 0xffff, true);
    expect(text(view, 0, 28)).toBe('');
  });

  test('bytesOf takes an open end to the end of the record', () => {
    expect(bytesOf(format('6.18', 'ftrace/print'), 'buf')!(view, 4, 36)).toHaveLength(20);
    expect(bytesOf(format('6.18', 'ftrace/print'), 'ip')).toBeUndefined();
  });
});
