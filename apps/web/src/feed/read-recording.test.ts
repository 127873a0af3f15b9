import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { frameOf, workload } from '@mapscope/shared/fixtures';
import { createModel, KeyframeRecorder, plain, reduce } from '@mapscope/shared/model';
import { type Frame, type Inflate, type RecordingHeader, RecordingWriter, sourceOf } from '@mapscope/shared/trace';
import { describe, expect, test } from 'vitest';
import { Picture } from './picture.ts';
import { readRecording, type ReadReport } from './read-recording.ts';

const header: RecordingHeader = {
  mapscope: '0',
  host: 'h',
  kernel: '6',
  pageSize: 4096,
  sources: [],
  clock: 'monotonic',
  commandLine: [],
  startedAt: '',
  startedAtTime: '0',
};
const inflate: Inflate = (packed) => new Uint8Array(inflateRawSync(packed));
const rows = [...workload({ writes: 40 })];
const frames: Frame[] = [];
for (let k = 0; k < rows.length; k += 100) frames.push(frameOf(rows.slice(k, k + 100)));

function record(parts: (writer: RecordingWriter) => readonly Uint8Array[]): Uint8Array {
  const writer = new RecordingWriter({ header, blockBytes: 4096, deflate: (bytes) => new Uint8Array(deflateRawSync(bytes)) });
  return Buffer.concat(parts(writer));
}
const whole = record((writer) => [writer.start(), ...frames.map((frame) => writer.frame(frame)), writer.end()]);

async function read(bytes: Uint8Array, isCancelled = () => false): Promise<ReadReport & { picture: Picture }> {
  const picture = new Picture();
  const report = await readRecording(sourceOf(bytes), inflate, {
    header: () => undefined,
    frame: (frame) => picture.apply(frame),
    keyframeEnd: () => picture.endFilling(),
    progress: () => undefined,
    isCancelled,
  });
  return { ...report, picture };
}

describe('readRecording', () => {
  test('gives the model that the stream gave', async () => {
    const { picture, damage, frames: n } = await read(whole),
      live = createModel();
    for (const frame of frames) reduce(live, frame);
    expect(damage).toBeUndefined();
    expect(n).toBe(frames.length);
    expect(plain(picture.model)).toEqual(plain(live));
  });

  test('begins with the keyframe of one that lost its beginning', async () => {
    const model = createModel(),
      half = frames.length >> 1;
    for (const frame of frames.slice(0, half)) reduce(model, frame);
    const spool = record((writer) => [
      writer.start(),
      new KeyframeRecorder(writer).keyframe(model),
      ...frames.slice(half).map((frame) => writer.frame(frame)),
      writer.end(),
    ]);
    for (const frame of frames.slice(half)) reduce(model, frame);
    const { picture } = await read(spool);
    expect(picture.isFilling).toBe(false);
    expect(plain(picture.model)).toEqual(plain(model));
  });

  test('says that a recording ends early, and shows what there is', async () => {
    const { picture, damage } = await read(whole.slice(0, whole.length * 0.6));
    expect(damage).toMatchObject({ what: 'Recording ends early', detail: expect.stringMatching(/could not be read\.$/) });
    expect(picture.model.files.size).toBeGreaterThan(0);
  });

  test('says what a file is not', async () => {
    const { damage, frames: n } = await read(new TextEncoder().encode('{"not":"a recording at all, but some other text"}'));
    expect(damage).toMatchObject({ what: 'This is no recording of mapscope', detail: expect.stringMatching(/^E_/) });
    expect(n).toBe(0);
  });

  test('counts damage inside', async () => {
    const damaged = whole.slice();
    damaged.fill(0xff, damaged.length / 2, damaged.length / 2 + 64);
    const { damage } = await read(damaged);
    expect(damage).toMatchObject({ what: 'Recording is damaged', detail: expect.stringMatching(/of it could not be read/) });
  });

  test('stops when it is told to', async () => {
    let asked = 0;
    const { frames: n } = await read(whole, () => ++asked > 1);
    expect(n).toBeLessThan(frames.length);
  });
});
