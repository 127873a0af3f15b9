import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { isFlaw, utf8 } from '../units/index.ts';
import { alike } from '../fixtures/alike.ts';
import { hex, joined } from '../fixtures/bytes.ts';
import { recordingHeader } from '../fixtures/header.ts';
import { recordingPicture } from '../fixtures/recording-picture.ts';
import { type EventRow, frameOf, framesOf } from '../fixtures/rows.ts';
import { lawMs, lawRuns } from '../fixtures/runs.ts';
import { anyStream } from '../fixtures/streams.ts';
import { blockBytes, BlockType, unpackBlock } from './block.ts';
import { BlockSplitter } from './block-splitter.ts';
import { crc32 } from './crc32.ts';
import type { Frame } from './frame.ts';
import { Kind } from './kind.ts';
import { framesIn } from './block-content.ts';
import type { Keyframe } from './block-cutter.ts';
import { sourceOf } from './byte-source.ts';
import { openRecording, type Recording } from './recording.ts';
import { RECORDING_VERSION, type RecordingHeader } from './recording-header.ts';
import { RecordingWriter, type WriterOptions } from './recording-writer.ts';

vi.setConfig({ testTimeout: lawMs() });

const inflate = (bytes: Uint8Array, length: number): Uint8Array => inflateRawSync(bytes, { maxOutputLength: length });
const deflate = (bytes: Uint8Array): Uint8Array => deflateRawSync(bytes, { level: 1 });
const deflatePart = (bytes: Uint8Array): Uint8Array => deflateRawSync(bytes, { level: 1, finishFlush: constants.Z_SYNC_FLUSH });

/** A recording of these frames in small blocks; every `n`th frame is followed by a flush. */
function record(frames: readonly Frame[], options: Partial<WriterOptions> = {}, ends = true): Uint8Array {
  const writer = new RecordingWriter({ header: recordingHeader, deflate, deflatePart, blockBytes: 600, ...options });
  const parts = [writer.start(), ...frames.map((frame) => writer.frame(frame)), writer.flush()];
  return joined(ends ? [...parts, writer.end()] : parts);
}
const opened = async (bytes: Uint8Array): Promise<Recording> => (await openRecording(sourceOf(bytes), inflate)) as Recording;

async function eventsOf(recording: Recording): Promise<Frame[]> {
  const out: Frame[] = [];
  for await (const it of recording.events()) if (!isFlaw(it)) out.push(it);
  return out;
}
const keyframeOf = (everything: readonly Frame[]): Keyframe => ({ everything, inodes: [], isWhole: false, sections: [] });
const bytesOf = (frames: readonly Frame[]): string => frames.map(({ bytes }) => hex(bytes)).join(' ');
/** The blocks of a recording but for its index, an entry of which may stand for several. */
const blocksOf = (bytes: Uint8Array): { readonly at: number; readonly end: number; readonly until: bigint }[] =>
  new BlockSplitter()
    .feed(bytes)
    .flatMap((it) =>
      !isFlaw(it) && it.part === 'block' && it.head.type !== BlockType.index
        ? [{ at: it.at, end: it.at + blockBytes(it.head), until: it.head.until }]
        : [],
    );
const isLost = (frame: Frame): boolean => frame.count === 1 && frame.kind[0] === Kind.lost;

const inFrames = (rows: fc.Arbitrary<EventRow[]>): fc.Arbitrary<Frame[]> =>
  fc.tuple(rows, fc.array(fc.nat(100), { maxLength: 8 })).map(([all, cuts]) => framesOf(all, cuts));
const stream = inFrames(anyStream()),
  /** Without rows that tell of a loss: those that a reader adds are told apart by being there. */
  lossless = inFrames(anyStream({ losses: false }));

/** Packing is the same for all blocks, and costs as much as all the rest: one case in eight has it. */
const isPacked = fc.nat(7).map((n) => n === 0);
const unpacked: Partial<WriterOptions> = { deflate: undefined, deflatePart: undefined };
const packing = (isPacked: boolean): Partial<WriterOptions> => (isPacked ? {} : unpacked);

describe('openRecording', () => {
  test('law of the recording: what was saved is loaded, frame by frame', async () => {
    await fc.assert(
      fc.asyncProperty(stream, isPacked, fc.boolean(), async (frames, isPacked, ends) => {
        const bytes = record(frames, packing(isPacked), ends),
          recording = await opened(bytes),
          found = [bytesOf(await eventsOf(recording)), recording.isWhole, recording.flaws.length];
        alike(found, [bytesOf(frames), ends, 0], () => recordingPicture(bytes));
      }),
      lawRuns(),
    );
  });

  test('law of cutting: a recording cut anywhere loads its prefix and says so', async () => {
    await fc.assert(
      fc.asyncProperty(stream, isPacked, fc.array(fc.nat(), { minLength: 5, maxLength: 5 }), async (frames, isPacked, places) => {
        const whole = record(frames, packing(isPacked)),
          blocks = blocksOf(whole);
        for (const place of places) {
          const cut = place % whole.length,
            recording = await openRecording(sourceOf(whole.subarray(0, cut)), inflate);
          const draw = (): string => recordingPicture(whole, cut);
          if (isFlaw(recording)) {
            alike([recording.code, cut < 24], ['E_SHORT', true], draw);
            continue;
          }
          const got = await eventsOf(recording);
          alike([bytesOf(got), recording.isWhole], [bytesOf(frames.slice(0, got.length)), false], draw);
          // Only the block that was being written is gone.
          const kept = recording.entries.reduce((end, entry) => Math.max(end, entry.at + entry.size), 0),
            next = blocks.find((block) => block.at >= kept);
          if (recording.header.mapscope !== '' && next) alike(next.end > cut, true, draw);
        }
      }),
      lawRuns(),
    );
  });

  test('law of damage: never a throw, and never a wrong frame passed as right', async () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 5, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(lossless, isPacked, flips, fc.boolean(), async (frames, isPacked, places, ends) => {
        const whole = record(frames, packing(isPacked), ends),
          bytes = whole.slice(),
          right = new Set(frames.map((frame) => hex(frame.bytes)));
        for (const [place, flip] of places) {
          const at = place % bytes.length,
            draw = (): string => recordingPicture(whole, at);
          bytes[at]! ^= flip;
          const recording = await openRecording(sourceOf(bytes), inflate);
          if (!isFlaw(recording)) {
            const got = await eventsOf(recording),
              kept = got.filter((frame) => !isLost(frame));
            alike(
              kept.every((frame) => right.has(hex(frame.bytes))),
              true,
              draw,
            );
            // What is missing is said: by the rows' own kind, or because the end is missing.
            if (kept.length < frames.length) alike(got.some(isLost) || recording.flaws.length > 0, true, draw);
          }
          bytes[at]! ^= flip;
        }
      }),
      lawRuns(),
    );
  });

  test('skips a damaged block, says which, and counts its rows as lost', async () => {
    const frames = Array.from({ length: 6 }, (_, k) =>
      frameOf(Array.from({ length: 20 }, (_, i) => ({ kind: Kind.extent, time: BigInt(k * 20 + i), offset: BigInt(i * i) }))),
    );
    for (const packed of [true, false]) {
      const bytes = record(frames, { ...packing(packed), blockBytes: 1 }),
        [first, second] = blocksOf(bytes);
      bytes[second!.at + 100]! ^= 1;
      for (const it of [bytes, bytes.subarray(0, bytes.length - 16)]) {
        const recording = await opened(it),
          content = await recording.content(recording.entries[0]!),
          lost = content.frames[1]!;
        expect(recording.entries).toHaveLength(1);
        expect(content.flaws).toMatchObject([{ code: 'E_CRC', at: second!.at + 48 }]);
        expect(content.flaws).toEqual(await recording.check(recording.entries[0]!));
        expect(content.frames.map((frame) => isLost(frame))).toEqual([false, true, false, false, false, false]);
        expect(lost).toMatchObject({ until: first!.until });
        expect([lost.result[0], lost.time[0], lost.length[0]]).toEqual([20n, first!.until, 60n]);
      }
    }
  });

  test('counts of several damaged blocks in one entry all rows together as often as they are', async () => {
    const frames = Array.from({ length: 5 }, (_, k) =>
      frameOf(Array.from({ length: 20 }, (_, i) => ({ kind: Kind.mark, time: BigInt(k * 20 + i) }))),
    );
    const bytes = record(frames, { ...packing(false), blockBytes: 1 }),
      blocks = blocksOf(bytes);
    for (const k of [1, 3]) bytes[blocks[k]!.at + 100]! ^= 1;
    const recording = await opened(bytes),
      content = await recording.content(recording.entries[0]!);
    expect(recording.entries).toHaveLength(1);
    expect(content.frames.filter((frame) => isLost(frame)).map(({ result }) => result[0])).toEqual([39n, 1n]);
  });

  test('finds the blocks behind a damaged block header, and says that something is gone', async () => {
    const frames = Array.from({ length: 4 }, (_, k) => frameOf([{ kind: Kind.mark, time: BigInt(k), bytes: utf8(`mark ${k}`) }]));
    const bytes = record(frames, { blockBytes: 1 }, false),
      [, second] = blocksOf(bytes);
    bytes[second!.at + 20]! ^= 1;
    const recording = await opened(bytes);
    expect(recording.flaws).toMatchObject([{ code: 'E_CRC', at: second!.at + 44 }]);
    expect((await eventsOf(recording)).map((frame) => [frame.kind[0], frame.until])).toEqual([
      [Kind.mark, 1n],
      [Kind.lost, 1n],
      [Kind.mark, 3n],
      [Kind.mark, 4n],
    ]);
  });

  test('loads the events of a file whose JSON header is damaged', async () => {
    const frames = [frameOf([{ kind: Kind.mark, time: 1n }])],
      bytes = record(frames);
    bytes[30]! ^= 1;
    const recording = await opened(bytes);
    expect(recording.flaws).toMatchObject([{ code: 'E_CRC', field: 'header' }]);
    expect(await eventsOf(recording)).toHaveLength(1);
  });

  test('refuses a newer version, naming both', async () => {
    const bytes = record([]);
    bytes[8] = RECORDING_VERSION + 1;
    expect(await openRecording(sourceOf(bytes), inflate)).toMatchObject({
      code: 'E_VERSION',
      found: `${RECORDING_VERSION + 1}`,
      allowed: expect.stringContaining(`${RECORDING_VERSION}`),
    });
  });

  test('refuses what is no recording', async () => {
    for (const bytes of [new Uint8Array(0), utf8('map'), utf8('TRACE.DAT file, really'), new Uint8Array(4096)])
      expect(isFlaw(await openRecording(sourceOf(bytes), inflate))).toBe(true);
  });

  test('knows from the index which kinds and inodes are where, without decoding', async () => {
    const frames = [
      frameOf([
        { kind: Kind.extent, time: 5n, inode: 7 },
        { kind: Kind.extent, time: 4n, inode: 9 },
      ]),
      frameOf([{ kind: Kind.lost, time: 6n, result: 1n }]),
    ];
    const { entries } = await opened(record(frames, { blockBytes: 1 }));
    expect(
      entries.map(({ first, until, rows, inodes, counts }) => ({
        first,
        until,
        rows,
        inodes: [...inodes!],
        extents: counts![Kind.extent],
      })),
    ).toEqual([{ first: 4n, until: 7n, rows: 3, inodes: [0, 7, 9], extents: 2 }]);
  });

  test('has one entry for many blocks of events, and several for more than a reader should unpack at once', async () => {
    const frames = Array.from({ length: 100 }, (_, k) =>
        frameOf(Array.from({ length: 100 }, (_, i) => ({ kind: Kind.mark, time: BigInt(k * 100 + i), inode: 1 + (i % 7) }))),
      ),
      bytes = record(frames, { blockBytes: 1 });
    for (const it of [bytes, bytes.subarray(0, bytes.length - 16)]) {
      const recording = await opened(it);
      expect(recording.entries.map(({ rows }) => rows)).toEqual([4000, 4000, 2000]);
      expect(bytesOf(await eventsOf(recording))).toBe(bytesOf(frames));
    }
  });

  test('gives the header as it was written', async () => {
    expect((await opened(record([]))).header).toEqual(recordingHeader);
  });

  test.each([
    ['pageSize', [0, -4096, 1.5, 3000, 1e308, null, '4096'], 4096],
    ['sources', ['fuse', [{}], [1]], []],
    ['commandLine', [[null]], []],
    ['host', [{ toString: 'here' }, 7], ''],
    ['startedAtTime', ['yesterday', '-1', 17, `${2n ** 64n}`], '0'],
  ] as const)('leaves out a %s that can be none', async (key, values, instead) => {
    for (const value of values) {
      const header = { ...recordingHeader, [key]: value } as unknown as RecordingHeader,
        recording = await opened(new RecordingWriter({ header }).start());
      expect(recording.header).toEqual({ ...recordingHeader, [key]: instead });
    }
  });

  test.each([4096, 16_384, 65_536])('gives a page size of %d as it was written', async (pageSize) => {
    const recording = await opened(new RecordingWriter({ header: { ...recordingHeader, pageSize } }).start());
    expect(recording.header.pageSize).toBe(pageSize);
  });

  test('tells the moments that it is about, from its first keyframe or row to its clock', async () => {
    const frames = [3n, 9n].map((time) => frameOf([{ kind: Kind.mark, time }])),
      writer = new RecordingWriter({ header: recordingHeader });
    for (const ends of [true, false]) {
      expect((await opened(record(frames, {}, ends))).span).toEqual({ from: 3n, until: 10n });
      expect((await opened(record([], {}, ends))).span).toBeUndefined();
    }
    const later = joined([writer.start(), writer.keyframe(keyframeOf([frameOf([], 7n)])), writer.frame(frames[1]!), writer.end()]);
    expect((await opened(later)).span).toEqual({ from: 7n, until: 10n });
  });

  test('says that a packed block cannot be read where no inflate was given', async () => {
    const bytes = record([frameOf(Array.from({ length: 99 }, (_, i) => ({ kind: Kind.mark, time: BigInt(i) })))], {}, false);
    const recording = (await openRecording(sourceOf(bytes))) as Recording;
    expect((await recording.content(recording.entries[0]!)).flaws).toMatchObject([{ code: 'E_PACKING' }]);
  });
});

describe('BlockSplitter', () => {
  test('finds in any chunking what openRecording finds', async () => {
    await fc.assert(
      fc.asyncProperty(stream, isPacked, fc.array(fc.nat(), { maxLength: 10 }), fc.boolean(), async (frames, isPacked, places, ends) => {
        const bytes = record(frames, packing(isPacked), ends),
          splitter = new BlockSplitter();
        const edges = [0, ...places.map((place) => place % bytes.length).sort((a, b) => a - b), bytes.length];
        const parts = edges.slice(1).flatMap((to, k) => splitter.feed(bytes.slice(edges[k], to)));
        expect(splitter.end()).toBeUndefined();
        const got: Frame[] = [];
        for (const it of parts) {
          if (isFlaw(it)) throw new Error(it.code);
          if (it.part === 'block' && it.head.type === BlockType.events)
            got.push(...framesIn((await unpackBlock(it, inflate)) as Uint8Array).frames);
        }
        expect(bytesOf(got)).toBe(bytesOf(frames));
        expect(parts.some((it) => !isFlaw(it) && it.part === 'end')).toBe(ends);
      }),
      lawRuns(0.3),
    );
  });

  test('goes on behind damage, and says what was cut off at the end', async () => {
    const frames = Array.from({ length: 4 }, (_, k) => frameOf([{ kind: Kind.mark, time: BigInt(k), bytes: utf8(`mark ${k}`) }]));
    const bytes = record(frames, { blockBytes: 1 }, false),
      blocks = blocksOf(bytes);
    bytes[blocks[1]!.at + 20]! ^= 1;
    const splitter = new BlockSplitter(),
      parts = splitter.feed(bytes.subarray(0, bytes.length - 8));
    expect(parts.map((it) => (isFlaw(it) ? it.code : it.part))).toEqual(['header', 'block', 'E_CRC', 'block']);
    expect(splitter.end()).toMatchObject({ code: 'E_CUT', at: blocks[3]!.at });
  });

  test('refuses a newer version and takes nothing after it', () => {
    const bytes = record([frameOf([{ kind: Kind.mark, time: 1n }])]),
      splitter = new BlockSplitter();
    bytes[8] = RECORDING_VERSION + 1;
    expect(splitter.feed(bytes)).toMatchObject([{ code: 'E_VERSION' }]);
    expect(splitter.feed(bytes)).toEqual([]);
    expect(splitter.end()).toBeUndefined();
  });
});

describe('RecordingWriter', () => {
  test('wants a keyframe when the log since the last outgrew it, as stored, and never after only a few rows', () => {
    const frame = frameOf(Array.from({ length: 50 }, (_, i) => ({ kind: Kind.extent, time: BigInt(i), offset: BigInt(i) })));
    const writer = new RecordingWriter({ header: recordingHeader, blockBytes: 1, keyframeAfter: 10_000 });
    writer.start();
    const framesUntilWanted = (): number => {
      for (let n = 0; ; n++) {
        if (writer.wantsKeyframe) return n;
        writer.frame(frame);
      }
    };
    const few = framesUntilWanted();
    expect(few * frame.bytes.length).toBeGreaterThan(9000);
    writer.keyframe(keyframeOf([frame]));
    expect(framesUntilWanted()).toBe(few);
    writer.keyframe(keyframeOf(Array<Frame>(3 * few).fill(frame)));
    expect(framesUntilWanted()).toBeGreaterThan(2 * few);
  });

  test('wants a keyframe after many rows, however well they pack', () => {
    const writer = new RecordingWriter({ header: recordingHeader, deflate, keyframeAfterRows: 1000 });
    writer.start();
    for (let k = 0n; k <= 25n; k++) {
      expect(writer.wantsKeyframe).toBe(false);
      writer.frame(frameOf(Array.from({ length: 40 }, () => ({ kind: Kind.late, time: k }))));
    }
    writer.flush();
    expect(writer.wantsKeyframe).toBe(true);
  });

  test('loses in a crash only what it had not returned', () => {
    const writer = new RecordingWriter({ header: recordingHeader, blockBytes: 1 << 20 }),
      frame = frameOf([{ kind: Kind.mark, time: 1n }]);
    expect(writer.start().length).toBe(writer.size);
    expect(writer.frame(frame)).toHaveLength(0);
    expect(writer.pending).toBe(frame.bytes.length);
    expect(writer.flush().length).toBeGreaterThan(frame.bytes.length);
    expect(writer.pending).toBe(0);
    expect(writer.flush()).toHaveLength(0);
  });

  test('spreads a keyframe too large for one block over several that belong together', async () => {
    const large = frameOf([{ kind: Kind.message, time: 1n, bytes: new Uint8Array(3 << 20) }]);
    const writer = new RecordingWriter({ header: recordingHeader });
    const bytes = joined([writer.start(), writer.keyframe(keyframeOf([large, large, large, large, large])), writer.end()]);
    const { entries } = (await openRecording(sourceOf(bytes))) as Recording;
    expect(entries.map(({ type, continues, rows }) => [type, continues, rows])).toEqual([
      [BlockType.keyframe, false, 2],
      [BlockType.keyframe, true, 2],
      [BlockType.keyframe, true, 1],
    ]);
  });
});

/** By the definition, a bit at a time. */
function crc32Of(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  }
  return ~crc >>> 0;
}

test('crc32 is the one of zlib', () => {
  expect(crc32(utf8('123456789'))).toBe(0xcbf43926);
  expect(crc32(utf8('456789'), crc32(utf8('123')))).toBe(0xcbf43926);
  const bytes = Uint8Array.from({ length: 1003 }, (_, i) => (i * i * 31) >>> 3);
  for (let from = 0; from < 9; from++) expect(crc32(bytes.subarray(from))).toBe(crc32Of(bytes.subarray(from)));
});
