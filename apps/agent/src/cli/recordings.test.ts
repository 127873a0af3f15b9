import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { constants, deflateRawSync } from 'node:zlib';
import { frameOf, workload } from '@mapscope/shared/fixtures';
import { BlockSplitter, BlockType, RECORDING_VERSION, type StoredBlock } from '@mapscope/shared/trace';
import { isFlaw } from '@mapscope/shared/units';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Hub, Spool, type SpoolFolder } from '../hub/index.ts';
import { type Answered, inProcess } from './testing/in-process.ts';

/* `stat`, `show --in` and `replay` on files as they are found: whole, cut, damaged, of another version, empty, and the segments of a spool. */

const kept = join(import.meta.dirname, '../../../../packages/shared/src/fixtures/recordings/v1.mscope');
const rows = [...workload({ writes: 400, files: 5 })],
  last = rows.at(-1)!.time;
let folder: string, whole: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mapscope-recordings-'));
  await keep('spool', 1 << 30);
  whole = join(folder, 'whole.mscope');
  copyFileSync(join(folder, 'spool/000001.mapscope'), whole);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The workload, seen by a hub and kept by its spool: as in a running agent. */
async function keep(name: string, maxBytes: number): Promise<string> {
  const hub = new Hub(),
    path = join(folder, name);
  mkdirSync(path);
  const disk: SpoolFolder = {
    create: (segment) => {
      writeFileSync(join(path, segment), '');
      return Promise.resolve({
        append: (bytes) => Promise.resolve(appendFileSync(join(path, segment), bytes)),
        close: () => Promise.resolve(),
      });
    },
    remove: (segment) => Promise.resolve(rmSync(join(path, segment))),
    read: (segment, at, length) => Promise.resolve(readFileSync(join(path, segment)).subarray(at, at + length)),
  };
  const header = { mapscope: '1.2.3', host: 'here', kernel: '6.18', pageSize: 4096, sources: ['fuse'], clock: 'CLOCK_MONOTONIC' };
  const spool = new Spool({
    model: hub.model,
    folder: disk,
    maxBytes,
    recording: () => ({
      header: { ...header, commandLine: ['mapscope', 'demo'], startedAt: '2026-01-02T03:04:05.000Z', startedAtTime: '1000000' },
      deflate: (bytes) => deflateRawSync(bytes, { level: 1 }),
      deflatePart: (bytes) => deflateRawSync(bytes, { level: 1, finishFlush: constants.Z_SYNC_FLUSH }),
    }),
    stopped: (why) => {
      throw why;
    },
  });
  hub.listen((frame) => spool.frame(frame));
  for (let k = 0; k < rows.length; k += 100) {
    hub.deliver(frameOf(rows.slice(k, k + 100)));
    await setImmediate();
  }
  await spool.end();
  return path;
}

const mapscope = (...argv: string[]): Promise<Answered> => inProcess(folder, argv);

interface Stat {
  readonly ended: boolean;
  readonly events: number;
  readonly rows: Readonly<Record<string, number>>;
  readonly lost: string;
  readonly from: string;
  readonly until: string;
  readonly flaws: readonly { readonly code: string; readonly at: number }[];
}
const stat = async (path: string): Promise<Stat> => {
  const { code, out, err } = await mapscope('stat', path, '--json');
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as Stat;
};
interface Known {
  readonly file: string;
  readonly inode: number;
  readonly extents: readonly { readonly offset: string; readonly length: string; readonly type: string; readonly how: string }[];
  readonly folios: readonly { readonly state: string; readonly how: string }[];
}
const show = async (...argv: string[]): Promise<Known[]> => {
  const { code, out } = await mapscope('show', '--in', ...argv, '--json');
  expect(code).toBe(0);
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Known);
};
async function refusal(...argv: string[]): Promise<{ code: string; message: string; help: string }> {
  const { code, out } = await mapscope(...argv, '--json');
  expect(code).toBe(1);
  const { error } = JSON.parse(out) as { error: { code: string; message: string; help: string } };
  expect(error.help).not.toBe('');
  // For people the same in one line.
  const said = await mapscope(...argv);
  expect(said.err.trim().split('\n')).toHaveLength(1);
  return error;
}

/** The `n`th block of events: an entry of the index may stand for several. */
function nth(path: string, n: number): { readonly at: number; readonly rows: number } {
  const blocks = new BlockSplitter()
    .feed(readFileSync(path))
    .filter((it) => !isFlaw(it) && it.part === 'block' && it.head.type === BlockType.events) as readonly StoredBlock[];
  return { at: blocks[n]!.at, rows: blocks[n]!.head.rows };
}

/** A copy with other bytes. */
function changed(name: string, change: (bytes: Buffer) => Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, change(readFileSync(whole)));
  return path;
}

describe('mapscope stat', () => {
  test('says what is in a recording', async () => {
    expect(await stat(whole)).toMatchObject({
      version: RECORDING_VERSION,
      mapscope: '1.2.3',
      host: 'here',
      kernel: '6.18',
      pageSize: 4096,
      clock: 'CLOCK_MONOTONIC',
      commandLine: ['mapscope', 'demo'],
      sources: ['fuse'],
      segments: 1,
      ended: true,
      bytes: statSync(whole).size,
      events: rows.length,
      bytesPerEvent: Math.round((statSync(whole).size / rows.length) * 100) / 100,
      inodes: 5,
      devices: [{ device: 1, path: '/dev/shm/mapscope/0.img', size: '1073741824' }],
      lost: '0',
      flaws: [],
      until: String(last + 1n),
      duration: String(last + 1n - rows[0]!.time),
    });
    const kinds = (await stat(whole)).rows;
    expect(Object.values(kinds).reduce((sum, n) => sum + n, 0)).toBe(rows.length);
    expect(kinds['device']).toBe(1);
  });

  test('says it to people in a table', async () => {
    const { out } = await mapscope('stat', whole);
    expect(out).toContain(`${rows.length} events about 5 inodes`);
    expect(out).toMatch(/^ *\d+ {2}op-begin$/m);
    expect(out).toContain('CLOCK_MONOTONIC');
  });

  test('adds up the segments of a spool', async () => {
    const path = await keep('segments', 200 << 10),
      names = readdirSync(path);
    expect(names.length).toBeGreaterThan(2);
    const all = await stat(path);
    expect(all).toMatchObject({ segments: names.length, ended: true, flaws: [], until: String(last + 1n) });
    let events = 0;
    for (const name of names) events += (await stat(join(path, name))).events;
    expect(all.events).toBe(events);
  });

  test('reads a recording that was cut, and says that it has no end', async () => {
    const path = changed('cut', (bytes) => bytes.subarray(0, bytes.length * 0.6));
    const cut = await stat(path);
    expect(cut).toMatchObject({ ended: false, flaws: [{ code: 'E_CUT' }], inodes: 5 });
    expect(cut.events).toBeGreaterThan(rows.length * 0.4);
    expect(Object.values(cut.rows).reduce((sum, n) => sum + n, 0)).toBe(cut.events);
  });

  test('says where a recording is damaged, and counts what is lost with it', async () => {
    const { at, rows: gone } = nth(whole, 9),
      path = changed('damaged', (bytes) => Buffer.from(bytes.fill(0x5a, at + 60, at + 70)));
    expect(await stat(path)).toMatchObject({ ended: true, flaws: [{ file: path, code: 'E_CRC', at: at + 48 }], lost: String(gone) });
  });

  test('reads version 1', async () => {
    expect(await stat(kept)).toMatchObject({ version: 1, ended: true, events: 868, lost: '86', flaws: [] });
  });

  test('passes over a segment of which nothing was written, and says so', async () => {
    const path = await keep('segments', 200 << 10);
    writeFileSync(join(path, '999999.mapscope'), '');
    expect(await stat(path)).toMatchObject({
      until: String(last + 1n),
      unread: [{ file: join(path, '999999.mapscope'), code: 'E_SHORT' }],
    });
  });
});

describe('mapscope show --in', () => {
  test('shows extents and folios of a file at the end, each with how it is known', async () => {
    const [known, ...more] = await show(whole, 'simple/file-1');
    expect(more).toEqual([]);
    expect(known).toMatchObject({
      recording: whole,
      at: String(last + 1n),
      file: 'simple/file-1',
      inode: 2,
      ino: '1001',
      how: 'observed',
      layouts: [],
    });
    expect(new Set(known!.extents.map(({ how }) => how))).toEqual(new Set(['reported', 'unknown']));
    expect(known!.folios[0]).toMatchObject({ state: 'clean', how: 'observed' });
    expect(await show(whole, '--inode', '2')).toEqual([known]);
  });

  test('shows every file that there is, a line each, when none is named', async () => {
    expect((await show(whole)).map(({ file }) => file)).toEqual([0, 1, 2, 3, 4].map((n) => `simple/file-${n}`));
  });

  test('shows what was known at a time, not what came later', async () => {
    const first = rows.find(({ kind, inode }) => kind === 8 && inode === 2)!;
    const placed = async (at: bigint): Promise<number> =>
      (await show(whole, '--inode', '2', '--at', String(at)))[0]!.extents.filter(({ type }) => type !== 'UNKNOWN').length;
    expect([await placed(first.time - 1n), await placed(first.time)]).toEqual([0, 1]);
  });

  test('shows the same from the segments of a spool', async () => {
    const path = await keep('segments', 200 << 10),
      { from } = await stat(path);
    for (const at of [1n, 2n, 3n, 4n].map((n) => BigInt(from) + ((last - BigInt(from)) * n) / 4n))
      expect(await show(path, '--at', String(at), '--inode', '3')).toEqual(
        (await show(whole, '--at', String(at), '--inode', '3')).map((known) => ({ ...known, recording: path })),
      );
  });

  test('says to people what is damaged, and that it knows less', async () => {
    const { at } = nth(whole, 9),
      path = changed('damaged', (bytes) => Buffer.from(bytes.fill(0x5a, at + 60, at + 70)));
    const { code, out, err } = await mapscope('show', '--in', path, 'simple/file-0');
    expect([code, err]).toEqual([0, expect.stringMatching(/^Damage in .*E_CRC/)]);
    expect(out).toMatch(/^ +0 +\d+ {2}UNKNOWN .*unknown$/m);
  });

  test('says that a time is outside, and between which two it must be', async () => {
    expect(await refusal('show', '--in', whole, '--at', String(last + 2n))).toEqual({
      code: 'E_RANGE',
      message: `time ${last + 2n} is outside of ${whole}`,
      help: `Give --at a time from ${rows[0]!.time} to ${last + 1n}`,
    });
  });

  test.each([
    ['a file that it does not know', ['simple/nothing'], 'E_UNKNOWN_FILE'],
    ['an inode that it does not know', ['--inode', '77'], 'E_UNKNOWN_FILE'],
    ['a file and an inode', ['simple/file-1', '--inode', '2'], 'E_USAGE'],
    ['a time that is no number', ['--at', 'noon'], 'E_USAGE'],
    ['a time of more than 64 bits', ['--at', '18446744073709551616'], 'E_USAGE'],
    ['an inode that is no number', ['--inode', '-1'], 'E_USAGE'],
  ])('refuses %s', async (_, words, code) => {
    expect(await refusal('show', '--in', whole, ...words)).toMatchObject({ code });
  });

  test('refuses --at and --inode without a recording, and nothing at all', async () => {
    for (const words of [['--at', '5', kept], ['--inode', '5', kept], []])
      expect(await refusal('show', ...words)).toMatchObject({ code: 'E_USAGE' });
  });
});

describe.each([
  ['stat', (path: string) => ['stat', path]],
  ['show --in', (path: string) => ['show', '--in', path]],
])('mapscope %s refuses', (_, command) => {
  test('a newer version, naming both', async () => {
    const path = changed('newer', (bytes) => {
      bytes.writeUInt16LE(RECORDING_VERSION + 1, 8);
      return bytes;
    });
    expect(await refusal(...command(path))).toEqual({
      code: 'E_VERSION',
      message: `the format of ${path} is version ${RECORDING_VERSION + 1}, and this mapscope reads 1 to ${RECORDING_VERSION}`,
      help: 'Use a newer mapscope for it',
    });
  });

  test('what is no recording, each in its own words', async () => {
    mkdirSync(join(folder, 'nothing'));
    const paths = {
      'is empty': changed('empty', () => Buffer.alloc(0)),
      'ends before its header does': changed('short', (bytes) => bytes.subarray(0, 11)),
      'is no recording of mapscope': changed('text', () => Buffer.from('this is a text, long enough to have been something')),
      'there is no': join(folder, 'missing'),
      'no recording is in': join(folder, 'nothing'),
      'neither a file nor a folder': '/dev/null',
    };
    for (const [words, path] of Object.entries(paths)) {
      const { code, message } = await refusal(...command(path));
      expect([code, message]).toEqual(['E_RECORDING', expect.stringContaining(words)]);
      expect(message).toContain(path);
    }
  });
});
