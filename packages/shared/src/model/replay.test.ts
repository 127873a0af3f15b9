import { deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { BlockType, Kind, openRecording, type Recording, RecordingWriter, sourceOf, type WriterOptions } from '../trace/index.ts';
import { U64_MAX, utf8 } from '../units/index.ts';
import { joined } from '../fixtures/bytes.ts';
import { claimsOnlyWhatIsSo, same } from '../fixtures/claims.ts';
import { recordingHeader } from '../fixtures/header.ts';
import { type EventRow, frameOf, framesOf } from '../fixtures/rows.ts';
import { lawMs, lawRuns } from '../fixtures/runs.ts';
import { anyStream } from '../fixtures/streams.ts';
import { inodes } from '../fixtures/world.ts';
import { createModel, type Model } from './model.ts';
import { plain, plainFiles, plainRuns } from './plain.ts';
import { KeyframeRecorder } from './recorder.ts';
import { reduce } from './reduce.ts';
import { modelAt } from './replay.ts';

vi.setConfig({ testTimeout: lawMs() });

const deflate = (bytes: Uint8Array): Uint8Array => deflateRawSync(bytes, { level: 1 });
const inflate = (bytes: Uint8Array, length: number): Uint8Array => inflateRawSync(bytes, { maxOutputLength: length });
const open = async (bytes: Uint8Array): Promise<Recording> => (await openRecording(sourceOf(bytes), inflate)) as Recording;

/** Where a frame ends, and whether a keyframe follows it. */
type Cut = readonly [at: number, hasKeyframe: boolean];

/** A recording of these rows in frames that end at the cuts, a block each; and the model that was live. */
function recordLive(
  rows: readonly EventRow[],
  cuts: readonly Cut[],
  ends: boolean,
  deflate?: WriterOptions['deflate'],
): { readonly bytes: Uint8Array; readonly model: Model } {
  const writer = new RecordingWriter({ header: recordingHeader, deflate, blockBytes: 1 }),
    recorder = new KeyframeRecorder(writer),
    model = createModel(),
    parts = [writer.start()];
  let from = 0;
  for (const [to, hasKeyframe] of [...cuts, [rows.length, false] as const].sort(([a], [b]) => a - b)) {
    if (to <= from || to > rows.length) continue;
    // The clock stands at the last row until another moment has come: a keyframe then knows nothing later than its own time.
    const { time } = rows[to - 1]!,
      frame = frameOf(rows.slice(from, to), time);
    from = to;
    reduce(model, frame);
    parts.push(writer.frame(frame));
    if (hasKeyframe && rows[to]?.time !== time) parts.push(recorder.keyframe(model));
  }
  if (ends) parts.push(writer.end());
  return { bytes: joined(parts), model };
}
const record = (...given: Parameters<typeof recordLive>): Uint8Array => recordLive(...given).bytes;
/** A keyframe behind each of these rows, which stand in frames of their own. */
const behind = (rows: readonly EventRow[], keyframes: readonly number[]): Cut[] => rows.map((_, k) => [k + 1, keyframes.includes(k)]);

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

const cuts = fc.array(fc.tuple(fc.nat(100), fc.boolean()), { maxLength: 8 });
const moment = fc.bigInt({ min: 995n, max: 1200n });

describe('modelAt', () => {
  test('law of replay: a recording gives at its end the model that was live, by its last keyframe and from its first row', async () => {
    await fc.assert(
      fc.asyncProperty(anyStream(), cuts, fc.boolean(), fc.boolean(), async (rows, at, ends, isLogAlone) => {
        const { bytes, model } = recordLive(rows, at, ends),
          { entries, ...recording } = await open(bytes),
          read = isLogAlone ? entries.filter(({ type }) => type === BlockType.events) : entries;
        same((await modelAt({ ...recording, entries: read }, U64_MAX)).model, model);
      }),
      lawRuns(),
    );
  });

  test('gives at any time the model that the rows up to then give', async () => {
    await fc.assert(
      fc.asyncProperty(anyStream(), cuts, fc.boolean(), moment, async (rows, at, ends, time) => {
        const { model, flaws } = await modelAt(await open(record(rows, at, ends)), time),
          upTo = rows.filter((row) => row.time <= time);
        expect(flaws).toEqual([]);
        same(model, reduced(upTo, model.until));
      }),
      lawRuns(0.3),
    );
  });

  test('gives the maps of the inodes asked for as the whole does', async () => {
    await fc.assert(
      fc.asyncProperty(anyStream(), cuts, fc.constantFrom(...inodes), async (rows, at, inode) => {
        const { model } = await modelAt(await open(record(rows, at, true)), U64_MAX, { inodes: [inode] });
        const files = (m: Model): unknown => (plainFiles(m) as { inode: number }[]).filter((file) => file.inode === inode);
        expect(files(model)).toEqual(files(reduced(rows, model.until)));
      }),
      lawRuns(0.1),
    );
  });

  test('gives of the files nobody asked for all but their maps', async () => {
    const stream = anyStream({ losses: false });
    await fc.assert(
      fc.asyncProperty(stream, cuts, fc.constantFrom(...inodes), moment, async (rows, at, inode, time) => {
        const recording = await open(record(rows, at, true)),
          part = await modelAt(recording, time, { inodes: [inode] }),
          whole = await modelAt(recording, time);
        expect(withoutMaps(part.model, inode)).toEqual(withoutMaps(whole.model, inode));
      }),
      lawRuns(0.1),
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
    const recording = await open(record(rows, behind(rows, [2]), true));
    for (const inode of [1, 2, 3]) {
      const { model } = await modelAt(recording, 9n, { inodes: [inode] });
      expect(plainRuns(model.files.find(inode)!.data)).toEqual(plainRuns(reduced(rows, 9n).files.find(inode)!.data));
    }
  });

  test('says that an op saw its map change by a clone, though the block that named the file is damaged', async () => {
    const rows: EventRow[] = [
      { ...mapped, inode: 1, time: 1n },
      { kind: Kind.opBegin, inode: 1, op: 9, type: 1, time: 2n },
      { kind: Kind.remap, role: 1, inode: 2, parent: 1, time: 3n, length: 4096n, addr: 0n, flags: 4, how: 1 },
    ];
    const bytes = record(rows, behind(rows, []), true);
    bytes[(await open(bytes)).entries[0]!.at + 48]! ^= 0x55;
    const { model, flaws } = await modelAt(await open(bytes), U64_MAX);
    expect(flaws).toHaveLength(1);
    claimsOnlyWhatIsSo(model, reduced(rows, model.until));
  });

  test('never claims what damaged blocks would have contradicted', async () => {
    await fc.assert(
      fc.asyncProperty(anyStream({ losses: false, where: false }), cuts, fc.nat(), fc.boolean(), async (rows, at, place, ends) => {
        const bytes = record(rows, at, ends),
          { entries } = await open(bytes),
          entry = entries[place % Math.max(1, entries.length)];
        if (!entry) return;
        bytes[entry.at + 48]! ^= 0x55;
        const { model, flaws } = await modelAt(await open(bytes), U64_MAX);
        claimsOnlyWhatIsSo(model, reduced(rows, model.until));
        // A keyframe that a later one made needless is not even read.
        if (entry.type === BlockType.events && !entries.some(({ type }) => type === BlockType.keyframe)) expect(flaws).toHaveLength(1);
      }),
      lawRuns(0.2),
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
      recording = await open(record(rows, behind(rows, keyframes), true, deflate)),
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
      recorder = new KeyframeRecorder(new RecordingWriter({ header: recordingHeader }));
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
    const rows = [extent(1, 1n), extent(2, 2n), extent(2, 3n), extent(9, 4n)],
      bytes = record(rows, behind(rows, [1, 2, 3]), true);
    const { entries } = await open(bytes);
    expect(entries.filter(({ type }) => type === BlockType.sections).map((entry) => [...entry.inodes!])).toEqual([[1, 2], [2], [9]]);
  });

  test('begins a new segment with everything', async () => {
    const model = createModel();
    reduce(model, frameOf([{ kind: 8, role: 1, inode: 5, time: 1n, length: 4096n, type: 2, addr: 0n, device: 1, how: 1 }]));
    const segment = (): Uint8Array => {
      const writer = new RecordingWriter({ header: recordingHeader });
      return joined([writer.start(), new KeyframeRecorder(writer).keyframe(model), writer.end()]);
    };
    for (const bytes of [segment(), segment()]) expect(plain((await modelAt(await open(bytes), U64_MAX)).model)).toEqual(plain(model));
  });
});
