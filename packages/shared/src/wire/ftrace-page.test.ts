import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodePage, type PageShape, parseHeaderPage } from './ftrace-page.ts';
import { RecordColumns } from './ftrace-records.ts';

const texts = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/ftrace/formats-6.18.json'), 'utf8')) as { headerPage: string };
const shape = parseHeaderPage(texts.headerPage) as PageShape;

/** A page from words: [type_len, delta, ...u32 that follow]. */
function page(stamp: bigint, commitFlags: number, ...records: number[][]): DataView {
  const view = new DataView(new ArrayBuffer(shape.size));
  new Uint8Array(view.buffer).fill(0xa5);
  view.setBigUint64(0, stamp, true);
  let at = shape.dataAt;
  for (const [kind, delta, ...words] of records) {
    view.setUint32(at, (((delta! << 5) >>> 0) | kind!) >>> 0, true);
    at += 4;
    for (const word of words) {
      view.setUint32(at, word, true);
      at += 4;
    }
  }
  view.setBigUint64(8, BigInt(((at - shape.dataAt) | commitFlags) >>> 0), true);
  return view;
}
const read = (view: DataView) => {
  const rows = new RecordColumns(512),
    facts = decodePage(view, 0, shape, rows);
  return { facts, seen: Array.from({ length: rows.count }, (_, i) => [rows.places[i], rows.sizes[i], rows.times[i]!] as const) };
};

describe('parseHeaderPage', () => {
  test('takes sizes from the text of a 64-bit kernel', () => {
    expect(shape).toEqual({ stampAt: 0, commitAt: 8, longSize: 8, dataAt: 16, size: 4096, isLittle: true });
  });

  test('takes sizes from the text of a 32-bit kernel', () => {
    const text =
      '\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n\tfield: local_t commit;\toffset:8;\tsize:4;\tsigned:1;\n\tfield: char data;\toffset:12;\tsize:4084;\tsigned:0;\n';
    expect(parseHeaderPage(text)).toMatchObject({ longSize: 4, dataAt: 12, size: 4096 });
  });

  test('refuses a text without the fields, and sizes that overlap', () => {
    expect(parseHeaderPage('')).toMatchObject({ code: 'E_FORMAT', field: 'header_page.timestamp' });
    expect(parseHeaderPage(texts.headerPage.replace('offset:16', 'offset:4'))).toMatchObject({ code: 'E_FORMAT', field: 'header_page' });
  });
});

describe('decodePage', () => {
  test('adds up the deltas of the records', () => {
    expect(read(page(1000n, 0, [2, 5, 1, 2], [1, 7, 3])).seen).toEqual([
      [20, 8, 1005n],
      [32, 4, 1012n],
    ]);
  });

  test('steps over a time extend, an absolute stamp and a discarded record', () => {
    const { seen } = read(page((3n << 59n) | 1n, 0, [30, 1, 2], [1, 4, 9], [29, 6, 8, 0], [1, 0, 9], [31, 5, 1], [1, 1, 9]));
    expect(seen.map(([, , time]) => time - (3n << 59n))).toEqual([(2n << 27n) + 6n, (2n << 27n) + 12n, (1n << 27n) + 6n]);
  });

  test('reads a long record by the length that counts its own word', () => {
    expect(read(page(0n, 0, [0, 1, 12, 7, 7], [1, 1, 8])).seen).toEqual([
      [24, 8, 1n],
      [36, 4, 2n],
    ]);
  });

  test('ends at padding without a length', () => {
    expect(read(page(0n, 0, [1, 1, 9], [29, 0], [1, 1, 9])).seen).toHaveLength(1);
  });

  test('gives nothing for an empty page', () => {
    expect(read(page(77n, 0))).toEqual({ seen: [], facts: { stamp: 77n, lost: 0n, damagedAt: undefined } });
  });

  test('says how many were lost when the page says so, else that some were', () => {
    const counted = page(0n, 0xc000_0000, [1, 1, 9]);
    counted.setBigUint64(16 + 8, 4446n, true);
    expect(read(counted).facts.lost).toBe(4446n);
    expect(read(page(0n, 0x8000_0000, [1, 1, 9])).facts.lost).toBe(-1n);
    expect(read(page(0n, 0x4000_0000, [1, 1, 9])).facts.lost).toBe(0n);
  });

  test('carries times over 2^32, and wraps at 2^64', () => {
    expect(read(page(0xffff_fffen, 0, [1, 5, 9], [30, 0x7ff_ffff, 0xffff_ffff], [1, 1, 9])).seen.map(([, , time]) => time)).toEqual([
      0x1_0000_0003n,
      0x1_0000_0003n + (0xffff_ffffn << 27n) + 0x7ff_ffffn + 1n,
    ]);
    expect(read(page(0xffff_ffff_ffff_ffffn, 0, [1, 3, 9])).seen.map(([, , time]) => time)).toEqual([2n]);
  });

  test('adds up times as a bigint does', () => {
    const step = fc.tuple(fc.constantFrom(1, 30, 31), fc.nat(0x7ff_ffff), fc.integer({ min: 0, max: 0xffff_ffff }));
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.array(step, { maxLength: 20 }), (stamp, steps) => {
        let time = stamp;
        const times: bigint[] = [];
        for (const [kind, delta, word] of steps) {
          const ticks = (BigInt(word) << 27n) | BigInt(delta);
          if (kind === 31) time = (time & (31n << 59n)) | ticks;
          else time = BigInt.asUintN(64, time + (kind === 30 ? ticks : BigInt(delta)));
          if (kind === 1) times.push(time);
        }
        expect(read(page(stamp, 0, ...steps.map((words) => [...words]))).seen.map(([, , at]) => at)).toEqual(times);
      }),
    );
  });

  test('stops at a record that runs past the commit', () => {
    for (const cut of [
      [28, 1, 9],
      [0, 1, 400, 9],
      [0, 1, 3],
      [29, 1, 0],
      [30, 1],
    ])
      expect(read(page(0n, 0, [1, 1, 9], cut)), String(cut)).toMatchObject({ facts: { damagedAt: 24 }, seen: [[20, 4, 1n]] });
  });

  test('never throws, never visits outside the page and never stays, whatever the bytes', () => {
    const word = fc.oneof(
      fc.integer({ min: 0, max: 0xffff_ffff }),
      fc.integer({ min: 0, max: 40 }),
      fc.constantFrom(29, 30, 31, 61, 0xffff_ffff),
    );
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 0, maxLength: 40 }),
        fc.nat(0xffff_ffff),
        fc.nat(8),
        fc.boolean(),
        (words, commit, base, isLittle) => {
          const bytes = new Uint8Array(base + 8 + 8 + words.length * 4),
            view = new DataView(bytes.buffer);
          if (bytes.length >= base + 16) view.setUint32(base + 8, commit % 3 === 0 ? words.length * 4 : commit, isLittle);
          words.forEach((value, i) => view.setUint32(base + 16 + 4 * i, value, isLittle));
          let end = 16;
          const rows = new RecordColumns(512),
            { damagedAt } = decodePage(view, base, { ...shape, isLittle }, rows);
          for (let i = 0; i < rows.count; i++) {
            expect(rows.places[i]! - base).toBeGreaterThanOrEqual(end + 4);
            expect(rows.places[i]! + rows.sizes[i]!).toBeLessThanOrEqual(bytes.length);
            end = rows.places[i]! - base + rows.sizes[i]!;
          }
          expect(damagedAt === undefined || (damagedAt >= 0 && damagedAt <= bytes.length)).toBe(true);
          expect(rows.count).toBeLessThanOrEqual(words.length);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
