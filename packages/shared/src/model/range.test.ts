import { deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import {
  BLOCK_HEADER,
  BlockType,
  type Frame,
  FrameFlag,
  Kind,
  openRecording,
  type Recording,
  RecordingWriter,
  SourceId,
  sourceOf,
} from '../trace/index.ts';
import { U64_MAX } from '../units/index.ts';
import { joined } from '../fixtures/bytes.ts';
import { claimsOnlyWhatIsSo } from '../fixtures/claims.ts';
import { recordingHeader } from '../fixtures/header.ts';
import { type EventRow, frameOf, framesOf } from '../fixtures/rows.ts';
import { lawMs, lawRuns } from '../fixtures/runs.ts';
import { anyStream } from '../fixtures/streams.ts';
import { createModel, type Model } from './model.ts';
import { plain } from './plain.ts';
import { type RangeEnd, rangeOf, wholeLog } from './range.ts';
import { KeyframeRecorder } from './recorder.ts';
import { reduce, reduceRows } from './reduce.ts';
import { rowsUpTo } from './replay.ts';

vi.setConfig({ testTimeout: lawMs() });

const inflate = (bytes: Uint8Array, length: number): Uint8Array => inflateRawSync(bytes, { maxOutputLength: length });

interface Cut {
  readonly after: number;
  /** A keyframe there, or the end of this recording and another that begins with one. */
  readonly what: 'keyframe' | 'part';
}

/** Segments as the spool keeps them, a block a frame: each but maybe the first begins with what is so. */
function segments(rows: readonly EventRow[], cuts: readonly Cut[], beginsWithKeyframe = true): Uint8Array[] {
  const model = createModel(),
    out: Uint8Array[] = [];
  let writer = new RecordingWriter({ header: recordingHeader, deflate: (bytes) => deflateRawSync(bytes), blockBytes: 1 }),
    recorder = new KeyframeRecorder(writer),
    bytes = [writer.start()];
  if (beginsWithKeyframe) bytes.push(recorder.keyframe(model));
  rows.forEach((row, k) => {
    const frame = frameOf([row], row.time);
    reduce(model, frame);
    bytes.push(writer.frame(frame));
    if (rows[k + 1]?.time === row.time) return;
    for (const { what } of cuts.filter(({ after }) => after === k)) {
      if (what === 'part') {
        bytes.push(writer.end());
        out.push(joined(bytes));
        writer = new RecordingWriter({ header: recordingHeader, blockBytes: 1 });
        recorder = new KeyframeRecorder(writer);
        bytes = [writer.start()];
      }
      bytes.push(recorder.keyframe(model));
    }
  });
  bytes.push(writer.end());
  out.push(joined(bytes));
  return out;
}

const opened = (parts: readonly Uint8Array[]): Promise<Recording[]> =>
  Promise.all(parts.map(async (bytes) => (await openRecording(sourceOf(bytes), inflate)) as Recording));

interface Given {
  readonly state: readonly Frame[];
  readonly log: readonly Frame[];
  readonly end: RangeEnd;
}

async function taken(parts: readonly Recording[], from: bigint, to: bigint): Promise<Given> {
  const frames: Frame[] = [],
    range = rangeOf(parts, from, to);
  for (;;) {
    const next = await range.next();
    if (next.done) {
      const whole = frames.findIndex(({ flags_ }) => (flags_ & FrameFlag.sectionsEnd) !== 0) + 1;
      return { state: frames.slice(0, whole), log: frames.slice(whole), end: next.value };
    }
    frames.push(next.value);
  }
}

/** As whoever looks back does it: the state, then rows up to a time. */
function replayed({ state, log }: Given, at: bigint): Model {
  const model = createModel();
  for (const frame of state) reduce(model, frame);
  for (const frame of log) {
    const stop = rowsUpTo(frame, at);
    reduceRows(model, frame, 0, stop);
    if (stop < frame.count) break;
  }
  model.until = at;
  return model;
}

function reduced(rows: readonly EventRow[], at: bigint): Model {
  const model = createModel();
  for (const frame of framesOf(rows.filter(({ time }) => time <= at))) reduce(model, frame);
  model.until = at;
  return model;
}

const cuts = fc.array(fc.record({ after: fc.nat(50), what: fc.constantFrom('keyframe' as const, 'part' as const) }), { maxLength: 5 });
const moments = fc.tuple(fc.bigInt({ min: 995n, max: 1100n }), fc.bigInt({ min: 0n, max: 60n }));

describe('rangeOf', () => {
  test('gives frames that make the model of any time in it, whatever keyframes and recordings lie between', async () => {
    await fc.assert(
      fc.asyncProperty(anyStream({ maxRows: 50 }), cuts, fc.boolean(), moments, async (rows, at, isKept, [from, length]) => {
        const given = await taken(await opened(segments(rows, at, isKept)), from, from + length);
        expect(given.end.flaws).toEqual([]);
        for (const time of [from, from + length / 2n, from + length])
          if (time >= given.end.from) expect(plain(replayed(given, time))).toEqual(plain(reduced(rows, time)));
      }),
      lawRuns(0.1),
    );
  });

  test('ends before the first keyframe behind it, which the next range begins with', async () => {
    await fc.assert(
      fc.asyncProperty(anyStream({ maxRows: 50, losses: false }), cuts, fc.bigInt({ min: 995n, max: 1100n }), async (rows, at, from) => {
        const parts = await opened(segments(rows, at)),
          { end, log } = await taken(parts, from, from);
        expect(log.every((frame) => frame.count === 0 || frame.kind[0] !== Kind.keyframe)).toBe(true);
        if (end.next === undefined) expect(end.until).toBe((await taken(parts, U64_MAX, U64_MAX)).end.until);
        else {
          expect(end.next > from).toBe(true);
          expect((await taken(parts, end.next, end.next)).end.from).toBe(end.next);
        }
      }),
      lawRuns(0.1),
    );
  });

  test('begins at an older keyframe where a block is damaged, and claims nothing that is not so', async () => {
    await fc.assert(
      fc.asyncProperty(anyStream({ maxRows: 50, losses: false, where: false }), cuts, fc.nat(), async (rows, at, place) => {
        const bytes = segments(rows, at),
          whole = await opened(bytes),
          part = place % bytes.length,
          entry = whole[part]!.entries[place % whole[part]!.entries.length]!;
        bytes[part]![entry.at + 48]! ^= 0x55;
        const given = await taken(await opened(bytes), U64_MAX, U64_MAX);
        claimsOnlyWhatIsSo(replayed(given, U64_MAX), reduced(rows, U64_MAX));
      }),
      lawRuns(0.1),
    );
  });

  test('of nothing is the state of knowing nothing', async () => {
    const { state, log, end } = await taken([], 5n, 9n);
    expect([state.length > 0, log, end]).toEqual([true, [], { from: 0n, until: 0n, next: undefined, flaws: [] }]);
  });
});

describe('wholeLog', () => {
  test('tells the state anew where rows were left out, and nowhere else in one recording', async () => {
    const mark = (time: bigint): EventRow => ({ kind: Kind.mark, time, source: SourceId.user }),
      left: EventRow = { kind: Kind.lost, time: 3n, source: SourceId.hub, result: 7n, offset: 2n, length: 3n };
    const parts = await opened(
      segments(
        [mark(1n), mark(2n), left, mark(4n), mark(5n)],
        [
          { after: 0, what: 'keyframe' },
          { after: 2, what: 'keyframe' },
          { after: 3, what: 'keyframe' },
        ],
      ),
    );
    const kinds: number[] = [];
    // A state is several frames.
    for await (const { kind, count } of wholeLog(parts)) if (count > 0 && kind[0] !== kinds.at(-1)) kinds.push(kind[0]!);
    expect(kinds).toEqual([Kind.mark, Kind.lost, Kind.keyframe, Kind.mark]);
  });

  test('goes on counting what was lost to damage behind the keyframe that tells anew what is so', async () => {
    const folio = (time: bigint): EventRow => ({ kind: Kind.folio, time, inode: 1, offset: time << 12n, length: 4096n, type: 4, how: 2 }),
      rows = [folio(1n), folio(2n), folio(3n), folio(4n), folio(5n), folio(6n)],
      cuts: readonly Cut[] = [2, 4].map((after) => ({ after, what: 'keyframe' })),
      [bytes] = segments(rows, cuts) as [Uint8Array],
      [whole] = await opened([bytes.slice()]);
    const logs = whole!.entries.filter(({ type }) => type === BlockType.events);
    // Of the three parts of the log the first two, each between two keyframes.
    for (const { at } of logs.slice(0, 2)) bytes[at + BLOCK_HEADER]! ^= 1;
    const model = createModel();
    for await (const frame of wholeLog(await opened([bytes]))) reduce(model, frame);
    const { losses, lost, files } = model;
    expect([lost, losses.total]).toEqual([losses.list().reduce((sum, loss) => sum + loss.rows, 0n), 2]);
    expect(lost).toBeGreaterThan(1n);
    // What the keyframe told is known, loss or not.
    expect(files.find(1)!.folios.list()).toMatchObject([{ from: 4096n, to: 7n << 12n, state: 4 }]);
  });
});
