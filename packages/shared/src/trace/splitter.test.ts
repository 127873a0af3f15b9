import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { isFlaw } from '../units/index.ts';
import { hex, joined } from '../fixtures/bytes.ts';
import { frameOf } from '../fixtures/rows.ts';
import { lawMs, lawRuns } from '../fixtures/runs.ts';
import type { Frame } from './frame.ts';
import { FRAME_HEADER } from './frame.ts';
import { Kind } from './kind.ts';
import { FrameSplitter, type SplitterOptions } from './splitter.ts';

vi.setConfig({ testTimeout: lawMs() });

const sample = [0, 3, 0, 17, 1].map((n, k) =>
  frameOf(
    Array.from({ length: n }, (_, i) => ({ kind: Kind.mark, time: BigInt(k * 100 + i), bytes: Uint8Array.of(i, k) })),
    BigInt(k),
  ),
);
const stream = joined(sample.map(({ bytes }) => bytes));

/** Feed `bytes` cut at these places. */
function split(bytes: Uint8Array, cuts: readonly number[], options?: SplitterOptions) {
  const splitter = new FrameSplitter(options),
    edges = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  const out = edges.slice(1).flatMap((to, k) => splitter.feed(bytes.slice(edges[k], to)));
  return { splitter, frames: out.filter((it) => !isFlaw(it)) as Frame[], flaws: out.filter(isFlaw) };
}
const cutsIn = (bytes: Uint8Array) => fc.array(fc.nat(bytes.length), { maxLength: 12 });

describe('feed', () => {
  test('gives the same frames for every chunking', () => {
    fc.assert(
      fc.property(cutsIn(stream), (cuts) => {
        const { frames, flaws, splitter } = split(stream, cuts);
        expect(frames.map(({ bytes }) => hex(bytes))).toEqual(sample.map(({ bytes }) => hex(bytes)));
        expect(flaws).toEqual([]);
        expect(splitter.pending).toBe(0);
      }),
      lawRuns(),
    );
  });

  test('takes the stream one byte at a time', () => {
    const cuts = Array.from({ length: stream.length }, (_, k) => k);
    expect(split(stream, cuts).frames.map(({ until }) => until)).toEqual([0n, 1n, 2n, 3n, 4n]);
  });

  test('copies nothing of a frame that lies in one chunk at a multiple of eight', () => {
    const [frame] = new FrameSplitter().feed(stream.slice()) as Frame[];
    expect(frame!.bytes.buffer.byteLength).toBe(stream.length);
  });

  test('holds no more than the frame it waits for', () => {
    const splitter = new FrameSplitter(),
      { bytes } = sample[3]!;
    for (const byte of bytes.subarray(0, bytes.length - 1)) {
      splitter.feed(Uint8Array.of(byte));
      expect(splitter.pending).toBeLessThan(bytes.length);
    }
    expect(splitter.pending).toBe(bytes.length - 1);
  });

  test('stops at the first flaw, says once where in the stream it is, and takes nothing after it', () => {
    const bytes = joined([sample[1]!.bytes, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), sample[3]!.bytes]);
    fc.assert(
      fc.property(cutsIn(bytes), (cuts) => {
        const { frames, flaws } = split(bytes, cuts);
        expect(frames).toHaveLength(1);
        expect(flaws).toMatchObject([{ code: 'E_MAGIC', at: sample[1]!.bytes.length }]);
      }),
      lawRuns(0.3),
    );
  });

  test('finds the next frame behind damage when asked to, with one flaw a gap', () => {
    const rubbish = Uint8Array.of(0x4d, 0x53, 0x46, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    const bytes = joined([sample[1]!.bytes, rubbish, sample[3]!.bytes, rubbish, rubbish, sample[4]!.bytes]);
    fc.assert(
      fc.property(cutsIn(bytes), (cuts) => {
        const { frames, flaws, splitter } = split(bytes, cuts, { behindFlaw: 'resync' });
        expect(frames.map(({ until }) => until)).toEqual([1n, 3n, 4n]);
        expect(flaws).toHaveLength(2);
        expect(splitter.skipped).toBe(3 * rubbish.length);
      }),
      lawRuns(0.3),
    );
  });

  test('passes over a frame whose size is right and whose inside is not', () => {
    const bad = sample[3]!.bytes.slice();
    new DataView(bad.buffer).setUint32(12, 5, true);
    const { frames, flaws } = split(joined([bad, sample[4]!.bytes]), [FRAME_HEADER], { behindFlaw: 'resync' });
    expect(frames.map(({ until }) => until)).toEqual([4n]);
    expect(flaws).toMatchObject([{ code: 'E_SIZE' }]);
  });

  test('never throws, whatever is fed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(...sample.map(({ bytes }) => bytes))), { maxLength: 8 }),
        fc.constantFrom('stop', 'resync'),
        (chunks, behindFlaw) => {
          const splitter = new FrameSplitter({ behindFlaw });
          for (const chunk of chunks) for (const it of splitter.feed(chunk)) expect(isFlaw(it) || it.count >= 0).toBe(true);
        },
      ),
      lawRuns(),
    );
  });
});
