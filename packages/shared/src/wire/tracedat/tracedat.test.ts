import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type MadeTrace, traceDatOf } from '../../fixtures/ftrace/made-trace.ts';
import { pageOf } from '../../fixtures/ftrace/pages.ts';
import { recordOf } from '../../fixtures/ftrace/records.ts';
import { type Told, toldBy } from '../../fixtures/ftrace/told.ts';
import { type Flaw, isFlaw, utf8 } from '../../units/index.ts';
import { parseFormat } from '../ftrace-format.ts';
import { parseHeaderPage, type PageShape } from '../ftrace-page.ts';
import type { Unpackers } from './unpack.ts';

const vectors = join(import.meta.dirname, '../../fixtures/vectors/tracedat'),
  vector = (name: string): Uint8Array => new Uint8Array(readFileSync(join(vectors, name))),
  expected = JSON.parse(readFileSync(join(vectors, 'expected.json'), 'utf8')) as { events: Told[]; comms: Record<string, string> };
const unpackers: Unpackers = { zlib: (packed, size) => inflateSync(packed, { maxOutputLength: size }) };
const known = (bytes: Uint8Array, with_ = unpackers) => {
  const found = toldBy(bytes, with_);
  if (isFlaw(found)) throw new Error(`${found.code} ${found.field}`);
  return found;
};
/** `npm run test:long`: every cut, and many more damages. */
const isLong = process.env['MAPSCOPE_LONG'] === '1';
const codes = (flaws: readonly Flaw[]): string[] => flaws.map(({ code }) => code);

describe('openTraceDat and TraceReader', () => {
  test.each(['mini_v6.dat', 'mini_v7.dat'])('give the nine events of %s, and the loss before a page', (name) => {
    const { trace, told, lost } = known(vector(name));
    expect(told).toEqual(expected.events);
    expect(lost).toEqual([{ cpu: 0, n: -1n, from: 1005000000001n, to: 1006000000007n }]);
    expect(trace.parts.flaws).toEqual([]);
    expect(trace.buffers.map(({ name: label, clock, cpus }) => [label, clock, cpus.length])).toEqual([['', 'local', 2]]);
    expect(Object.fromEntries(trace.parts.commands)).toEqual(expected.comms);
  });

  test('refuse what is no trace.dat, and versions that they do not know', () => {
    const bytes = vector('mini_v7.dat');
    for (const [at, value, code] of [
      [0, 0x18, 'E_MAGIC'],
      [5, 0x54, 'E_MAGIC'],
      [10, 0x35, 'E_VERSION'],
      [10, 0x38, 'E_VERSION'],
      [12, 2, 'E_FORMAT'],
    ] as const)
      expect(toldBy(bytes.with(at, value)), `byte ${at}`).toMatchObject({ code });
    for (const length of [0, 3, 9, 11, 15]) expect(isFlaw(toldBy(bytes.slice(0, length)))).toBe(true);
  });
});

/** Two CPUs of a machine of this kind, some records on each, in two pages. */
const text618 = JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/ftrace/formats-6.18.json'), 'utf8')) as {
  headerPage: string;
  events: Record<string, string>;
};
const formats = ['ftrace/print', 'iomap/iomap_iter', 'iomap/iomap_iter_dstmap', 'filemap/mm_filemap_add_to_page_cache'].map(
  (name) => [name.split('/')[0]!, text618.events[name]!] as const,
);
const headerPage32 =
  '\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n\tfield: local_t commit;\toffset:8;\tsize:4;\tsigned:1;\n\tfield: char data;\toffset:12;\tsize:4084;\tsigned:0;\n';

function made(kind: Partial<MadeTrace> & Pick<MadeTrace, 'version' | 'isLittle' | 'longSize'>): { bytes: Uint8Array; parts: MadeTrace } {
  const headerPage = kind.longSize === 4 ? headerPage32 : text618.headerPage,
    shape = parseHeaderPage(headerPage, kind.isLittle) as PageShape,
    iter = parseFormat(text618.events['iomap/iomap_iter']!, kind.isLittle),
    print = parseFormat(text618.events['ftrace/print']!, kind.isLittle);
  if (isFlaw(iter) || isFlaw(print)) throw new Error('the kept formats cannot be read');
  const call = (pid: number, pos: bigint) => ({
    delta: 7,
    data: recordOf(iter, { common_pid: pid, dev: 0x700001, ino: 131n, pos, length: 0xffff_ffff_ffff_fff0n, status: -28, flags: 0x209 }),
  });
  const mark = recordOf(print, { common_pid: 5 }),
    marked = new DataView(new ArrayBuffer(140));
  new Uint8Array(marked.buffer).set(new Uint8Array(mark.buffer));
  new Uint8Array(marked.buffer).set(utf8(`${'m'.repeat(120)}\n\0`), 16);
  const cpus = [
    [
      pageOf({ stamp: 1000n, records: [call(1, 0n), call(1, 1n << 60n)] }, shape),
      pageOf({ stamp: 2000n, records: [call(1, 4096n)], lost: 12n }, shape),
    ],
    [pageOf({ stamp: 1007n, records: [call(2, 0n), { delta: 1, data: marked }] }, shape)],
  ];
  const parts: MadeTrace = {
    pageSize: 4096,
    headerPage,
    formats,
    commands: new Map([
      [1, 'writer'],
      [2, 'two words'],
    ]),
    buffers: [{ name: '', clock: 'mono', cpus }],
    ...kind,
  };
  return { bytes: traceDatOf(parts), parts };
}
const iterOf = (cpu: number, ts: string, pid: number, pos: string): Told => ({
  cpu,
  ts,
  event: 'iomap_iter',
  pid,
  fields: { dev: 0x700001, ino: '131', pos, length: '18446744073709551600', status: -28, flags: 0x209 },
});
const all = [
  iterOf(0, '1007', 1, '0'),
  iterOf(0, '1014', 1, `${1n << 60n}`),
  iterOf(1, '1014', 2, '0'),
  { cpu: 1, ts: '1015', event: 'print', pid: 5, fields: { buf: 'm'.repeat(120) } },
  iterOf(0, '2007', 1, '4096'),
];
const zlib = { name: 'zlib', pack: (bytes: Uint8Array): Uint8Array => new Uint8Array(deflateSync(bytes)) };
const kinds = [6, 7].flatMap((version) =>
  [true, false].flatMap((isLittle) =>
    ([8, 4] as const).flatMap((longSize) =>
      (version === 7 ? [undefined, zlib] : [undefined]).map((packing) => ({
        version: version as 6 | 7,
        isLittle,
        longSize,
        ...(packing ? { packing } : {}),
        title: `version ${version}, ${isLittle ? 'little' : 'big'}-endian, ${longSize}-byte longs${packing ? ', zlib' : ''}`,
      })),
    ),
  ),
);

describe.each(kinds)('TraceReader on $title', (kind) => {
  const { bytes, parts } = made(kind);

  test('gives every record in order of (time, cpu, sequence), and the loss that a page counts', () => {
    const { trace, told, lost } = known(bytes);
    expect(told).toEqual(all);
    expect(lost).toEqual([{ cpu: 0, n: 12n, from: 1014n, to: 2007n }]);
    expect(trace.parts).toMatchObject({ flaws: [], commands: parts.commands, clock: 'mono' });
  });

  test('gives what a cut file holds, and says where it stopped', () => {
    for (let length = 0; length < bytes.length; length += isLong ? 1 : 1 + (length % 211)) {
      const found = toldBy(bytes.slice(0, length), unpackers);
      if (isFlaw(found)) {
        expect(length).toBeLessThan(50);
        continue;
      }
      const { told, trace } = found;
      expect(all).toEqual(expect.arrayContaining(told));
      if (told.length < all.length) expect(trace.parts.flaws.length, `cut at ${length}`).toBeGreaterThan(0);
      for (const { at } of trace.parts.flaws) expect(at).toBeLessThanOrEqual(length);
    }
  });

  test('never throws and never stays, wherever it is damaged', () => {
    const places = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.oneof(fc.nat(255), fc.constantFrom(0, 0xff, 0x7f))), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(places, (list) => {
        const odd = bytes.slice();
        for (const [at, value] of list) odd[at] = value;
        const found = toldBy(odd, unpackers);
        if (!isFlaw(found)) for (const { at } of found.trace.parts.flaws) expect(at >= 0 && at <= odd.length).toBe(true);
      }),
      { numRuns: isLong ? 20_000 : 60 },
    );
  });
});

describe('openTraceDat', () => {
  test('takes 0 CPUs and the buffers of instances', () => {
    const { parts } = made({ version: 7, isLittle: true, longSize: 8 }),
      [{ cpus }] = parts.buffers as [MadeTrace['buffers'][number]];
    const buffers = [
      { name: '', clock: 'mono', cpus: [] },
      { name: 'mine', clock: 'mono', cpus },
      { name: 'other', clock: 'boot', cpus: [[], cpus[1]!] },
    ];
    const { trace, told } = known(traceDatOf({ ...parts, buffers }));
    expect(trace.parts.flaws).toEqual([]);
    expect(trace.buffers.map(({ name, clock, cpus: data }) => [name, clock, data.map(({ cpu }) => cpu)])).toEqual([
      ['', 'mono', []],
      ['mine', 'mono', [0, 1]],
      ['other', 'boot', [1]],
    ]);
    expect(told).toHaveLength(all.length + 2);
  });

  test('joins pages that are cut between two chunks', () => {
    const { bytes } = made({ version: 7, isLittle: true, longSize: 8, packing: zlib, chunkSize: 1000 });
    expect(known(bytes).told).toEqual(all);
  });

  test('reads the rest when one chunk does not unpack, and says that something is lost there', () => {
    const { bytes } = made({ version: 7, isLittle: true, longSize: 8, packing: zlib, chunkSize: 4096 });
    let calls = 0;
    const { told, lost, trace } = known(bytes, {
      zlib: (packed, size) => {
        // Four texts first (nobody asks for kallsyms and printk formats), then the pages.
        if (++calls === 5) throw new Error('damaged');
        return unpackers.zlib!(packed, size);
      },
    });
    expect(told).toEqual([all[2], all[3], all[4]]);
    expect(lost).toEqual([{ cpu: 0, n: -1n, from: 0n, to: 2007n }]);
    expect(trace.parts.flaws).toMatchObject([{ code: 'E_UNPACK', found: 'damaged' }]);
  });

  test('says which compression it does not know, and refuses to unpack to more than it may', () => {
    const { bytes } = made({ version: 7, isLittle: true, longSize: 8, packing: { name: 'lzma', pack: (all_) => all_ } });
    expect(codes(known(bytes).trace.parts.flaws)).toContain('E_COMPRESSION');
    const bomb = made({ version: 7, isLittle: true, longSize: 8, packing: zlib }).bytes,
      // Magic, version, order, long and page size; the compression; the place of the options; a head; the packed size: then its unpacked size.
      unpackedAt = 10 + 2 + 2 + 4 + 'zlib,1.0,'.length + 8 + 16 + 4;
    new DataView(bomb.buffer).setUint32(unpackedAt, 0xffff_fff0, true);
    expect(known(bomb).trace.parts.flaws).toMatchObject([{ code: 'E_TOO_BIG', field: 'unpacked size' }]);
  });

  test('follows a chain of options that leads back to itself once', () => {
    const bytes = vector('mini_v7.dat'),
      view = new DataView(bytes.buffer);
    const first = Number(view.getBigUint64(24, true));
    // The last option of the first section says where the next one is.
    let at = first + 16;
    while (view.getUint16(at, true) !== 0) at += 6 + view.getUint32(at + 2, true);
    view.setBigUint64(at + 6, BigInt(first), true);
    expect(codes(known(bytes).trace.parts.flaws)).toEqual(['E_LOOP']);
  });

  test('finds the records of a file whose last options are cut off, where the CPUs are told apart by what stands there', () => {
    for (const packing of [undefined, zlib]) {
      const { bytes } = made({ version: 7, isLittle: true, longSize: 8, ...(packing ? { packing } : {}) }),
        { told, trace } = known(bytes.slice(0, bytes.length - 200));
      expect(told).toEqual(all);
      expect(codes(trace.parts.flaws)).toEqual(['E_SHORT']);
    }
  });

  test('moves times as the options say', () => {
    const number = (value: bigint, width: number): number[] => [...new Uint8Array(BigUint64Array.of(value).buffer)].slice(0, width);
    const times = (...options: [number, Uint8Array][]): string[] =>
      known(made({ version: 7, isLittle: true, longSize: 8, options }).bytes).told.map(({ ts }) => ts);
    expect(times([7, utf8('500\0')])[0]).toBe('1507');
    expect(times([7, utf8('-7\0')])[0]).toBe('1000');
    expect(times([1, utf8('0x2\0')])[0]).toBe('3007');
    expect(times([14, Uint8Array.from([...number(3n, 4), ...number(1n, 4), ...number(0n, 8)])])[0]).toBe('1510');
  });

  test('cuts data that lies on the next, so that no byte is read twice', () => {
    const bytes = vector('mini_v6.dat'),
      view = new DataView(bytes.buffer),
      table = Buffer.from(bytes).toString('latin1').lastIndexOf('flyrecord\0') + 10;
    view.setBigUint64(table + 8, 1n << 40n, true);
    const { told, trace } = known(bytes);
    expect(told).toEqual(expected.events);
    expect(codes(trace.parts.flaws)).toEqual(['E_RANGE']);
  });
});
