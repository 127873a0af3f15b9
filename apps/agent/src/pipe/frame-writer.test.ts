import { closeSync } from 'node:fs';
import { pipe, read, setNonblock } from '@mapscope/native';
import { decodeFrame, type Frame, FrameBuilder, heapOf, Kind, SourceId } from '@mapscope/shared/trace';
import { isFlaw } from '@mapscope/shared/units';
import { afterEach, describe, expect, test } from 'vitest';
import { cutFrames } from './frame-reader.ts';
import { FrameWriter } from './frame-writer.ts';

const open: number[] = [];
afterEach(() => {
  for (const fd of open.splice(0)) closeSync(fd);
});

/** A pipe that the kernel keeps one page of, its reading end not blocking. */
function smallPipe(): readonly [reader: number, writer: number] {
  const ends = pipe(4096);
  if (typeof ends === 'number') throw new Error(`pipe: ${ends}`);
  setNonblock(ends[0], true);
  open.push(ends[0]);
  return ends;
}

/** `rows` marks at `at`; the frame's clock stands at `at` too. */
function frameOf(rows: number, at: bigint): Uint8Array {
  const builder = new FrameBuilder();
  for (let k = 0; k < rows; k++) builder.pid[builder.row(Kind.mark, at)] = k;
  return builder.take(at);
}

/** Everything that can be read now. */
function drain(fd: number, take: (chunk: Uint8Array) => void): void {
  for (;;) {
    const chunk = new Uint8Array(1000),
      n = read(fd, chunk);
    if (n <= 0) return;
    take(chunk.subarray(0, n));
  }
}

function collect(): { frames: Frame[]; take: (chunk: Uint8Array) => void } {
  const frames: Frame[] = [];
  const cut = cutFrames((bytes) => {
    const frame = decodeFrame(bytes);
    if (isFlaw(frame)) throw new Error(frame.code);
    frames.push(frame);
  });
  return { frames, take: (chunk) => expect(cut(chunk)).toBeUndefined() };
}

describe('FrameWriter', () => {
  test('keeps what the pipe has no room for, and a frame is whole however many writes it takes', async () => {
    const [reader, writer] = smallPipe(),
      out = new FrameWriter(writer, 1 << 20, SourceId.fuse),
      { frames, take } = collect();
    for (let at = 1n; at <= 20n; at++) out.send(frameOf(100, at));
    while (frames.length < 20) {
      drain(reader, take);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(frames.map((frame) => frame.until)).toEqual(Array.from({ length: 20 }, (_, k) => BigInt(k + 1)));
    expect(out.lost).toBe(0);
    await out.close(0);
  });

  test('drops whole frames past its limit, never waits, and says once how many rows were lost between which times', async () => {
    const [reader, writer] = smallPipe(),
      out = new FrameWriter(writer, 16_384, SourceId.fuse),
      { frames, take } = collect();
    for (let at = 1n; at <= 200n; at++) out.send(frameOf(50, at));
    expect(out.lost).toBeGreaterThan(0);
    drain(reader, take);
    // The next frame finds room again: first the gap, then itself.
    for (let at = 201n; frames.at(-1)?.until !== at - 1n; at++) {
      out.send(frameOf(1, at));
      drain(reader, take);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await out.close(100);
    const lost = frames.filter((frame) => frame.kind[0] === Kind.lost);
    expect(lost).toHaveLength(1);
    const gap = lost[0]!,
      k = frames.indexOf(gap);
    expect(gap.result[0]).toBe(BigInt(out.lost));
    expect(gap.source[0]).toBe(SourceId.fuse);
    expect(gap.offset[0]).toBe(frames[k - 1]!.until);
    expect(gap.until).toBeLessThan(frames[k + 1]!.until);
    const kept = frames.filter((frame) => frame.kind[0] === Kind.mark).reduce((sum, frame) => sum + frame.count, 0);
    expect(BigInt(kept) + gap.result[0]!).toBe(BigInt(200 * 50 + (frames.at(-1)!.until > 200n ? Number(frames.at(-1)!.until - 200n) : 0)));
  });

  test('says again behind the loss what is said once, and that its reader has been told', async () => {
    const [reader, writer] = smallPipe(),
      { frames, take } = collect();
    let gaps = 0;
    const out = new FrameWriter(writer, 16_384, SourceId.fuse, () => void gaps++);
    for (let at = 1n; at <= 100n; at++) {
      const rows = new FrameBuilder();
      for (let k = 0; k < 50; k++) rows.row(Kind.mark, at);
      rows.inode[rows.row(Kind.inodeGone, at)] = Number(at);
      rows.row(Kind.source, at);
      rows.bytes(Buffer.from(`source at ${at}`));
      out.send(rows.take(at));
    }
    expect(gaps).toBe(0);
    drain(reader, take);
    while (frames.at(-1)?.until !== 101n) {
      out.send(frameOf(0, 101n));
      drain(reader, take);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await out.close(0);
    expect(gaps).toBe(1);
    const k = frames.findIndex((frame) => frame.kind[0] === Kind.lost),
      kept = frames[k + 1]!,
      first = k + 1;
    expect(frames[k]!.result[0]).toBe(BigInt(50 * (101 - first)));
    expect(Array.from({ length: kept.count }, (_, i) => [kept.kind[i], kept.inode[i], Buffer.from(heapOf(kept, i)).toString()])).toEqual(
      Array.from({ length: 101 - first }, (_, i) => [
        [Kind.inodeGone, first + i, ''],
        [Kind.source, 0, `source at ${first + i}`],
      ]).flat(),
    );
    expect(new Set(kept.time)).toEqual(new Set([100n]));
  });

  test('lets a frame pass that is larger than its limit, when nothing else waits', async () => {
    const [reader, writer] = smallPipe(),
      out = new FrameWriter(writer, 4096, SourceId.fuse),
      { frames, take } = collect();
    out.send(frameOf(5000, 1n));
    while (frames.length === 0) {
      drain(reader, take);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect([frames[0]!.count, out.lost]).toEqual([5000, 0]);
    await out.close(0);
  });

  test('does not call an empty frame lost', async () => {
    const [reader, writer] = smallPipe(),
      out = new FrameWriter(writer, 8192, SourceId.fuse);
    out.send(frameOf(120, 1n));
    out.send(frameOf(120, 2n));
    for (let at = 3n; at < 100n; at++) out.send(frameOf(0, at));
    expect(out.lost).toBe(0);
    drain(reader, () => undefined);
    await out.close(0);
  });

  test('takes everything in silence once the reader is gone', async () => {
    const [reader, writer] = smallPipe(),
      out = new FrameWriter(writer, 1 << 20, SourceId.fuse);
    closeSync(reader);
    open.length = 0;
    for (let at = 1n; at <= 10n; at++) out.send(frameOf(1000, at));
    await out.close(100);
    expect(out.lost).toBe(0);
  });

  test('goes on without a reader: what was kept and what comes goes nowhere, and its number is not used again', () => {
    const [reader, writer] = smallPipe(),
      out = new FrameWriter(writer, 1 << 20, SourceId.fuse);
    for (let at = 1n; at <= 20n; at++) out.send(frameOf(40, at));
    closeSync(reader);
    open.splice(open.indexOf(reader), 1);
    for (let at = 21n; at <= 23n; at++) out.send(frameOf(40, at));
    const [next] = smallPipe();
    out.send(frameOf(40, 24n));
    expect(read(next, new Uint8Array(1000)), 'EAGAIN').toBe(-11);
  });
});
