import { inflateRawSync } from 'node:zlib';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { modelAt, plain } from '@mapscope/shared/model';
import { BlockType, joined, openRecording, type Recording, sourceOf } from '@mapscope/shared/trace';
import { isFlaw } from '@mapscope/shared/units';
import { openTrace } from './open.ts';
import { recordTrace, type RecordOptions } from './recording.ts';

const TRACE = join(import.meta.dirname, '../../../../../packages/shared/src/fixtures/kernel/pagecache-xfs.dat');

async function imported(keyframes: RecordOptions['keyframes']): Promise<Recording> {
  const trace = await openTrace(TRACE, { buffer: undefined }),
    parts: Uint8Array[] = [];
  try {
    await recordTrace({
      trace,
      version: '0',
      commandLine: [],
      write: (bytes) => void parts.push(bytes.slice()),
      signal: new AbortController().signal,
      keyframes,
    });
  } finally {
    trace.close();
  }
  const recording = await openRecording(sourceOf(joined(parts)), (bytes, length) => inflateRawSync(bytes, { maxOutputLength: length }));
  if (isFlaw(recording)) throw new Error(recording.field);
  return recording;
}

test('recordTrace says of no inode a generation, and of no device how large its blocks are: no trace tells', async () => {
  const { model } = await modelAt(await imported(undefined), 2n ** 63n);
  expect(new Set([...model.files.all()].map(({ generation }) => generation))).toEqual(new Set([0n]));
  expect(new Set([...model.devices.values()].map(({ blockSize }) => blockSize))).toEqual(new Set([0]));
});

test('recordTrace gives a long trace keyframes, from which any moment of it is what the whole log says', async () => {
  const sought = await imported({ from: 0, afterRows: 500 }),
    whole = await imported(undefined),
    keyframes = ({ entries }: Recording): number => entries.filter(({ type }) => type === BlockType.keyframe).length;
  expect(keyframes(whole)).toBe(0);
  expect(keyframes(sought)).toBeGreaterThan(1);
  const { from, until } = whole.span!;
  for (let k = 0n; k <= 7n; k++) {
    const at = from + ((until - from) * k) / 7n,
      [a, b] = [await modelAt(sought, at), await modelAt(whole, at)];
    expect([a.flaws, b.flaws]).toEqual([[], []]);
    // A keyframe tells fewer of the operations that are over; of the files all.
    const { files } = plain(a.model) as { files: unknown };
    expect(files).toEqual((plain(b.model) as { files: unknown }).files);
  }
});
