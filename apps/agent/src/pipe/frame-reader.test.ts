import { pipe, write } from '@mapscope/native';
import { FrameBuilder, Kind } from '@mapscope/shared/trace';
import fc from 'fast-check';
import { closeSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cutFrames, readFrames } from './frame-reader.ts';

function frameOf(rows: number, at: bigint): Uint8Array {
  const builder = new FrameBuilder();
  for (let k = 0; k < rows; k++) builder.pid[builder.row(Kind.mark, at + BigInt(k))] = k;
  return builder.take(at + BigInt(rows));
}

describe('cutFrames', () => {
  test('gives the same frames however the bytes are cut', () => {
    const bytes = Buffer.concat([frameOf(0, 1n), frameOf(3, 2n), frameOf(700, 9n), frameOf(0, 1000n), frameOf(1, 2000n)]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 40 }), (places) => {
        const frames: Uint8Array[] = [],
          cut = cutFrames((frame) => frames.push(frame));
        const cuts = [0, ...new Set(places)].sort((a, b) => a - b);
        cuts.forEach((at, k) => expect(cut(bytes.subarray(at, cuts[k + 1]))).toBeUndefined());
        expect(frames).toHaveLength(5);
        expect(Buffer.concat(frames).equals(bytes)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test('answers the flaw of bytes that are no frame, behind the frames that are', () => {
    const frames: Uint8Array[] = [],
      cut = cutFrames((frame) => frames.push(frame));
    expect(cut(Buffer.concat([frameOf(2, 5n), Buffer.from('no frame at all')]))).toMatchObject({ code: 'E_MAGIC' });
    expect(frames).toHaveLength(1);
  });
});

describe('readFrames', () => {
  test('takes frames until the writer closes, then says so once', async () => {
    const ends = pipe();
    if (typeof ends === 'number') throw new Error(`pipe: ${ends}`);
    const [reader, writer] = ends;
    let taken = 0,
      isOver = 0;
    const over = new Promise<void>((resolve) =>
      readFrames(
        reader,
        () => taken++,
        (why) => {
          expect(why).toBeUndefined();
          isOver++;
          resolve();
        },
      ),
    );
    const frame = frameOf(20, 1n);
    for (let k = 0; k < 10; k++) expect(write(writer, frame)).toBe(frame.length);
    closeSync(writer);
    await over;
    expect([taken, isOver]).toEqual([10, 1]);
  });

  test('says why when the stream is out of step, and takes nothing behind it', async () => {
    const ends = pipe();
    if (typeof ends === 'number') throw new Error(`pipe: ${ends}`);
    const [reader, writer] = ends;
    let taken = 0;
    const over = new Promise<string | undefined>((resolve) =>
      readFrames(
        reader,
        () => taken++,
        (why) => resolve(why?.code),
      ),
    );
    write(writer, frameOf(1, 1n));
    write(writer, Buffer.alloc(64, 0x41));
    write(writer, frameOf(1, 1n));
    expect(await over).toBe('E_MAGIC');
    expect(taken).toBe(1);
    closeSync(writer);
  });
});
