import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatsOf } from '../fixtures/ftrace/records.ts';
import { isFlaw } from '../units/index.ts';
import { type FtraceFormat, parseFormat } from './ftrace-format.ts';
import { TextPattern } from './ftrace-pattern.ts';
import type { Dialect } from './ftrace-told.ts';

const told = (format: FtraceFormat, text: string, dialect: Dialect = 'kernel') => {
  const found = TextPattern.of(format, dialect)!.match(text);
  return found && Object.fromEntries(found);
};
/** An event whose fields are `sizes` bytes long, printed so. */
const event = (sizes: Readonly<Record<string, number>>, print: string): FtraceFormat => {
  const fields = Object.entries(sizes).map(([name, size], i) => `\tfield:u64 ${name};\toffset:${8 + 8 * i};\tsize:${size};\tsigned:0;\n`);
  const format = parseFormat(`name: e\nID: 1\nformat:\n${fields.join('')}\nprint fmt: ${print}\n`);
  if (isFlaw(format)) throw new Error(format.field);
  return format;
};

describe('TextPattern', () => {
  const iter = formatsOf('6.18').get('iomap_iter')!;

  test('reads each field of an event back from what the kernel printed', () => {
    const text =
      'dev 7:3 ino 0x83 pos 0x1000 length 0xfffffffffffffff0 status -28 flags WRITE|FAULT|0x8000 (0x8009) ops xfs_ops [xfs] caller a+0x1/0x2 [xfs]';
    expect(told(iter, text)).toEqual({
      dev: (7n << 20n) | 3n,
      ino: 0x83n,
      pos: 0x1000n,
      length: 0xffff_ffff_ffff_fff0n,
      status: 0xffff_ffe4n,
      flags: 0x8009n,
      ops: 'xfs_ops [xfs]',
      caller: 'a+0x1/0x2 [xfs]',
    });
    expect(told(iter, text.replace('FAULT', 'FLAUT'))!.flags, 'the number counts, not the names').toBe(0x8009n);
  });

  test('does not take what another format printed', () => {
    expect(
      told(formatsOf('6.1').get('iomap_iter')!, 'dev 7:3 ino 0x83 pos 0x0 length 0x0 status 0 flags  (0x0) ops a caller b'),
    ).toBeUndefined();
    expect(told(iter, 'dev 7:3 ino 0x83')).toBeUndefined();
    expect(told(iter, '')).toBeUndefined();
  });

  test('undoes what was computed before it was printed', () => {
    expect(told(event({ index: 8 }, '"ofs=%llu", REC->index << 12'), 'ofs=8192')).toEqual({ index: 2n });
    expect(told(event({ last: 8 }, '"to %lld", ((((loff_t)REC->last + 1) << 12) - 1)'), 'to 12287')).toEqual({ last: 2n });
    expect(told(event({ p: 8 }, '"%pK", (void *)REC->p'), 'ffff8880')).toEqual({ p: 'ffff8880' });
  });

  test('tells a field only when all of its bits are known', () => {
    const io = event({ prio: 2 }, '"%u,%u", (((REC->prio) >> 3) & ((1 << 10) - 1)), ((REC->prio) & ((1 << 3) - 1))');
    expect(told(io, '5,1'), 'three bits are printed nowhere').toEqual({});
    expect(told(event({ wide: 8 }, '"%d", (int)REC->wide'), '7'), 'only 32 bits are printed').toEqual({});
    expect(told(event({ x: 4 }, '"%s", REC->x & 8 ? "shared" : "private"'), 'shared')).toEqual({});
    expect(told(event({ x: 4 }, '"%s", REC->x ? "yes" : "no"'), 'no')).toEqual({ x: 0n });
    expect(told(event({ x: 4 }, '"%s", REC->x ? "yes" : "no"'), 'yes')).toEqual({});
  });

  test('reads names by the constants of the kernel, and does not believe trace-cmd where it knows none', () => {
    const fault = event({ result: 4 }, '"%s", __print_flags(REC->result, "|", { VM_FAULT_OOM, "OOM" }, { VM_FAULT_MAJOR, "MAJOR" })');
    expect(told(fault, 'OOM|MAJOR')).toEqual({ result: 5n });
    expect(told(fault, '')).toEqual({ result: 0n });
    expect(told(fault, 'OOM', 'trace-cmd'), 'it prints the first name for 0').toEqual({});
    expect(told(fault, '0x104', 'trace-cmd'), 'and a number for anything else').toEqual({ result: 0x104n });
    expect(
      told(event({ state: 8 }, '"%s", __print_flags(REC->state, "|", { I_NEW, "I_NEW" })'), 'I_NEW'),
      'differs between kernels',
    ).toEqual({});
  });

  test('never throws, whatever the format and the text', () => {
    const words = [
      '"%d %s',
      '%lx',
      '"',
      ', ',
      'REC->a',
      ' << ',
      '12',
      '__print_flags(',
      '"|"',
      '{ 1, "x" }',
      ')',
      '(',
      '? ',
      ': ',
      '-',
      '&',
      '%',
      '\\',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 30 }), fc.string(), (list, text) => {
        const format = event({ a: 4, b: 8 }, list.join('').replaceAll('\n', ''));
        expect(TextPattern.of(format, 'kernel')?.match(text)?.size ?? 0).toBeLessThan(3);
      }),
    );
  });
});
