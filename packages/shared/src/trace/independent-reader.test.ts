import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hex, joined } from '../fixtures/bytes.ts';
import { type EventRow, frameOf } from '../fixtures/rows.ts';
import { workload } from '../fixtures/workload.ts';
import { createModel, KeyframeRecorder, modelOfKeyframe, reduce } from '../model/index.ts';
import { utf8 } from '../units/index.ts';
import { BLOCK_HEADER, BlockType } from './block.ts';
import { sourceOf } from './byte-source.ts';
import { columns } from './columns.ts';
import { type Frame, heapOf } from './frame.ts';
import { Kind, SourceId } from './kind.ts';
import { openRecording, type Recording } from './recording.ts';
import { RecordingWriter } from './recording-writer.ts';

/* `fixtures/reader/read_recording.py` was written from docs/recording.md and nothing else: what it finds is what that page is enough for. */

const reader = fileURLToPath(new URL('../fixtures/reader/read_recording.py', import.meta.url));
const kept = [1, 2].map((version) => readFileSync(new URL(`../fixtures/recordings/v${version}.mscope`, import.meta.url)));

/** Why it cannot be run; `undefined`: it can. */
const why = ((): string | undefined => {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' });
    return existsSync(reader) ? undefined : 'the reader is missing';
  } catch {
    return 'python3 is not installed';
  }
})();

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mapscope-reader-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the other program found. All integers are strings. */
function readBy(bytes: Uint8Array): Record<'version' | 'header' | 'index' | 'damaged' | 'rows' | 'list', unknown> {
  const path = join(folder, 'it.mscope');
  writeFileSync(path, bytes);
  return JSON.parse(execFileSync('python3', [reader, path], { encoding: 'utf8', maxBuffer: 64 << 20 })) as ReturnType<typeof readBy>;
}

const open = async (bytes: Uint8Array): Promise<Recording> =>
  (await openRecording(sourceOf(bytes), (packed) => inflateRawSync(packed))) as Recording;
const rowsOf = (frame: Frame): object[] =>
  Array.from({ length: frame.count }, (_, i) =>
    Object.fromEntries(columns.map(([name]) => [name, name === 'heap' ? hex(heapOf(frame, i)) : String(frame[name][i])])),
  );

/** Said of a damaged block: no row of the stream. */
const isLoss = (frame: Frame): boolean => frame.kind[0] === Kind.lost && frame.source[0] === SourceId.hub;

/** What we find ourselves. */
async function readByUs(bytes: Uint8Array): Promise<unknown> {
  const recording = await open(bytes),
    rows: object[] = [],
    damaged: string[] = [];
  for (const entry of recording.entries) {
    const { frames, flaws } = await recording.content(entry);
    damaged.push(...flaws.map(({ at }) => String(at - BLOCK_HEADER)));
    if (entry.type === BlockType.events) for (const frame of frames) if (!isLoss(frame)) rows.push(...rowsOf(frame));
  }
  return {
    version: String(recording.version),
    header: asStrings(recording.header),
    index: recording.isWhole ? recording.entries.map((entry) => asStrings(entryOf(entry))) : null,
    damaged,
    rows,
    list: damaged.length > 0 ? null : await listOf(recording),
  };
}

const entryOf = ({ type, continues, at, size, rows, first, until, counts, inodes }: Recording['entries'][number]): object => ({
  type,
  continues,
  at,
  size,
  rows,
  first,
  until,
  counts: Object.fromEntries(Array.from(counts!, (n, kind) => [kind, n]).filter(([, n]) => n! > 0)),
  inodes: [...inodes!],
});

async function listOf(recording: Recording): Promise<unknown> {
  const k = recording.entries.findLastIndex(({ type, continues }) => type === BlockType.keyframe && !continues);
  if (k < 0) return null;
  const { files } = (await modelOfKeyframe(recording, k))!;
  return Object.fromEntries(
    [...files.all()].map(({ inode, introduced, pathText, size, gone }) => [
      String(inode),
      introduced ? { path: pathText, size: String(size), gone } : { path: null, size: null, gone },
    ]),
  );
}

const asStrings = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, it: unknown) => (typeof it === 'number' || typeof it === 'bigint' ? String(it) : it)));

/** Keyframes with whole lists and changed ones: files that are named, unnamed, gone and forgotten. */
function record(): Uint8Array {
  const rows: EventRow[] = [...workload({ writes: 60, files: 12 })],
    end = rows.at(-1)!.time;
  for (let n = 1; n <= 400; n++) {
    const time = end + BigInt(n);
    rows.push({ kind: Kind.inode, time, inode: 100 + n, length: 5n, bytes: utf8(`ü/${n}`) });
    if (n % 2 === 0) rows.push({ kind: Kind.inodeGone, time, inode: 100 + n - 1 });
    if (n % 50 === 0) rows.push({ kind: Kind.folio, time, inode: 1000 + n, length: 4096n, type: 4 });
  }
  const writer = new RecordingWriter({
      header: {
        mapscope: '1',
        host: 'ü',
        kernel: '6',
        pageSize: 4096,
        sources: ['fuse'],
        clock: 'CLOCK_MONOTONIC',
        commandLine: ['a', 'b'],
        startedAt: '',
        startedAtTime: '9',
      },
      deflate: (bytes) => deflateRawSync(bytes, { level: 1 }),
      deflatePart: (bytes) => deflateRawSync(bytes, { level: 1, finishFlush: constants.Z_SYNC_FLUSH }),
      blockBytes: 1,
    }),
    recorder = new KeyframeRecorder(writer),
    model = createModel(),
    parts = [writer.start()];
  for (let k = 0; k < rows.length; k += 45) {
    const frame = frameOf(rows.slice(k, k + 45));
    reduce(model, frame);
    parts.push(writer.frame(frame));
    if (k % 90 !== 0) parts.push(recorder.keyframe(model));
  }
  parts.push(writer.end());
  return joined(parts);
}

describe.skipIf(why)(`docs/recording.md${why ? ` (skipped: ${why})` : ''}`, { timeout: 60_000 }, () => {
  test('is enough to read a recording: header, index, every row, and the list of inodes at its last keyframe', async () => {
    const bytes = record(),
      types = new Set((await open(bytes)).entries.map(({ type }) => type));
    expect([...types].sort((a, b) => a - b)).toEqual([
      BlockType.events,
      BlockType.keyframe,
      BlockType.sections,
      BlockType.inodes,
      BlockType.inodeChanges,
    ]);
    expect(readBy(bytes)).toEqual(await readByUs(bytes));
  });

  test('is enough to read the versions before', async () => {
    for (const bytes of kept) expect(readBy(bytes)).toEqual(await readByUs(bytes));
  });

  test('is enough to read what is left of a recording that was cut', async () => {
    const bytes = record(),
      cut = bytes.subarray(0, bytes.length * 0.7);
    const found = readBy(cut);
    expect(found).toEqual(await readByUs(cut));
    expect(found.index).toBeNull();
  });

  test('is enough to know which blocks are damaged, and to read the others', async () => {
    const bytes = record(),
      { entries } = await open(bytes);
    const isOfTwo = ({ type, size }: (typeof entries)[number]): boolean => type === BlockType.events && size > 400;
    for (const { at } of [entries.find(isOfTwo)!, entries.at(-3)!]) bytes[at + 50]! ^= 0xff;
    const found = readBy(bytes);
    expect(found.damaged).toHaveLength(2);
    expect(found).toEqual(await readByUs(bytes));
  });
});
