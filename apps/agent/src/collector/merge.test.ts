import { decodeFrame, type Frame, FrameBuilder, heapOf, Kind, SourceId } from '@mapscope/shared/trace';
import { isFlaw } from '@mapscope/shared/units';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Merge, type MergeOptions } from './merge.ts';

/** A row as a test sees it: its time, and a name that says where it came from. */
interface Row {
  readonly at: bigint;
  readonly name: string;
}

function frameOf(rows: readonly Row[], until: bigint, source: SourceId): Frame {
  const builder = new FrameBuilder();
  for (const { at, name } of rows) {
    builder.source[builder.row(Kind.mark, at)] = source;
    builder.bytes(Buffer.from(name));
  }
  return decodeFrame(builder.take(until)) as Frame;
}

function gathering(options: Partial<MergeOptions> = {}): { merge: Merge; frames: Frame[]; rows: () => Row[]; late: () => bigint[] } {
  const frames: Frame[] = [];
  const merge = new Merge({
    ...options,
    sink: (bytes) => {
      const frame = decodeFrame(bytes.slice());
      if (isFlaw(frame)) throw new Error(frame.code);
      frames.push(frame);
    },
  });
  const of = (kind: Kind) =>
    frames.flatMap((frame) => Array.from({ length: frame.count }, (_, i) => ({ frame, i })).filter(({ i }) => frame.kind[i] === kind));
  return {
    merge,
    frames,
    rows: () => of(Kind.mark).map(({ frame, i }) => ({ at: frame.time[i]!, name: Buffer.from(heapOf(frame, i)).toString() })),
    late: () => of(Kind.late).map(({ frame, i }) => frame.result[i]!),
  };
}

const row = (at: number | bigint, name: string): Row => ({ at: BigInt(at), name });

describe('Merge', () => {
  test('holds a row until every clock has passed it', () => {
    const { merge, rows } = gathering(),
      a = merge.open(SourceId.fuse),
      b = merge.open(SourceId.tracefs);
    a.take(frameOf([row(10, 'a')], 20n, SourceId.fuse));
    merge.release(30n);
    expect(rows()).toEqual([]);
    b.take(frameOf([row(5, 'b')], 15n, SourceId.tracefs));
    merge.release(30n);
    expect(rows()).toEqual([row(5, 'b'), row(10, 'a')]);
  });

  test('waits no longer than its patience for a stream that says nothing', () => {
    const { merge, rows } = gathering(),
      a = merge.open(SourceId.fuse, 100n);
    merge.open(SourceId.tracefs, 100n);
    a.take(frameOf([row(10, 'a')], 20n, SourceId.fuse));
    merge.release(110n);
    expect(rows()).toEqual([]);
    merge.release(111n);
    expect(rows()).toEqual([row(10, 'a')]);
  });

  test('does not wait for a stream that has ended', () => {
    const { merge, rows } = gathering(),
      a = merge.open(SourceId.fuse),
      b = merge.open(SourceId.tracefs);
    b.end();
    a.take(frameOf([row(10, 'a')], 20n, SourceId.fuse));
    merge.release(20n);
    expect(rows()).toEqual([row(10, 'a')]);
  });

  test('gives the stream that was opened first the first word at one moment', () => {
    const { merge, rows } = gathering(),
      a = merge.open(SourceId.fuse),
      b = merge.open(SourceId.tracefs);
    b.take(frameOf([row(5, 'b1'), row(5, 'b2')], 9n, SourceId.tracefs));
    a.take(frameOf([row(5, 'a1'), row(5, 'a2'), row(6, 'a3')], 9n, SourceId.fuse));
    merge.release(0n);
    expect(rows().map(({ name }) => name)).toEqual(['a1', 'a2', 'b1', 'b2', 'a3']);
  });

  test('stamps a row that comes behind the watermark, and counts it', () => {
    const { merge, rows, late } = gathering(),
      a = merge.open(SourceId.fuse, 0n),
      b = merge.open(SourceId.tracefs, 0n);
    a.take(frameOf([row(10, 'a')], 50n, SourceId.fuse));
    merge.release(50n);
    b.take(frameOf([row(20, 'late'), row(60, 'b')], 70n, SourceId.tracefs));
    a.take(frameOf([], 100n, SourceId.fuse));
    merge.release(50n);
    expect(rows()).toEqual([row(10, 'a'), row(50, 'late'), row(60, 'b')]);
    expect(late()).toEqual([1n]);
    expect(merge.late).toBe(1);
  });

  test('passes a whole frame of a lonely stream on as the same bytes, with its own clock and number', () => {
    const sent: Uint8Array[] = [],
      merge = new Merge({ sink: (bytes) => sent.push(bytes) }),
      a = merge.open(SourceId.fuse);
    const first = frameOf([row(1, 'x')], 2n, SourceId.fuse),
      second = frameOf([row(3, 'y')], 9n, SourceId.fuse);
    a.take(first);
    a.take(second);
    merge.release(0n);
    expect(sent[0]).toBe(first.bytes);
    expect(sent[1]).toBe(second.bytes);
    expect(sent.map((bytes) => decodeFrame(bytes) as Frame).map(({ until, sequence }) => [until, sequence])).toEqual([
      [1n, 0],
      [9n, 1],
    ]);
  });

  test('says how far the clock is while nothing happens', () => {
    const { merge, frames } = gathering({ beat: 25n }),
      a = merge.open(SourceId.fuse);
    for (let now = 1n; now <= 100n; now++) {
      a.take(frameOf([], now, SourceId.fuse));
      merge.release(now);
    }
    expect(frames.map(({ until, count }) => [until, count])).toEqual([
      [25n, 0],
      [50n, 0],
      [75n, 0],
      [100n, 0],
    ]);
  });

  test('lets rows go when too many wait, whoever is waited for', () => {
    const { merge, rows } = gathering({ maxBytes: 4096 }),
      a = merge.open(SourceId.fuse);
    merge.open(SourceId.tracefs);
    for (let at = 1; at <= 50; at++) a.take(frameOf([row(at, 'a')], BigInt(at), SourceId.fuse));
    merge.release(100n);
    expect(rows()).toHaveLength(50);
    expect(merge.waiting).toBe(0);
  });

  test('gives every row once, in order, however streams are cut, delayed and interleaved', () => {
    const step = fc.record({
      source: fc.integer({ min: 0, max: 2 }),
      gaps: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 6 }),
      pause: fc.integer({ min: 0, max: 30 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { merge, frames, rows } = gathering({ beat: 10n });
        const streams = [SourceId.fuse, SourceId.tracefs, SourceId.pagecache].map((source) => ({
          source,
          stream: merge.open(source, 25n),
          clock: 0n,
          n: 0,
        }));
        const given: Row[] = [];
        let now = 0n;
        for (const { source, gaps, pause } of steps) {
          const it = streams[source]!;
          const own = gaps.map((gap) => row((it.clock += BigInt(gap)), `${source}.${it.n++}`));
          given.push(...own);
          it.stream.take(frameOf(own, it.clock, it.source));
          now += BigInt(pause);
          merge.release(now);
        }
        merge.end();
        const out = rows();
        // Nothing is lost or doubled, nothing goes back in time, and each stream keeps its own order.
        expect(out.map(({ name }) => name).sort()).toEqual(given.map(({ name }) => name).sort());
        for (let i = 1; i < out.length; i++) expect(out[i]!.at >= out[i - 1]!.at).toBe(true);
        for (let k = 0; k < 3; k++)
          expect(out.filter(({ name }) => name.startsWith(`${k}.`)).map(({ name }) => name)).toEqual(
            given.filter(({ name }) => name.startsWith(`${k}.`)).map(({ name }) => name),
          );
        // A row that was not late has its own time.
        const moved = out.filter(({ name, at }) => given.find((one) => one.name === name)!.at !== at);
        expect(moved).toHaveLength(merge.late);
        // Each clock is true: no later frame has a row earlier than it.
        frames.forEach(({ until }, k) => {
          for (const later of frames.slice(k + 1)) for (let i = 0; i < later.count; i++) expect(later.time[i]! >= until).toBe(true);
        });
        // And without a late row it is exactly what sorting gives.
        if (merge.late === 0)
          expect(out.map(({ name }) => name)).toEqual(
            [...given]
              .sort(
                (a, b) => Number(a.at - b.at) || Number(a.name[0]) - Number(b.name[0]) || Number(a.name.slice(2)) - Number(b.name.slice(2)),
              )
              .map(({ name }) => name),
          );
      }),
      { numRuns: 300 },
    );
  });
});
