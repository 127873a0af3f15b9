import { type EventRow, frameOf, workload, recordingHeader } from '@mapscope/shared/fixtures';
import { createModel, KeyframeRecorder, type Model, modelAt, plain, reduce } from '@mapscope/shared/model';
import { joined, Kind, openRecording, opId, OpType, type Recording, RecordingWriter, SourceId, sourceOf } from '@mapscope/shared/trace';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { OpHistory } from './op-history.ts';
import { Playhead } from './playhead.ts';
import { Replay } from './replay.ts';
import { type Recorded, recordedIn, type Stretch } from './stretch.ts';

/** A file that nothing happens to before the very end. */
const RARE = 999;
const busy = [...workload({ writes: 80 })],
  rare = { op: opId(SourceId.fuse, 9_000_000), inode: RARE, source: SourceId.fuse, type: OpType.iomap },
  end = busy.at(-1)!.time;
const rows: readonly EventRow[] = [
    ...busy,
    { ...rare, kind: Kind.opBegin, time: end + 1000n, length: 4096n },
    { ...rare, kind: Kind.opEnd, time: end + 2000n },
  ],
  times = rows.map(({ time }) => time),
  first = times[0]!,
  last = times.at(-1)!;

/** A recording with a keyframe every so many frames of ten rows. */
async function record(keyframeEvery: number, upTo = rows.length): Promise<Recording> {
  const writer = new RecordingWriter({ header: recordingHeader, blockBytes: 1 }),
    keyframes = new KeyframeRecorder(writer),
    model = createModel(),
    parts = [writer.start(), keyframes.keyframe(model)];
  let n = 0;
  for (let k = 0; k < upTo;) {
    let to = Math.min(k + 10, upTo);
    while (to < upTo && rows[to]!.time === rows[to - 1]!.time) to++;
    const frame = frameOf(rows.slice(k, to));
    reduce(model, frame);
    parts.push(writer.frame(frame));
    if (++n % keyframeEvery === 0) parts.push(keyframes.keyframe(model));
    k = to;
  }
  parts.push(writer.end());
  return (await openRecording(sourceOf(joined(parts)))) as Recording;
}

const then = async (recording: Recording, at: bigint): Promise<Model> => (await modelAt(recording, at)).model;
/** A keyframe of a recording carries fewer old operations than a model keeps: the newest are compared. */
const says = (model: Model): unknown => plain(model, { recentOps: 20 });

describe('Playhead', () => {
  test('shows the model of any moment of its stretch, moved to it from any other', async () => {
    const recording = await record(1000),
      stretch = await recordedIn(recording).stretch(first),
      moment = fc.bigInt({ min: first, max: last });
    await fc.assert(
      fc.asyncProperty(fc.array(moment, { minLength: 1, maxLength: 6 }), async (moments) => {
        const playhead = new Playhead(stretch);
        for (const at of moments) playhead.moveTo(at);
        expect(says(playhead.model)).toEqual(says(await then(recording, moments.at(-1)!)));
      }),
      { numRuns: 25 },
    );
  });

  test('makes another model only to go back', async () => {
    const playhead = new Playhead(await recordedIn(await record(1000)).stretch(first)),
      [a, b] = [times[200]!, times[400]!];
    playhead.moveTo(a);
    const { model } = playhead;
    playhead.moveTo(b);
    expect(playhead.model).toBe(model);
    playhead.moveTo(a);
    expect(playhead.model).not.toBe(model);
  });
});

describe('OpHistory', () => {
  test('has the operations of all its stretches and no maps', async () => {
    const recorded = recordedIn(await record(12)),
      stretches: Stretch[] = [];
    for (let at: bigint | undefined = first; at !== undefined; at = stretches.at(-1)!.next) stretches.push(await recorded.stretch(at));
    expect(stretches.length).toBeGreaterThan(3);
    const { model } = new OpHistory(stretches as [Stretch, ...Stretch[]], 4096n),
      whole = await then(await record(1000), last);
    expect(model.ops.endedCount).toBe(whole.ops.endedCount);
    expect(model.until).toBe(stretches.at(-1)!.until);
    for (const file of model.files.all()) expect([file.data.size, file.folios.size]).toEqual([0, 0]);
    expect([...model.files.all()].map(({ pathText }) => pathText)).toEqual([...whole.files.all()].map(({ pathText }) => pathText));
  });
});

interface Stage {
  readonly replay: Replay;
  readonly asked: bigint[];
  readonly reachedEnd: ReturnType<typeof vi.fn>;
  pass(ms: number): void;
}

function stage(recorded: Recorded, at = last): Stage {
  const asked: bigint[] = [],
    reachedEnd = vi.fn();
  let now = 0;
  const counting: Recorded = {
    ...recorded,
    stretch(moment) {
      asked.push(moment);
      return recorded.stretch(moment);
    },
  };
  const replay = new Replay(counting, at, { pageSize: 4096n, now: () => now, changed: () => undefined, reachedEnd });
  return { replay, asked, reachedEnd, pass: (ms) => void (now += ms) };
}
const msBetween = (from: bigint, to: bigint): number => Number(to - from) / 1e6;
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

describe('Replay', () => {
  test('seeks to any moment, both ways, as the recording has it', async () => {
    const recording = await record(8),
      { replay } = stage(recordedIn(recording));
    for (const at of [last, times[100]!, times[300]!, times[299]!, first]) {
      await replay.seek(at);
      expect(replay.view).toMatchObject({ at, isPlaying: false, isLoading: false, why: '' });
      expect(says(replay.shown!.model)).toEqual(says(await then(recording, at)));
    }
  });

  test('asks for a stretch once, while moments in it are looked at', async () => {
    const { replay, asked } = stage(recordedIn(await record(1000)));
    for (const at of [times[5]!, times[50]!, times[6]!]) await replay.seek(at);
    expect(asked).toHaveLength(1);
  });

  test('shows of several moments that are wanted in a row the last', async () => {
    const recording = await record(8),
      { replay } = stage(recordedIn(recording));
    await Promise.all([replay.seek(times[10]!), replay.seek(last), replay.seek(times[150]!)]);
    expect(replay.view.at).toBe(times[150]!);
    expect(says(replay.shown!.model)).toEqual(says(await then(recording, times[150]!)));
  });

  test('knows operations that are later than the moment on screen', async () => {
    const { replay } = stage(recordedIn(await record(1000)));
    await replay.seek(times[100]!);
    const { model, ops } = replay.shown!;
    expect(ops.ops.endedCount).toBeGreaterThan(model.ops.endedCount);
  });

  test('plays by the clock, over the end of a stretch, and says when it comes to the end', async () => {
    const { replay, pass, reachedEnd } = stage(recordedIn(await record(8)));
    await replay.seek(first);
    replay.play();
    pass(msBetween(first, times[50]!));
    replay.tick();
    expect(replay.view.at).toBe(times[50]!);
    pass(msBetween(times[50]!, times[300]!));
    replay.tick();
    await settled();
    expect(replay.view).toMatchObject({ at: times[300]!, isPlaying: true });
    expect(reachedEnd).not.toHaveBeenCalled();
    pass(3_600_000);
    for (let n = 0; n < 5 && reachedEnd.mock.calls.length === 0; n++) {
      replay.tick();
      await settled();
    }
    expect(reachedEnd).toHaveBeenCalledTimes(1);
    expect(replay.view.isPlaying).toBe(false);
    expect(replay.view.at >= last).toBe(true);
  });

  test('plays as fast as it can be shown, and slower or faster than it was', async () => {
    const { replay, pass, reachedEnd } = stage(recordedIn(await record(8)));
    await replay.seek(first);
    replay.setSpeed(0.5);
    replay.play();
    pass(2);
    replay.tick();
    expect(replay.view.at).toBe(first + 1_000_000n);
    replay.setSpeed(Infinity);
    for (let n = 0; n < 100 && reachedEnd.mock.calls.length === 0; n++) {
      replay.tick();
      await settled();
    }
    expect(reachedEnd).toHaveBeenCalledTimes(1);
  });

  test('goes on with what has been recorded since it came to the end', async () => {
    const half = rows.length >> 1;
    let recording = await record(1000, half);
    const { replay } = stage({ ...recordedIn(recording), stretch: (at) => recordedIn(recording).stretch(at) });
    await replay.seek(times[10]!);
    const { model } = replay.shown!;
    recording = await record(1000);
    await replay.seek(times[half + 50]!);
    // The same stretch has grown: what was shown goes on.
    expect(replay.shown!.model).toBe(model);
    expect(says(replay.shown!.model)).toEqual(says(await then(recording, times[half + 50]!)));
    const whole = await then(recording, last);
    expect(replay.shown!.ops.ops.endedTotal).toBe(whole.ops.endedTotal);
  });

  test('steps from one operation on a file to the next and back, through stretches', async () => {
    const recording = await record(8),
      { replay } = stage(recordedIn(recording)),
      inode = 1,
      seen: bigint[] = [];
    await replay.seek(first);
    for (let n = 0; n < 12; n++) {
      const target = await replay.step(1, 'op', inode);
      expect(target).toMatchObject({ kind: 'op', inode });
      seen.push(replay.view.at);
    }
    expect(seen).toEqual([...seen].sort((a, b) => (a < b ? -1 : 1)));
    expect(new Set(seen).size).toBe(12);
    for (const at of seen.slice(0, -1).reverse()) {
      await replay.step(-1, 'op', inode);
      expect(replay.view.at).toBe(at);
    }
    expect(says(replay.shown!.model)).toEqual(says(await then(recording, seen[0]!)));
  });

  test('steps to an operation far away without reading what lies between', async () => {
    const recording = await record(8),
      { replay, asked } = stage(recordedIn(recording));
    await replay.seek(first);
    expect(await replay.step(1, 'op', RARE)).toMatchObject({ kind: 'op', inode: RARE });
    expect(replay.view.at).toBe(last);
    expect(asked.length).toBeLessThan(5);
  });

  test('stays where it is when there is no operation to step to', async () => {
    const { replay } = stage(recordedIn(await record(8)));
    await replay.seek(times[20]!);
    expect(await replay.step(1, 'op', 4_000_000)).toBeUndefined();
    expect(replay.view).toMatchObject({ at: times[20]!, isLoading: false });
  });

  test('fetches what lies beside the stretch on screen, when its operations are in view', async () => {
    const { replay, asked } = stage(recordedIn(await record(8)));
    await replay.seek(times[150]!);
    const { endedCount } = replay.shown!.ops.ops;
    await replay.cover(first, last, last);
    await replay.cover(first, last, last);
    expect(asked).toHaveLength(3);
    expect(replay.shown!.ops.ops.endedCount).toBeGreaterThan(endedCount);
    expect(replay.view.at).toBe(times[150]!);
  });

  test('says why a moment cannot be shown, and shows another one when it can', async () => {
    const recording = await record(8);
    let isThere = false;
    const { replay } = stage({
      find: () => Promise.resolve(undefined),
      stretch: (at) => (isThere ? recordedIn(recording).stretch(at) : Promise.reject(new Error('What was so then is no longer kept.'))),
    });
    await replay.seek(first);
    expect(replay.view).toMatchObject({ why: 'What was so then is no longer kept.', isLoading: false });
    expect(replay.shown).toBeUndefined();
    isThere = true;
    await replay.seek(times[7]!);
    expect(replay.view.why).toBe('');
  });
});
