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

function read(text: string): { lines: string[]; flaws: Flaw[]; unread?: string[] } {
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
  return { lines, flaws, ...(records.unread.size > 0 && { unread: [...records.unread] }) };
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

  test('knows whose text it is, of trace_pipe too, which has no head', () => {
    const dialectOf = (line: string): unknown => {
      const found = openFtraceText(inMemory(utf8(`${line}\n`)));
      return isFlaw(found) ? found.code : found.dialect;
    };
    expect(
      ['dd-5 [000] d..1.  1.000001: took: x', 'dd-5 [000]  1.000001: took: x', 'dd-5 0d..1.  1.000001: took: x'].map(dialectOf),
    ).toEqual(['kernel', 'trace-cmd', 'trace-cmd']);
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

  test('reads what system calls were asked and answered, as tracefs and trace-cmd print them; the number of a call is not told', () => {
    const kernel = tracefs(
      '  dd-5 [000] .....  1.000001: sys_pwrite64(fd: 3, buf: 0x7ffc, count: 0x1000, pos: 0)',
      '  dd-5 [000] .....  1.000002: sys_pwrite64 -> 0xfffffffffffffffb',
      '  dd-5 [000] .....  1.000003: sys_openat(int dfd: 0xffffff9c, const char * filename: 0x7f "a, b: 0x1", flags: 0x2)',
      '  dd-5 [000] .....  1.000004: sys_odd(what is this)',
    );
    const report = kernel
      .replace('# tracer: nop\n', '')
      .replace(
        'sys_pwrite64(fd: 3, buf: 0x7ffc, count: 0x1000, pos: 0)',
        'sys_enter_pwrite64:   fd: 0x00000003, buf: 0x00007ffc, count: 0x00001000, pos: 0x00000000',
      )
      .replace('sys_pwrite64 ->', 'sys_exit_pwrite64:   ');
    const told = {
      lines: [
        '1000001000,0,5,sys_enter_pwrite64,fd=3,buf=32764,count=4096,pos=0',
        '1000002000,0,5,sys_exit_pwrite64,ret=-5',
        '1000003000,0,5,sys_enter_openat,dfd=4294967196,filename=127,flags=2',
        '1000004000,0,5,sys_enter_odd,text=what is this',
      ],
      flaws: [],
    };
    expect(read(kernel)).toEqual(told);
    expect(read(report)).toEqual(told);
  });

  test('gives a mark all of its lines, and does not take a damaged record for one of them', () => {
    const { lines, flaws } = read(
      tracefs(
        '  dd-5 [000] d..1.  1.000001: tracing_mark_write: step one',
        'and more of it',
        'bash-12 000 1.000002: took dev 7:1 rc 0 by f',
        '  dd-5 [000] d..1.  1.000003: tracing_mark_write: last',
      ),
    );
    expect(lines).toEqual([
      '1000001000,0,5,print,ip=tracing_mark_write,"buf=step one\nand more of it"',
      'lost -1 on 65535 1000001000..1000003000',
      '1000003000,0,5,print,ip=tracing_mark_write,buf=last',
    ]);
    expect(flaws).toHaveLength(1);
  });

  test('takes a text that its event does not print for damaged where others of it were read, and says so of an event that is never printed as known', () => {
    const took = '  dd-5 [000] d..1.  1.000001: took: dev 7:1 rc 0 by f';
    expect(read(tracefs(took, took.replace('rc 0', 'rx 0'), took)).lines).toEqual([
      '1000001000,0,5,took,dev=7340033,rc=0,who=f',
      'lost -1 on 65535 1000001000..1000001000',
      '1000001000,0,5,took,dev=7340033,rc=0,who=f',
    ]);
    const { lines, unread } = read(tracefs(took.replace('dev 7:1', 'device=7,1')));
    expect(lines).toEqual(['1000001000,0,5,took,"text=device=7,1 rc 0 by f"']);
    expect(unread).toEqual(['took']);
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
