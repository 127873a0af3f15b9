import { anyStream, type EventRow, frameOf, recordingHeader } from '@mapscope/shared/fixtures';
import { modelAt, plain } from '@mapscope/shared/model';
import {
  BlockType,
  type Frame,
  type Recording,
  FrameBuilder,
  decodeFrame,
  Kind,
  openRecording,
  SourceId,
  sourceOf,
} from '@mapscope/shared/trace';
import { isFlaw } from '@mapscope/shared/units';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { setImmediate } from 'node:timers/promises';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { Hub } from './hub.ts';
import { type Appended, Recorder, type RecorderOptions } from './recorder.ts';
import { Spool, type SpoolFolder, type SpoolOptions } from './spool.ts';

const options = (): RecorderOptions => ({
  header: recordingHeader,
  deflate: (bytes) => deflateRawSync(bytes, { level: 1 }),
  deflatePart: (bytes) => deflateRawSync(bytes, { level: 1, finishFlush: constants.Z_SYNC_FLUSH }),
});

/** A folder in memory, with a disk that may be full. */
class Folder implements SpoolFolder {
  readonly files = new Map<string, Uint8Array[]>();
  room = Infinity;
  gate: Promise<void> = Promise.resolve();

  create(name: string): Promise<{ append(bytes: Uint8Array): Promise<void>; close(): Promise<void> }> {
    const parts: Uint8Array[] = [];
    this.files.set(name, parts);
    return Promise.resolve({
      append: async (bytes) => {
        await this.gate;
        if (bytes.length > this.room) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        this.room -= bytes.length;
        parts.push(bytes.slice());
      },
      close: () => Promise.resolve(),
    });
  }

  read(name: string, at: number, length: number): Promise<Uint8Array> {
    const parts = this.files.get(name);
    return parts ? Promise.resolve(new Uint8Array(Buffer.concat(parts)).subarray(at, at + length)) : Promise.reject(new Error('ENOENT'));
  }

  remove(name: string): Promise<void> {
    for (const part of this.files.get(name) ?? []) this.room += part.length;
    this.files.delete(name);
    return Promise.resolve();
  }

  get bytes(): number {
    return [...this.files.values()].flat().reduce((sum, { length }) => sum + length, 0);
  }

  async open(name: string): Promise<Recording> {
    const recording = await openRecording(sourceOf(Buffer.concat(this.files.get(name)!)), (bytes) => inflateRawSync(bytes));
    if (isFlaw(recording)) throw new Error(recording.code);
    return recording;
  }
}

function spoolOf(hub: Hub, more: Partial<SpoolOptions> = {}): { spool: Spool; folder: Folder; why: unknown[] } {
  const folder = new Folder(),
    why: unknown[] = [];
  const spool = new Spool({
    model: hub.model,
    folder,
    maxBytes: 1 << 20,
    recording: options,
    stopped: (error) => why.push(error),
    ...more,
  });
  hub.listen((frame) => spool.frame(frame));
  return { spool, folder, why };
}

/** What was given to be appended. */
const bytesOf = async (parts: readonly Promise<Appended>[]): Promise<Buffer> =>
  Buffer.concat((await Promise.all(parts)).map(({ bytes }) => bytes));

const known = (value: unknown): object => ({ ...(value as object), skipped: 0, lost: 0, losses: 0 });
const marks = (n: number, at: bigint, text = ''): Frame => {
  const rows = new FrameBuilder();
  for (let k = 0; k < n; k++) {
    rows.source[rows.row(Kind.mark, at)] = SourceId.workload;
    rows.bytes(Buffer.from(text));
  }
  return decodeFrame(rows.take(at + 1n)) as Frame;
};
/** Rows that leave hardly a trace in the model, and are hard to compress. */
function counts(n: number, at: bigint): Frame {
  const rows = new FrameBuilder();
  for (let k = 0; k < n; k++)
    rows.result[rows.row(Kind.late, at)] = ((at * 1_000_003n + BigInt(k)) * 0x9e37_79b9_7f4a_7c15n) & 0xffff_ffff_ffffn;
  return decodeFrame(rows.take(at + 1n)) as Frame;
}
/** Hard to compress, so that bytes count. */
const noise = (n: number): string =>
  Array.from({ length: n }, (_, k) => ((k * 2_654_435_761) ^ (k << 7)).toString(36))
    .join('')
    .slice(0, n);

describe('Recorder', () => {
  test('gives a recording whose model at its end is the model of the stream, wherever it began', async () => {
    await fc.assert(
      fc.asyncProperty(anyStream({ maxRows: 80 }), fc.nat(60), async (rows: EventRow[], at) => {
        const hub = new Hub();
        hub.deliver(frameOf(rows.slice(0, at)));
        const recorder = new Recorder(hub.model, options()),
          parts = [recorder.begin()];
        hub.listen((frame) => parts.push(recorder.frame(frame)));
        for (let k = at; k < rows.length; k += 7) hub.deliver(frameOf(rows.slice(k, k + 7)));
        parts.push(recorder.end());
        const recording = await openRecording(sourceOf(await bytesOf(parts)), (bytes) => inflateRawSync(bytes));
        if (isFlaw(recording)) throw new Error(recording.code);
        expect(recording.isWhole).toBe(true);
        const { model, flaws } = await modelAt(recording, hub.model.until);
        expect(flaws).toEqual([]);
        expect(plain(model)).toEqual(plain(hub.model));
      }),
      { numRuns: 60 },
    );
  });

  test('says how many rows were left out, and goes on from a new keyframe', async () => {
    const hub = new Hub(),
      recorder = new Recorder(hub.model, options()),
      parts = [recorder.begin()];
    hub.deliver(marks(2, 1n));
    parts.push(recorder.frame(marks(2, 1n)));
    for (const at of [2n, 3n]) {
      hub.deliver(marks(5, at));
      recorder.leaveOut(marks(5, at));
    }
    hub.deliver(marks(1, 4n));
    parts.push(recorder.frame(marks(1, 4n)), recorder.end());
    const recording = await openRecording(sourceOf(await bytesOf(parts)), (bytes) => inflateRawSync(bytes));
    if (isFlaw(recording)) throw new Error(recording.code);
    const lost: bigint[] = [];
    for await (const frame of recording.events())
      if (!isFlaw(frame)) for (let i = 0; i < frame.count; i++) if (frame.kind[i] === Kind.lost) lost.push(frame.result[i]!);
    expect(lost).toEqual([11n]);
    const { model } = await modelAt(recording, hub.model.until);
    expect(known(plain(model))).toEqual(known(plain(hub.model)));
  });
});

describe('Spool', () => {
  test('has every frame that says something in its folder, without being told to: a crash costs no more than the last', async () => {
    const hub = new Hub(),
      { spool, folder } = spoolOf(hub);
    for (let at = 1n; at <= 5n; at++) {
      hub.deliver(marks(3, at));
      hub.deliver(marks(0, at));
      for (let k = 0; k < 10; k++) await setImmediate();
      const left = await folder.open('000001.mapscope'),
        { model } = await modelAt(left, 99n);
      expect(left.isWhole).toBe(false);
      expect(model.marks.size).toBe(3 * Number(at));
    }
    await spool.end();
    expect((await folder.open('000001.mapscope')).entries.filter(({ type }) => type === BlockType.events)).toHaveLength(1);
  });

  test('keeps segments that each stand alone, and drops the oldest past its cap', async () => {
    const hub = new Hub(),
      { spool, folder } = spoolOf(hub, { maxBytes: 64 << 10 });
    for (let at = 1n; at <= 600n; at++) {
      hub.deliver(counts(40, at));
      // Blocks are packed aside: between frames of a pipe there is time for it.
      await setImmediate();
    }
    await spool.end();
    const names = [...folder.files.keys()];
    expect(names.length).toBeGreaterThan(1);
    expect(names[0]).not.toBe('000001.mapscope');
    expect(spool.bytes).toBe(folder.bytes);
    expect(folder.bytes).toBeLessThanOrEqual(64 << 10);
    for (const name of names) {
      const recording = await folder.open(name);
      expect(recording.isWhole).toBe(true);
      expect(recording.flaws).toEqual([]);
    }
    const { model } = await modelAt(await folder.open(names.at(-1)!), hub.model.until);
    expect(plain(model)).toEqual(plain(hub.model));
  });

  test('never has more in its folder than its cap, while the state of everything is small', async () => {
    const hub = new Hub(),
      { spool, folder } = spoolOf(hub, { maxBytes: 128 << 10 });
    for (let at = 1n; at <= 1500n; at++) {
      hub.deliver(counts(30, at));
      await spool['work'];
      expect(folder.bytes).toBeLessThanOrEqual(128 << 10);
    }
    await spool.end();
  });

  test('ends a segment in time though packing is slower than the stream', async () => {
    const hub = new Hub();
    let packNow: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => (packNow = resolve)),
      { spool, folder } = spoolOf(hub, {
        maxBytes: 64 << 10,
        recording: () => ({ header: recordingHeader, deflate: (bytes) => slow.then(() => deflateRawSync(bytes, { level: 1 })) }),
      });
    for (let at = 1n; at <= 600n; at++) hub.deliver(counts(40, at));
    packNow();
    await spool.end();
    const names = [...folder.files.keys()];
    expect(names.length).toBeGreaterThan(1);
    expect(folder.bytes).toBeLessThanOrEqual(64 << 10);
    const { model } = await modelAt(await folder.open(names.at(-1)!), hub.model.until);
    expect(plain(model)).toEqual(plain(hub.model));
  });

  test('stops for good when the disk is full, says why once, and keeps what was written readable', async () => {
    const hub = new Hub(),
      { spool, folder, why } = spoolOf(hub);
    hub.deliver(marks(3, 1n));
    spool.flush();
    await spool['work'];
    folder.room = 10;
    for (let at = 2n; at < 50n; at++) {
      hub.deliver(marks(3, at));
      spool.flush();
      await spool['work'];
    }
    expect(spool.state).toBe('stopped');
    expect(why).toHaveLength(1);
    expect(why[0]).toMatchObject({ code: 'ENOSPC' });
    // The stream itself went on.
    expect(hub.model.until).toBe(50n);
    const { model } = await modelAt(await folder.open('000001.mapscope'), 2n);
    expect(model.marks.list()).toHaveLength(3);
    await spool.end();
    expect(spool.state).toBe('stopped');
  });

  test('leaves frames out rather than keep more than its limit for a slow disk', async () => {
    const hub = new Hub(),
      { spool, folder } = spoolOf(hub, { maxWaiting: 4096 });
    let open = (): void => undefined;
    folder.gate = new Promise((resolve) => (open = resolve));
    const text = noise(2000);
    for (let at = 1n; at < 300n; at++) {
      hub.deliver(marks(2, at, `${at}${text}`));
      spool.flush();
    }
    expect(spool['waiting']).toBeLessThan(4096 + 20_000);
    open();
    await spool['work'];
    hub.deliver(marks(1, 400n));
    await spool.end();
    const last = await folder.open([...folder.files.keys()].at(-1)!);
    const { model } = await modelAt(last, hub.model.until);
    expect(known(plain(model))).toEqual(known(plain(hub.model)));
    const lost: bigint[] = [];
    for (const name of folder.files.keys())
      for await (const frame of (await folder.open(name)).events())
        if (!isFlaw(frame) && frame.kind[0] === Kind.lost) lost.push(frame.result[0]!);
    expect(lost).toHaveLength(1);
    expect(lost[0]).toBeGreaterThan(100n);
  });
});
