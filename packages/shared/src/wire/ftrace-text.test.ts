import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Flaw, isFlaw, utf8 } from '../units/index.ts';
import { csvPrinter } from './ftrace-csv.ts';
import { openFtraceText, TextReader } from './ftrace-text.ts';
import { TextRecords } from './ftrace-text-records.ts';
import { inMemory } from './tracedat/bytes.ts';

const known = [
  'name: took\nID: 9\nformat:\n\tfield:dev_t dev;\toffset:8;\tsize:4;\tsigned:0;\n\tfield:int rc;\toffset:12;\tsize:4;\tsigned:1;\n\tfield:void * who;\toffset:16;\tsize:8;\tsigned:0;\n\nprint fmt: "dev %d:%d rc %d by %ps", ((unsigned int) ((REC->dev) >> 20)), ((unsigned int) ((REC->dev) & ((1U << 20) - 1))), REC->rc, REC->who\n',
  'name: print\nID: 5\nformat:\n\tfield:unsigned long ip;\toffset:8;\tsize:8;\tsigned:0;\n\tfield:char buf[];\toffset:16;\tsize:0;\tsigned:0;\n\nprint fmt: "%ps: %s", (void *)REC->ip, REC->buf\n',
];

function read(text: string): { lines: string[]; flaws: Flaw[] } {
  const found = openFtraceText(inMemory(utf8(text)));
  if (isFlaw(found)) throw new Error(found.code);
  const records = new TextRecords(known, found.dialect),
    lines: string[] = [],
    flaws: Flaw[] = [];
  const reader = new TextReader(
    found,
    records,
    {
      record(view, at, size, time, cpu) {
        const format = records.formats[view.getUint16(at, true)]!;
        lines.push(`${time},${cpu},${view.getInt32(at + 4, true)},${format.name}${csvPrinter(format)(view, at, size)}`);
      },
      lost: (cpu, n, from, to) => void lines.push(`lost ${n} on ${cpu} ${from}..${to}`),
    },
    (flaw) => void flaws.push(flaw),
  );
  while (reader.step());
  return { lines, flaws };
}

const tracefs = (...lines: string[]): string => ['# tracer: nop', '#', ...lines, ''].join('\n');

describe('TextReader', () => {
  test('makes records of the lines, with the fields that they tell', () => {
    expect(
      read(
        tracefs(
          '  dd-5 [000] d..1.  1.000001: took: dev 7:1 rc -28 by some_function',
          '  dd-5 [001] d..1.  1.000002: tracing_mark_write: step one, two',
          '  dd-5 [000] d..1.  1.000003: nobody_knows: a=1 b',
        ),
      ),
    ).toEqual({
      lines: [
        '1000001000,0,5,took,dev=7340033,rc=-28,who=some_function',
        '1000002000,1,5,print,ip=tracing_mark_write,"buf=step one, two"',
        '1000003000,0,5,nobody_knows,text=a=1 b',
      ],
      flaws: [],
    });
  });

  test('tells what was lost before the record that follows on that CPU, and what was overwritten before all', () => {
    const { lines } = read(
      tracefs(
        '# entries-in-buffer/entries-written: 3/10   #P:2',
        '  dd-5 [000] d..1.  1.000001: took: dev 7:1 rc 0 by f',
        'CPU:0 [LOST 4 EVENTS]',
        'CPU:1 [LOST EVENTS]',
        '  dd-5 [001] d..1.  1.000002: took: dev 7:1 rc 0 by f',
        '  dd-5 [000] d..1.  1.000003: took: dev 7:1 rc 0 by f',
        'CPU:0 [LOST 2 EVENTS]',
      ),
    );
    expect(lines.filter((line) => line.startsWith('lost'))).toEqual([
      'lost 7 on 65535 0..1000001000',
      'lost -1 on 1 0..1000002000',
      'lost 4 on 0 1000001000..1000003000',
      'lost 2 on 0 1000003000..1000003000',
    ]);
  });

  test('does not believe a last line that is cut, nor one that makes no sense, and says where', () => {
    const whole = tracefs(
      '  dd-5 [000] d..1.  1.000001: took: dev 7:1 rc 0 by f',
      'odd',
      '  dd-5 [000] d..1.  1.000002: took: dev 7:1 rc 0 by f',
    );
    const { lines, flaws } = read(`${whole}  dd-5 [000] d..1.  1.000003: took: dev 7:1 rc 0 by g`);
    expect(lines).toEqual([
      '1000001000,0,5,took,dev=7340033,rc=0,who=f',
      'lost -1 on 65535 1000001000..1000002000',
      '1000002000,0,5,took,dev=7340033,rc=0,who=f',
      'lost -1 on 65535 1000002000..1000002000',
    ]);
    expect(flaws.map(({ code, at }) => [code, at])).toEqual([
      ['E_FORMAT', whole.indexOf('odd')],
      ['E_SHORT', whole.length + 53],
    ]);
  });

  test('never throws and never stays, wherever a text is cut or damaged', () => {
    const text = utf8(
      tracefs(...Array.from({ length: 40 }, (_, i) => `  dd-5 [00${i % 2}] d..1.  1.0000${10 + i}: took: dev 7:1 rc ${i} by f`)),
    );
    fc.assert(
      fc.property(fc.nat(text.length), fc.array(fc.tuple(fc.nat(text.length - 1), fc.nat(255)), { maxLength: 20 }), (length, damages) => {
        const odd = text.slice();
        for (const [at, byte] of damages) odd[at] = byte;
        const found = openFtraceText(inMemory(odd.subarray(0, length)));
        if (isFlaw(found)) return;
        let n = 0;
        const records = new TextRecords(known, found.dialect);
        const reader = new TextReader(found, records, { record: () => void n++, lost: () => undefined }, () => undefined);
        while (reader.step());
        expect(n).toBeLessThan(60);
      }),
    );
  });

  test('refuses what is no text of ftrace', () => {
    for (const text of ['', 'hello\nworld\n', '\0\u0001\u0002'.repeat(100)])
      expect(openFtraceText(inMemory(utf8(text)))).toMatchObject({ code: 'E_FORMAT' });
  });
});
