import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTextLine } from './ftrace-line.ts';

describe('parseTextLine', () => {
  test.each([
    ['tracefs', '            bash-1929    [001] ...1.  3938.700452: iomap_readpage: dev 7:0 ino 0x83 nr_pages 1', 3_938_700_452_000n],
    [
      'tracefs with thread groups',
      '            bash-1929    (   1929) [001] .....  3938.700452: iomap_readpage: dev 7:0 ino 0x83 nr_pages 1',
      3_938_700_452_000n,
    ],
    [
      'tracefs without the column of interrupts',
      '            bash-1929    (-------) [001]   3938.700452: iomap_readpage: dev 7:0 ino 0x83 nr_pages 1',
      3_938_700_452_000n,
    ],
    [
      'tracefs with latency-format',
      '    bash-1929      1d..2. 3938700452us!: iomap_readpage: dev 7:0 ino 0x83 nr_pages 1',
      3_938_700_452_000n,
    ],
    [
      'trace-cmd report',
      '            bash-1929  [001]  3938.700452: iomap_readpage:       dev 7:0 ino 0x83 nr_pages 1',
      3_938_700_452_000n,
    ],
    [
      'trace-cmd report -t',
      '            bash-1929  [001]  3938.700451999: iomap_readpage:       dev 7:0 ino 0x83 nr_pages 1',
      3_938_700_451_999n,
    ],
    ['trace-cmd report -l', '    bash-1929    1.....  3938.700452: iomap_readpage:       dev 7:0 ino 0x83 nr_pages 1', 3_938_700_452_000n],
    [
      'trace-cmd report of clock boot',
      '            bash-1929  [001]3938700452: iomap_readpage:       dev 7:0 ino 0x83 nr_pages 1',
      3_938_700_452n,
    ],
    ['a clock that counts', '            bash-1929  [001]  3938700452: iomap_readpage:       dev 7:0 ino 0x83 nr_pages 1', 3_938_700_452n],
  ])('reads an event of %s', (_, line, time) => {
    expect(parseTextLine(line)).toEqual({
      kind: 'event',
      pid: 1929,
      cpu: 1,
      time,
      event: 'iomap_readpage',
      text: 'dev 7:0 ino 0x83 nr_pages 1',
    });
  });

  test('reads names with blanks and dashes, and the idle task', () => {
    const pid = (task: string): number | undefined => {
      const line = parseTextLine(`${task} [000] d..1.  1.000000: print: x`);
      return line?.kind === 'event' ? line.pid : undefined;
    };
    expect([' kworker/u8:1-27181', '   Web Content-5-77', '  <idle>-0'].map(pid)).toEqual([27_181, 77, 0]);
  });

  test('reads records that are printed without their event: system calls, stacks, functions, raw marks', () => {
    const read = (text: string): unknown => {
      const line = parseTextLine(`  bash-1929 [000] .....  1.000000: ${text}`);
      return line?.kind === 'event' ? [line.event, line.text] : line?.kind;
    };
    const path = 'x'.repeat(300);
    expect(
      [
        `sys_openat(dfd: 0xffffff9c, filename: 0x7f "${path}", flags: 0x80000)`,
        'sys_getpid()',
        'sys_pwrite64 -> 0x1000',
        '<stack trace>',
        '<user stack trace>',
        'vfs_read <-ksys_read',
        '# 4 buf: 41 42',
        'UNKNOWN TYPE 5',
      ].map(read),
    ).toEqual([
      ['sys_enter_openat', `dfd: 0xffffff9c, filename: 0x7f "${path}", flags: 0x80000`],
      ['sys_enter_getpid', ''],
      ['sys_exit_pwrite64', '0x1000'],
      ['kernel_stack', ''],
      ['user_stack', ''],
      ['function', 'vfs_read <-ksys_read'],
      ['raw_data', '# 4 buf: 41 42'],
      ['unknown', 'UNKNOWN TYPE 5'],
    ]);
    for (const caller of [' => vfs_read', ' =>  <00007fb39bc49353>', '=> vfs_read (ffffffff81000130)', '\t=> 0x18c05fb'])
      expect(parseTextLine(caller)).toEqual({ kind: 'comment' });
  });

  test('reads what was lost, with a number and without, as the kernel and trace-cmd say it', () => {
    const lines = ['CPU:1 [663 EVENTS DROPPED]', 'CPU:0 [EVENTS DROPPED]', 'CPU:12 [LOST 7 EVENTS]', 'CPU:2 [LOST EVENTS]'];
    expect(lines.map(parseTextLine)).toEqual([
      { kind: 'lost', cpu: 1, n: 663n },
      { kind: 'lost', cpu: 0, n: -1n },
      { kind: 'lost', cpu: 12, n: 7n },
      { kind: 'lost', cpu: 2, n: -1n },
    ]);
    expect(parseTextLine('# entries-in-buffer/entries-written: 574/600   #P:2')).toEqual({
      kind: 'written',
      inBuffer: 574n,
      written: 600n,
    });
  });

  test('passes over comments, and says nothing of a line that makes no sense', () => {
    for (const line of ['', '# tracer: nop', '#           TASK-PID     CPU#', 'cpus=2', '##### CPU 1 buffer started ####'])
      expect(parseTextLine(line)).toEqual({ kind: 'comment' });
    for (const line of ['bash-1929 [001] 3938.70: print: x', 'hello', 'bash-1929 [001] 1.000000 print: x'])
      expect(parseTextLine(line)).toBeUndefined();
  });

  test('never throws and never stays, whatever the line', () => {
    const part = fc.constantFrom(
      '-1',
      ' [000]',
      ' d..1.',
      ' 1.000000',
      ':',
      ' print',
      '(',
      ' 1us',
      'CPU:0 [',
      ' EVENTS',
      ' ',
      '  ',
      '-',
      '9'.repeat(30),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
        expect(['event', 'lost', 'written', 'comment', undefined]).toContain(parseTextLine(parts.join(''))?.kind);
      }),
    );
    expect(parseTextLine(' '.repeat(60_000))).toEqual({ kind: 'comment' });
    expect(parseTextLine('a-1 '.repeat(20_000))).toBeUndefined();
  });
});
