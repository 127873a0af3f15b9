import { expect, test } from 'vitest';
import { formatsOf, recordOf } from '../fixtures/ftrace/records.ts';
import { utf8 } from '../units/index.ts';
import { csvCell, csvPrinter } from './ftrace-csv.ts';

const formats = formatsOf('6.18'),
  print = (event: string, view: DataView, size = view.byteLength): string => csvPrinter(formats.get(event)!)(view, 0, size);

test('csvPrinter prints each field by its value: decimal, signed where it is, 64 bits whole', () => {
  const record = recordOf(formats.get('iomap_iter')!, {
    dev: 0x700000,
    ino: 131n,
    pos: -1n,
    length: 0xffff_ffff_ffff_fff0n,
    status: -28n,
    flags: 9,
  });
  expect(print('iomap_iter', record)).toBe(',dev=7340032,ino=131,pos=-1,length=18446744073709551600,status=-28,flags=9,ops=0,caller=0');
});

test('csvPrinter prints text up to its NUL, without the line feed of a marker', () => {
  expect(print('writeback_dirty_folio', recordOf(formats.get('writeback_dirty_folio')!, { name: '254:0', ino: 2n }))).toBe(
    ',name=254:0,ino=2,index=0',
  );
  const marker = new Uint8Array(40);
  marker.set(utf8('one\ntwo\n\0'), 16);
  expect(print('print', new DataView(marker.buffer))).toBe(',ip=0,"buf=one\ntwo"');
});

test('csvPrinter prints bytes that are no text as hex, and leaves out what a short record does not have', () => {
  const record = recordOf(formats.get('sys_enter')!, { id: 5 });
  record.setBigUint64(16, 0x1122n, true);
  expect(print('sys_enter', record)).toBe(`,id=5,args=2211${'00'.repeat(46)}`);
  expect(print('sys_enter', record, 20)).toBe(',id=5');
});

test('csvCell quotes what would not be one cell', () => {
  expect(['a=b', 'a=1,2', 'say="x"'].map(csvCell)).toEqual(['a=b', '"a=1,2"', '"say=""x"""']);
});
