import { deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { BlockType, Kind, openRecording, type Recording, RecordingWriter, sourceOf } from '../trace/index.ts';
import { U64_MAX, utf8 } from '../units/index.ts';
import { joined } from '../fixtures/bytes.ts';
import { claimsOnlyWhatIsSo } from '../fixtures/claims.ts';
import { type EventRow, frameOf, framesOf } from '../fixtures/rows.ts';
import { lawMs, lawRuns } from '../fixtures/runs.ts';
import { anyStream, inodes } from '../fixtures/streams.ts';
import { createModel, type Model } from './model.ts';
import { plain, plainFiles, plainRuns } from './plain.ts';
import { KeyframeRecorder } from './recorder.ts';
import { reduce } from './reduce.ts';
import { modelAt } from './replay.ts';

vi.setConfig({ testTimeout: lawMs() });

const header = {
  mapscope: '0',
  host: '',
  kernel: '',
  pageSize: 4096,
  sources: [],
  clock: 'CLOCK_MONOTONIC',
  commandLine: [],
  startedAt: '',
  startedAtTime: '0',
};
const inflate = (bytes: Uint8Array, length: number): Uint8Array => inflateRawSync(bytes, { maxOutputLength: length });
const open = async (bytes: Uint8Array): Promise<Recording> => (await openRecording(sourceOf(bytes), inflate)) as Recording;

/** A recording with keyframes behind the given rows, a block a frame. */
function record(rows: readonly EventRow[], keyframes: readonly number[], ends: boolean): Uint8Array {
  const writer = new RecordingWriter({ header, deflate: (bytes) => deflateRawSync(bytes), blockBytes: 1 });
  const recorder = new KeyframeRecorder(writer),
    model = createModel(),
    parts = [writer.start()];
  rows.forEach((row, k) => {
    // The clock stands at the row until the last of its moment: a keyframe then knows nothing later than its own time.
    const frame = frameOf([row], row.time);
    reduce(model, frame);
    parts.push(writer.frame(frame));
    if (keyframes.includes(k) && rows[k + 1]?.time !== row.time) parts.push(recorder.keyframe(model));
  });
  if (ends) parts.push(writer.end());
  return joined(parts);
}

const reduced = (rows: readonly EventRow[], until: bigint): Model => {
  const model = createModel();
  for (const frame of framesOf(rows)) reduce(model, frame);
  model.until = until;
  return model;
};

/** Everything, but of the files beside `inode` only what a list says. */
const withoutMaps = (model: Model, inode: number): unknown => {
  const all = plain(model) as { files: { inode: number }[] },
    none = { data: [], pending: [], folios: [], layouts: [] };
  return { ...all, files: all.files.map((file) => (file.inode === inode ? file : { ...file, ...none })) };
};
const mapped: Omit<EventRow, 'time'> = { kind: Kind.extent, role: 1, length: 4096n, type: 2, addr: 0n, device: 1, how: 1 };

const keyframes = fc.array(fc.nat(60), { maxLength: 5 });
const moments = fc.array(fc.bigInt({ min: 995n, max: 1100n }), { minLength: 1, maxLength: 4 });

describe('modelAt', () => {
  test('law of seeking: the model at any time is what the rows up to then give', async () => {
    await fc.assert(
      fc.asyncProperty(anyStream({ maxRows: 60 }), keyframes, fc.boolean(), moments, async (rows, after, ends, times) => {
        const recording = await open(record(rows, after, ends));
        for (const at of times) {
          const { model, flaws } = await modelAt(recording, at),
            upTo = rows.filter((row) => row.time <= at);
          expect(flaws).toEqual([]);
          expect(plain(model)).toEqual(plain(reduced(upTo, model.until)));
        }
      }),
      lawRuns(0.5),
    );
  });

  test('gives the maps of the inodes asked for as the whole does', async () => {
    await fc.assert(
      fc.asyncProperty(anyStream({ maxRows: 60 }), keyframes, fc.constantFrom(...inodes), async (rows, after, inode) => {
        const { model } = await modelAt(await open(record(rows, after, true)), U64_MAX, { inodes: [inode] });
        const files = (m: Model): unknown => (plainFiles(m) as { inode: number }[]).filter((file) => file.inode === inode);
        expect(files(model)).toEqual(files(reduced(rows, model.until)));
      }),
      lawRuns(0.5),
    );
  });

  test('gives of the files nobody asked for all but their maps', async () => {
    const stream = anyStream({ maxRows: 60, losses: false });
    await fc.assert(
      fc.asyncProperty(stream, keyframes, fc.constantFrom(...inodes), moments, async (rows, after, inode, [at]) => {
        const recording = await open(record(rows, after, true)),
          part = await modelAt(recording, at!, { inodes: [inode] }),
          whole = await modelAt(recording, at!);
        expect(withoutMaps(part.model, inode)).toEqual(withoutMaps(whole.model, inode));
      }),
      lawRuns(0.3),
    );
  });

  test('follows a range to the file it was cloned from, though nobody asked for that one', async () => {
    const extent = (inode: number, time: bigint): EventRow => ({ ...mapped, inode, time, addr: BigInt(inode) << 20n });
    const clone = (inode: number, parent: number, time: bigint): EventRow => ({
      kind: Kind.remap,
      role: 1,
      inode,
      parent,
      time,
      length: 4096n,
      addr: 0n,
      how: 1,
      flags: 4,
    });
    const rows = [extent(1, 1n), extent(2, 2n), extent(3, 3n), extent(2, 5n), clone(2, 1, 6n), clone(3, 2, 7n)];
    const recording = await open(record(rows, [2], true));
    for (const inode of [1, 2, 3]) {
      const { model } = await modelAt(recording, 9n, { inodes: [inode] });
      expect(plainRuns(model.files.find(inode)!.data)).toEqual(plainRuns(reduced(rows, 9n).files.find(inode)!.data));
    }
  });

  test('never claims what damaged blocks would have contradicted', async () => {
    await fc.assert(
      fc.asyncProperty(anyStream({ maxRows: 60, losses: false }), keyframes, fc.nat(), fc.boolean(), async (rows, after, place, ends) => {
        const bytes = record(rows, after, ends),
          whole = await open(bytes),
          entry = whole.entries[place % Math.max(1, whole.entries.length)];
        if (!entry) return;
        bytes[entry.at + 48]! ^= 0x55;
        const { model, flaws } = await modelAt(await open(bytes), U64_MAX);
        claimsOnlyWhatIsSo(model, reduced(rows, model.until));
        // A keyframe that a later one made needless is not even read.
        if (entry.type === BlockType.events && after.length === 0) expect(flaws).toHaveLength(1);
      }),
      lawRuns(0.5),
    );
  });
});

describe('KeyframeRecorder', () => {
  test('tells the list of inodes so that it can be read at any keyframe: new, renamed, unnamed, gone and forgotten', async () => {
    const rows: EventRow[] = [];
    for (let n = 1; n <= 900; n++) {
      const time = BigInt(n);
      rows.push({ kind: Kind.inode, time, inode: n, length: time, bytes: utf8(`file-${n}`), how: 1 });
      if (n % 3 === 0) rows.push({ kind: Kind.inodeGone, time, inode: n - 1 });
      if (n % 40 === 0) rows.push({ ...mapped, time, inode: 2000 + n });
      if (n % 80 === 0) rows.push({ kind: Kind.inodeGone, time, inode: 2000 + n });
      // Late rows bring forgotten ones back, without a name and without the extent they had.
      if (n % 100 === 0)
        rows.push(
          { kind: Kind.inode, time, inode: n - 7, length: 1n, how: 1 },
          { kind: Kind.layout, time, inode: 2000 + n - 20, type: 0xffff },
        );
      rows.push({ ...mapped, time, inode: n });
    }
    const keyframes = [...rows.keys()].filter((k) => k % 37 === 36),
      recording = await open(record(rows, keyframes, true)),
      lists = recording.entries.filter(({ type }) => type === BlockType.inodes || type === BlockType.inodeChanges);
    expect(new Set(lists.map(({ type }) => type)).size).toBe(2);
    for (const at of [1n, 50n, 120n, 300n, 301n, 512n, 640n, 777n, 899n, 900n]) {
      const { model, flaws } = await modelAt(recording, at);
      expect(flaws).toEqual([]);
      expect(plain(model)).toEqual(
        plain(
          reduced(
            rows.filter(({ time }) => time <= at),
            model.until,
          ),
        ),
      );
    }
  });

  test('keeps no more of the files than are listed', () => {
    const model = createModel(),
      recorder = new KeyframeRecorder(new RecordingWriter({ header }));
    for (let n = 1; n <= 2000; n++) {
      reduce(
        model,
        frameOf([
          { kind: Kind.inode, time: 1n, inode: n },
          { ...mapped, time: 1n, inode: n },
          { kind: Kind.inodeGone, time: 1n, inode: n },
        ]),
      );
      if (n % 100 === 0) recorder.keyframe(model);
    }
    expect(recorder['files'].size).toBe(model.files.size);
  });

  test('writes again only the sections of inodes that changed', async () => {
    const extent = (inode: number, time: bigint): EventRow => ({
      kind: 8,
      role: 1,
      inode,
      time,
      length: 4096n,
      type: 2,
      addr: time * 4096n,
      device: 1,
      how: 1,
    });
    const bytes = record([extent(1, 1n), extent(2, 2n), extent(2, 3n), extent(9, 4n)], [1, 2, 3], true);
    const { entries } = await open(bytes);
    expect(entries.filter(({ type }) => type === BlockType.sections).map((entry) => [...entry.inodes!])).toEqual([[1, 2], [2], [9]]);
  });

  test('begins a new segment with everything', async () => {
    const model = createModel();
    reduce(model, frameOf([{ kind: 8, role: 1, inode: 5, time: 1n, length: 4096n, type: 2, addr: 0n, device: 1, how: 1 }]));
    const segment = (): Uint8Array => {
      const writer = new RecordingWriter({ header });
      return joined([writer.start(), new KeyframeRecorder(writer).keyframe(model), writer.end()]);
    };
    for (const bytes of [segment(), segment()]) expect(plain((await modelAt(await open(bytes), U64_MAX)).model)).toEqual(plain(model));
  });
});
