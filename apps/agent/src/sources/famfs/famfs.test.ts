import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { modelAt, type Model } from '@mapscope/shared/model';
import { joined, MessagePart, openRecording, sourceOf } from '@mapscope/shared/trace';
import { isFlaw, utf8Text } from '@mapscope/shared/units';
import { cNumber } from './c-number.ts';
import { findFamfs, recordFamfs } from './index.ts';
import { readShadow } from './shadow.ts';

const MiB = 1n << 20n;
const vectors = join(import.meta.dirname, '../../../../../packages/shared/src/fixtures/vectors');
interface Vector {
  readonly name: string;
  readonly hex: string;
}
const bytesOf = (file: string, name: string): Uint8Array => {
  const all = JSON.parse(readFileSync(join(vectors, file), 'utf8')) as readonly Vector[];
  return new Uint8Array(Buffer.from(all.find((vector) => vector.name === name)!.hex, 'hex'));
};

/** Of spec/protocol.md 7.1. */
const striped = `---
file:
  path: runs/sample-07.bin
  size: 9437284
  flags: 2
  mode: 0640
  uid: 1000
  gid: 1000
  nextents: 1
  striped_ext_list:
  - nstrips: 3
    chunk_size: 0x200000
    simple_ext_list:
    - devindex: 0
      offset: 0x4000000
      length: 0x400000
    - devindex: 1
      offset: 0x4000000
      length: 0x400000
    - devindex: 2
      offset: 0x8000000
      length: 0x400000
...
`;
const simple = `file:
  path: a
  size: 4194304
  nextents: 2
  simple_ext_list:
  - {offset: 0x200000, length: 0x200000}
  - {length: 2097152, devindex: 0, offset: 010000000}
`;

describe('cNumber', () => {
  test('reads numbers as C does: 0x hexadecimal, 0 octal, else decimal', () => {
    expect(['0', '0x1F', '0640', '640', '18446744073709551615'].map(cNumber)).toEqual([0n, 31n, 0o640n, 640n, 2n ** 64n - 1n]);
    expect(['', '08', '0x', '-1', '1.5', '1e3', '0o17', '18446744073709551616', '0x10000000000000000'].map(cNumber)).toEqual(
      Array(9).fill(undefined),
    );
  });
});

describe('readShadow', () => {
  test('reads the map of a striped file, which covers all of it', () => {
    expect(readShadow(striped)).toMatchObject({
      path: 'runs/sample-07.bin',
      mode: 0o640,
      map: {
        header: { file_type: 0, ext_type: 1, nextents: 1, file_size: 9_437_284n },
        extents: [
          {
            ie_nstrips: 3,
            ie_chunk_size: 2 << 20,
            ie_nbytes: 9_437_284n,
            strips: [{}, {}, { se_devindex: 2, se_offset: 128n * MiB, se_len: 4n * MiB }],
          },
        ],
      },
    });
  });

  test('reads simple extents, their keys in any order, the device 0 where none is named', () => {
    expect(readShadow(simple)).toMatchObject({
      mode: 0o644,
      map: {
        header: { ext_type: 0 },
        extents: [
          { se_devindex: 0, se_offset: 2n * MiB },
          { se_devindex: 0, se_offset: 2n * MiB, se_len: 2n * MiB },
        ],
      },
    });
  });

  test.each([
    ['E_KEY', 'a key of file', simple.replace('path', 'name')],
    ['E_KEY', 'a key of an extent', simple.replace('devindex', 'device')],
    ['E_KEY', 'the document', 'file: 1\n'],
    ['E_KEY', 'the document', `${simple}other: 1\n`],
    ['E_MISSING', 'size', simple.replace('  size: 4194304\n', '')],
    ['E_MISSING', 'offset', simple.replace('offset: 0x200000, ', '')],
    ['E_MISSING', 'file', simple.slice(0, simple.indexOf('  simple_ext_list'))],
    ['E_COUNT', 'nextents', simple.replace('nextents: 2', 'nextents: 3')],
    ['E_COUNT', 'nstrips', striped.replace('nstrips: 3', 'nstrips: 4')],
    ['E_NUMBER', 'size', simple.replace('4194304', '4 MiB')],
    ['E_NUMBER', 'chunk_size', striped.replace('0x200000', '0x100000000')],
    ['E_NAME', 'path', simple.replace('path: a', `path: ${'a'.repeat(80)}`)],
    ['E_YAML', 'the document', `${simple}  path: again\n`],
    [
      'E_TOO_MANY',
      'simple_ext_list',
      `file:\n  path: a\n  size: 1\n  nextents: 33\n  simple_ext_list:\n${'  - {offset: 0, length: 1}\n'.repeat(33)}`,
    ],
    ['E_KEY', 'simple_ext_list', 'file: {path: a, size: 1, nextents: &n 1, simple_ext_list: [*n]}'],
  ])('answers %s of %s, and reads nothing', (code, field, text) => {
    expect(readShadow(text)).toMatchObject({ code, field });
  });

  test('never throws, whatever the text', () => {
    expect(isFlaw(readShadow(`file: ${'['.repeat(100_000)}`))).toBe(true);
    const cuts = fc.tuple(fc.nat(striped.length), fc.nat(striped.length), fc.string({ maxLength: 12 }));
    fc.assert(fc.property(cuts, ([a, b, text]) => void readShadow(striped.slice(0, a) + text + striped.slice(b))));
  });
});

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'mapscope-famfs-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const put = (name: string, bytes: string | Uint8Array): string => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};

/** What a recording of them says. */
async function recorded(path: string): Promise<Model> {
  const parts: Uint8Array[] = [];
  recordFamfs({ found: (await findFamfs(path))!, version: '0', commandLine: [], write: (bytes) => void parts.push(bytes.slice()) });
  const recording = await openRecording(sourceOf(joined(parts)), (bytes, length) => inflateRawSync(bytes, { maxOutputLength: length }));
  if (isFlaw(recording)) throw new Error(recording.field);
  const { model, flaws } = await modelAt(recording, recording.span!.until);
  expect(flaws).toEqual([]);
  return model;
}
const pathsOf = (model: Model): string[] => [1, 2, 3].map((device) => utf8Text(model.devices.get(device)!.path));

describe('recordFamfs', () => {
  test('tells a striped file: its layout, its strips, and where each chunk lies', async () => {
    const model = await recorded(put('a.yaml', striped)),
      [file] = [...model.files.all()];
    expect(file).toMatchObject({ pathText: 'runs/sample-07.bin', size: 9_437_284n, mode: 0o100_640 });
    expect(file!.layouts.list()).toMatchObject([
      { index: 0, nbytes: 9_437_284n, chunkSize: 2n * MiB, strips: [{ device: 1 }, { device: 2 }, { device: 3 }] },
    ]);
    // Fact: spec/protocol.md 7.1, the chunks of its example; the last one is no whole one.
    expect(
      file!.data
        .list()
        .filter(({ type }) => type === 2)
        .map(({ from, device, addr }) => [from / MiB, device, addr / MiB]),
    ).toEqual([
      [0n, 1, 64n],
      [2n, 2, 64n],
      [4n, 3, 128n],
      [6n, 1, 66n],
      [8n, 2, 66n],
    ]);
  });

  test('calls a device that no GET_DAXDEV reply named one that awaits it', async () => {
    put('a.yaml', striped);
    put('devices.0', bytesOf('daxdev.json', 'daxdev.first'));
    expect(pathsOf(await recorded(folder))).toEqual(['/dev/dax0.0', 'device 1, awaiting GET_DAXDEV', 'device 2, awaiting GET_DAXDEV']);
  });

  test('tells the map of a message, with its bytes, and which rules it breaks', async () => {
    const model = await recorded(put('three.fmap', bytesOf('fmap.json', 'simple.three'))),
      [file] = [...model.files.all()];
    expect(
      file!.data
        .list()
        .filter(({ type }) => type === 2)
        .map(({ from, to, addr }) => [from, to, addr]),
    ).toEqual([
      [0n, 2n * MiB, 128n * MiB],
      [2n * MiB, 6n * MiB, 512n * MiB],
      [6n * MiB, 8n * MiB, 64n * MiB],
    ]);
    const [op] = model.ops.endedSlots().map((slot) => model.ops.at(slot));
    // It did nothing to the bytes of the file.
    expect([op!.from, op!.length, op!.result]).toEqual([0n, 0n, 0n]);
    expect(model.messages.of(op!.op)).toMatchObject([{ role: MessagePart.replyBody, bytes: bytesOf('fmap.json', 'simple.three') }]);
    const short = bytesOf('fmap.json', 'simple.one');
    new DataView(short.buffer).setBigUint64(16, 1n << 40n, true);
    expect((await recorded(put('short.fmap', short))).violations.list().map(({ text }) => text.split(' ')[0])).toEqual(['E_COVERAGE']);
  });

  test.each([
    [1, 'famfs SUPERBLOCK'],
    [2, 'famfs LOG'],
  ])('says of a file of type %i that it is %s', async (type, mark) => {
    const bytes = bytesOf('fmap.json', 'simple.one');
    bytes[0] = type;
    const { marks } = await recorded(put('meta.fmap', bytes));
    expect(marks.list().map(({ text }) => text)).toEqual([mark]);
  });
});

describe('findFamfs', () => {
  test('takes a tree as it is, and says what in it is none of them', async () => {
    mkdirSync(join(folder, 'runs'));
    put('runs/a.yaml', striped);
    put('b.yaml', simple.replace('nextents: 2', 'nextents: 1'));
    put('c.txt', 'hello');
    const { files, awaiting, odd } = (await findFamfs(folder))!;
    expect([files.map(({ path }) => path), awaiting]).toEqual([['runs/sample-07.bin'], [0, 1, 2]]);
    expect(odd).toEqual([expect.stringContaining('b.yaml: E_COUNT') as string, expect.stringContaining('c.txt is no shadow') as string]);
  });

  test('leaves to others what is none of them, and refuses a shadow that is wrong, and a folder without any', async () => {
    expect(await findFamfs(put('text', 'hello\n'))).toBeUndefined();
    expect(await findFamfs(join(folder, 'nothing'))).toBeUndefined();
    await expect(findFamfs(put('a.yaml', simple.replace('nextents: 2', 'nextents: 1')))).rejects.toThrow('E_COUNT');
    rmSync(join(folder, 'a.yaml'));
    await expect(findFamfs(folder)).rejects.toThrow('nothing in');
  });
});
