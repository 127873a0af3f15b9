import { closeSync, openSync, writeSync } from 'node:fs';
import { constants, deflateRawSync } from 'node:zlib';
import { createModel, KeyframeRecorder, reduce } from '@mapscope/shared/model';
import { type Frame, RecordingWriter } from '@mapscope/shared/trace';
import { decoded } from './reducing.ts';
import { Writes } from './writes.ts';

export interface BigRecording {
  readonly events: number;
  readonly inodes: number;
  readonly bytes: number;
  readonly keyframes: number;
  /** Of `bytes`. */
  readonly keyframeBytes: number;
  readonly cpuMs: number;
  /** CPU of one keyframe, the median: what it holds up the hub for, packing aside. */
  readonly keyframeMs: number;
}

const header = {
  mapscope: 'bench',
  host: '',
  kernel: '',
  pageSize: 4096,
  sources: ['fuse', 'tracefs'],
  clock: 'CLOCK_MONOTONIC',
  commandLine: [],
  startedAt: '',
  startedAtTime: '0',
};

/** Writes a recording of a made-up busy mount with that many files. The same bytes every time. `seen` gets the frames, until it says that it has enough. */
export function writeBigRecording(path: string, events: number, inodes: number, seen: (frame: Frame) => boolean): BigRecording {
  const fd = openSync(path, 'w'),
    model = createModel(),
    writes = new Writes(inodes),
    writer = new RecordingWriter({
      header,
      // As the agent records: a block for every frame.
      blockBytes: 1,
      deflate: (bytes) => deflateRawSync(bytes, { level: 1 }),
      deflatePart: (bytes) => deflateRawSync(bytes, { level: 1, finishFlush: constants.Z_SYNC_FLUSH }),
    }),
    recorder = new KeyframeRecorder(writer),
    spent: number[] = [],
    before = process.cpuUsage();
  const append = (bytes: Uint8Array): void => {
    if (bytes.length > 0) writeSync(fd, bytes);
  };
  let made = 0,
    keyframeBytes = 0,
    isSeen = true;
  append(writer.start());
  while (made < events) {
    const frame = decoded(writes.frame(made / events));
    reduce(model, frame);
    append(writer.frame(frame));
    made += frame.count;
    isSeen = isSeen && seen(frame);
    if (!writer.wantsKeyframe) continue;
    const { user, system } = process.cpuUsage(),
      keyframe = recorder.keyframe(model);
    append(keyframe);
    keyframeBytes += keyframe.length;
    const after = process.cpuUsage();
    spent.push((after.user + after.system - user - system) / 1000);
  }
  append(writer.end());
  closeSync(fd);
  const { user, system } = process.cpuUsage(before);
  spent.sort((a, b) => a - b);
  return {
    events: made,
    inodes: model.files.size,
    bytes: writer.size,
    keyframes: spent.length,
    keyframeBytes,
    cpuMs: (user + system) / 1000,
    keyframeMs: spent[spent.length >> 1] ?? 0,
  };
}
