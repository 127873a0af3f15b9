import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, inflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Frame, Kind, openRecording, sourceOf } from '@mapscope/shared/trace';
import { isFlaw } from '@mapscope/shared/units';
import { type Answered, inProcess } from './testing/in-process.ts';

const fixtures = join(import.meta.dirname, '../../../../packages/shared/src/fixtures'),
  vectors = join(fixtures, 'vectors/tracedat'),
  kernel = join(fixtures, 'kernel');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mapscope-import-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const mapscope = (...argv: string[]): Promise<Answered> => inProcess(folder, argv);

/** A kept recording as trace-cmd wrote it. */
function unpacked(name: string): string {
  const file = join(folder, name.replace(/\.gz$/, ''));
  writeFileSync(file, gunzipSync(readFileSync(join(kernel, name))));
  return file;
}

interface Expected {
  readonly events: readonly {
    readonly cpu: number;
    readonly ts: string;
    readonly event: string;
    readonly pid: number;
    readonly fields: Readonly<Record<string, string | number>>;
  }[];
}

describe('mapscope import --records csv', () => {
  test.each(['mini_v6.dat', 'mini_v7.dat', 'mini_v7_zstd.dat'])(
    'prints the records of %s, a line each, and what was lost between them',
    async (name) => {
      const { events } = JSON.parse(readFileSync(join(vectors, 'expected.json'), 'utf8')) as Expected;
      const { code, out, err } = await mapscope('import', join(vectors, name), '--records', 'csv');
      expect([code, err]).toEqual([0, '']);
      const lines = out.trimEnd().split('\n'),
        lost = lines.findIndex((line) => line.includes(',lost,'));
      expect(lines.splice(lost, 1)).toEqual(['1006000000007,0,,lost,at_least=1']);
      expect(lost).toBe(7);
      lines.forEach((line, i) => {
        const { ts, cpu, pid, event, fields } = events[i]!,
          cells = line.split(',');
        expect(cells.slice(0, 4)).toEqual([ts, String(cpu), String(pid), event]);
        for (const [field, value] of Object.entries(fields)) expect(cells).toContain(`${field}=${value}`);
      });
    },
  );

  test('prints the same for both versions of a recording, and every loss of one that lost', async () => {
    const v6 = await mapscope('import', unpacked('dax-xfs.v6.dat.gz'), '--records', 'csv'),
      v7 = await mapscope('import', join(kernel, 'dax-xfs.dat'), '--records', 'csv');
    expect(v6.out.split('\n')).toHaveLength(4098);
    expect(v7.out === v6.out).toBe(true);
    const lossy = (await mapscope('import', unpacked('xfs-lossy.v6.trace.dat.gz'), '--records', 'csv')).out.trimEnd().split('\n'),
      lost = lossy.filter((line) => line.includes(',lost,')).map((line) => line.split(',')[4]!.split('='));
    expect(lossy).toHaveLength(29_136 + 13);
    expect(lost.filter(([how]) => how === 'count').reduce((sum, [, n]) => sum + Number(n), 0)).toBe(6494);
    expect(lost.filter(([how]) => how === 'at_least')).toEqual([['at_least', '1']]);
  });
});

describe('mapscope import of text', () => {
  test.each([
    ['dax-xfs.report.gz', 'text of trace-cmd report'],
    ['dax-xfs.trace.gz', 'text of tracefs'],
  ])('gives what %s tells of the same records, and nothing that it does not tell', async (name, what) => {
    const dat = (await mapscope('import', join(kernel, 'dax-xfs.dat'), '--records', 'csv')).out.trimEnd().split('\n'),
      file = unpacked(name),
      text = (await mapscope('import', file, '--records', 'csv')).out.trimEnd().split('\n');
    expect(text).toHaveLength(dat.length);
    /** An address is told by its symbol. */
    const isSymbol = /^(ops|caller|caller_ip|ip|zero_page)=/;
    const wrong = text.filter((line, i) => {
      const [time, ...cells] = line.split(','),
        [exact, ...all] = dat[i]!.split(',');
      return (
        Math.abs(Number(time) - Number(exact)) > 500 ||
        cells.length < all.length - 2 ||
        cells.some((cell) => !isSymbol.test(cell) && !all.includes(cell))
      );
    });
    expect(wrong).toEqual([]);
    const fromText = await mapscope('import', file, '-o', join(folder, 'text.rec'), '--json'),
      fromDat = await mapscope('import', join(kernel, 'dax-xfs.dat'), '-o', join(folder, 'dat.rec'), '--json');
    const told = JSON.parse(fromText.out) as { rows: number; trace: string };
    expect(told).toMatchObject({ clock: null, records: 4097, trace: expect.stringContaining(what) as string, flaws: [] });
    expect(told.rows).toBe((JSON.parse(fromDat.out) as { rows: number }).rows);
  });

  test('reads the text of a latency tracer that stands in a trace.dat', async () => {
    const file = join(folder, 'latency.dat'),
      whole = readFileSync(join(vectors, 'mini_v6.dat')),
      tag = whole.lastIndexOf('flyrecord\0');
    const text = '# tracer: wakeup\n   cc1-14807 1d..2. 635585501us!: iomap_readahead: dev 7:0 ino 0x83 nr_pages 4\n';
    writeFileSync(file, Buffer.concat([whole.subarray(0, tag), Buffer.from(`latency  \0${text}`)]));
    const { code, out, err } = await mapscope('import', file, '--records', 'csv');
    expect([code, out, err]).toEqual([0, '635585501000,1,14807,iomap_readahead,dev=7340032,ino=131,nr_pages=4\n', '']);
  });

  test('tells each loss that the text tells', async () => {
    const { out } = await mapscope('import', unpacked('xfs-lossy.report.txt.gz'), '-o', join(folder, 'out.rec'), '--json');
    expect(JSON.parse(out)).toMatchObject({ records: 29_136, lost: { records: '6494', gaps: 12, unknownGaps: 1, kernel: null } });
  });
});

describe('mapscope import -o', () => {
  test('makes a recording whose clock and names are those of the trace, and says what was lost', async () => {
    const out = join(folder, 'out.rec'),
      { code, out: said } = await mapscope('import', unpacked('xfs-lossy.v6.trace.dat.gz'), '-o', out, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(said)).toMatchObject({
      recording: out,
      trace: 'trace.dat version 6, not packed',
      clock: 'local',
      records: 29_136,
      lost: { records: '6494', gaps: 12, unknownGaps: 1, kernel: '6601' },
      flaws: [],
    });
    const recording = await openRecording(sourceOf(new Uint8Array(readFileSync(out))), (packed) => inflateRawSync(packed));
    if (isFlaw(recording)) throw new Error(recording.code);
    expect(recording.header).toMatchObject({ clock: 'local', kernel: '6.18.44-fc-v595', pageSize: 4096, sources: ['import'] });
    expect(recording.header).toMatchObject({ commands: { 14_690: 'node' } });
    const frames: Frame[] = [];
    for (const entry of recording.entries) if (entry.type === 1) frames.push(...(await recording.content(entry)).frames);
    const kinds = (kind: Kind): number => frames.reduce((n, frame) => n + frame.kind.filter((of) => of === kind).length, 0);
    expect(kinds(Kind.lost)).toBe(13);
    expect(kinds(Kind.folio)).toBeGreaterThan(1000);
    let last = 0n;
    const isInOrder = frames.every((frame) => frame.time.every((time) => time >= last && ((last = time), true)));
    expect(isInOrder).toBe(true);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('gives what a cut file holds, and says at which byte it stops', async () => {
    const whole = readFileSync(unpacked('dax-xfs.v6.dat.gz')),
      cut = join(folder, 'cut.dat');
    writeFileSync(cut, whole.subarray(0, whole.length - 100_000));
    const { code, out, err } = await mapscope('import', cut, '-o', join(folder, 'out.rec'), '--json');
    expect(code).toBe(0);
    const told = JSON.parse(out) as { records: number; lost: { unknownGaps: number }; flaws: { at: number }[] };
    expect(told.records).toBeGreaterThan(2000);
    expect(told.lost.unknownGaps).toBe(1);
    expect(told.flaws.map(({ at }) => at)).toEqual([whole.length - 100_000, expect.closeTo(whole.length - 100_000, -2)]);
    expect(err).toContain(`(byte ${whole.length - 100_000})`);
  });

  test('refuses in one sentence what it cannot read or write, and leaves nothing', async () => {
    const trace = join(vectors, 'mini_v6.dat'),
      odd = join(folder, 'odd'),
      out = join(folder, 'out.rec');
    writeFileSync(odd, Buffer.concat([Buffer.from([0x17, 8, 0x44]), Buffer.from('tracing5\0\0\b\0\x10\0\0')]));
    for (const [words, code] of [
      [[join(folder, 'none'), '-o', out], 'E_FILE'],
      [[folder, '-o', out], 'E_FILE'],
      [[odd, '-o', out], 'E_TRACE'],
      [[join(kernel, 'dax-xfs.v6.dat.gz'), '-o', out], 'E_TRACE'],
      [[join(fixtures, 'recordings/v1.mscope'), '-o', out], 'E_TRACE'],
      [[trace], 'E_USAGE'],
      [[trace, '-o', out, '--records', 'csv'], 'E_USAGE'],
      [[trace, '-o', join(folder, 'no/such/folder')], 'E_OUTPUT'],
      [[trace, '-o', folder], 'E_OUTPUT'],
      [[trace, '-o', out, '--buffer', 'mine'], 'E_BUFFER'],
    ] as const) {
      const said = await mapscope('import', ...words, '--json');
      expect([said.code, (JSON.parse(said.out) as { error: { code: string } }).error.code], words.join(' ')).toEqual([1, code]);
    }
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(folder)).toEqual(['odd']);
  });
});

describe('mapscope import of famfs', () => {
  const shadow =
    'file:\n  path: a.bin\n  size: 4096\n  nextents: 1\n  simple_ext_list:\n  - {devindex: 1, offset: 0x200000, length: 0x200000}\n';

  test('makes a recording of a shadow, and says which devices nobody named', async () => {
    const file = join(folder, 'a.yaml'),
      out = join(folder, 'out.rec');
    writeFileSync(file, shadow);
    const { code, out: said } = await mapscope('import', file, '-o', out, '--json');
    expect([code, JSON.parse(said)]).toEqual([
      0,
      expect.objectContaining({ recording: out, trace: 'famfs', files: 1, awaiting: [1], odd: [] }),
    ]);
    const shown = await mapscope('show', '--in', out, '--json');
    expect(JSON.parse(shown.out)).toMatchObject({
      file: 'a.bin',
      extents: [{ offset: '0', length: '2097152', addr: '2097152', type: 'MAPPED', how: 'reported' }],
    });
  });

  test('refuses a shadow that is wrong, and to print records of one', async () => {
    const file = join(folder, 'a.yaml');
    writeFileSync(file, shadow);
    for (const [text, words, code] of [
      [shadow, ['--records', 'csv'], 'E_USAGE'],
      [shadow.replace('nextents: 1', 'nextents: 2'), ['-o', join(folder, 'out.rec')], 'E_FAMFS'],
    ] as const) {
      writeFileSync(file, text);
      const said = await mapscope('import', file, ...words, '--json');
      expect([said.code, (JSON.parse(said.out) as { error: { code: string } }).error.code]).toEqual([1, code]);
    }
    expect(readdirSync(folder)).toEqual(['a.yaml']);
  });
});
