import { frameOf, workload, recordingHeader } from '@mapscope/shared/fixtures';
import { createModel, KeyframeRecorder, modelAt, plain, reduce, snapshot, totals } from '@mapscope/shared/model';
import {
  BlockType,
  decodeFrame,
  type Frame,
  joined,
  openRecording,
  type Recording,
  RecordingWriter,
  sourceOf,
} from '@mapscope/shared/trace';
import { describe, expect, test, vi } from 'vitest';
import { OnScreen } from './on-screen.ts';
import { overviewIn } from './overview.ts';
import { recordedIn } from './stretch.ts';

/** Seconds, not milliseconds: as long as a person looks. */
const rows = [...workload({ writes: 30 })].map((row) => ({ ...row, time: row.time * 1000n })),
  half = rows.length >> 1,
  [before, after] = [frameOf(rows.slice(0, half), rows[half]!.time), frameOf(rows.slice(half))];

function recorded(): Uint8Array {
  const writer = new RecordingWriter({ header: recordingHeader }),
    parts = [writer.start(), new KeyframeRecorder(writer).keyframe(createModel()), writer.frame(before), writer.frame(after), writer.end()];
  return joined(parts);
}
const recording = async (): Promise<Recording> => (await openRecording(sourceOf(recorded()))) as Recording;

/** A page that has heard the first half of the stream, from an agent that keeps a recording of all of it. */
async function stage(isKept = true) {
  const kept = await recording(),
    pause = vi.fn();
  const looking = isKept
    ? recordedIn(kept)
    : {
        find: () => Promise.resolve(undefined),
        stretch: () => Promise.reject(new Error('No recording is kept of this run.')),
      };
  let now = 0;
  const screen = new OnScreen({ pause, looking: looking as never }, { now: () => now, changed: () => undefined });
  screen.frame(before);
  screen['picture'].isSettled = true;
  if (isKept) screen.hearOverview(await overviewIn(kept));
  return { screen, kept, pause, pass: (ms: number) => void (now += ms) };
}
const whole = createModel();
for (const frame of [before, after]) reduce(whole, frame);

describe('OnScreen', () => {
  test('is live until somebody freezes it, and then stands still while recording goes on', async () => {
    const { screen, pause } = await stage();
    expect(screen.view).toBeUndefined();
    screen.freeze();
    expect(screen.view).toMatchObject({ at: screen.shown.model.until, isPlaying: false });
    expect(pause).toHaveBeenLastCalledWith(true);
    // The picture that was there is the picture that stands still: nothing has to come for it.
    expect(screen.shown.model.until).toBe(rows[half]!.time);
    screen.live();
    expect(screen.view).toBeUndefined();
    expect(pause).toHaveBeenLastCalledWith(false);
  });

  test('gives who freezes before there is a picture the first one', () => {
    const screen = new OnScreen({ pause: vi.fn(), looking: {} as never }, { now: () => 0, changed: () => undefined });
    screen.freeze();
    expect(screen.view).toBeUndefined();
    screen['picture'].isSettled = true;
    screen.frame(before);
    expect(screen.view).toMatchObject({ at: rows[half]!.time });
  });

  test('shows any moment of what is recorded, also one that this page has not heard', async () => {
    const { screen } = await stage();
    expect(screen.newest).toBe(rows.at(-1)!.time + 1n);
    await screen.seek(rows.at(-1)!.time);
    expect(screen.shown.model.files.size).toBe(whole.files.size);
    await screen.seek(rows[10]!.time);
    expect(screen.view).toMatchObject({ at: rows[10]!.time });
  });

  test('tells the page cache of before the moment on screen, as it was', async () => {
    const { screen, kept } = await stage(),
      file = { inode: 1, path: '', from: 0n, to: undefined };
    expect(screen.momentsBefore(file)).toEqual([]);
    await screen.seek(rows.at(-1)!.time);
    const moments = screen.momentsBefore(file),
      { at: shown } = screen.view!;
    expect(moments.length).toBeGreaterThan(0);
    for (const moment of moments) {
      const { model } = await modelAt(kept, moment.at);
      expect(moment.at < shown).toBe(true);
      expect(moment.dirty).toBe(totals(model.files.find(1)!).dirty);
    }
  });

  test('plays from where it stands, and is live when it comes to the newest', async () => {
    const { screen, pass } = await stage();
    await screen.seek(rows[10]!.time);
    screen.play();
    expect(screen.tick()).toBe(true);
    pass(60_000);
    for (let n = 0; n < 5 && screen.view; n++) {
      screen.tick();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    expect(screen.view).toBeUndefined();
    expect(screen.tick()).toBe(false);
  });

  test('goes on live where nothing is recorded, and says so when asked for a moment', async () => {
    const { screen } = await stage(false);
    expect(screen.isRecorded).toBe(false);
    screen.freeze();
    screen.play();
    expect(screen.view).toBeUndefined();
    await screen.seek(5n);
    expect(screen.view).toMatchObject({ why: 'No recording is kept of this run.' });
    // What was on screen stays there.
    expect(screen.shown.model.files.size).toBeGreaterThan(0);
  });

  test('counts what it hears where nothing is recorded, and by the index where it is', async () => {
    const heard = (await stage(false)).screen.shown.overview,
      told = (await stage()).screen.shown.overview;
    const operations = ({ counts }: typeof told): number => counts.operations.reduce((a, b) => a + b, 0);
    expect(operations(heard)).toBeGreaterThan(0);
    expect(operations(told)).toBeGreaterThan(operations(heard));
  });

  test('counts what it hears anew where the clock went back, as that of another agent may', async () => {
    const { screen } = await stage(false),
      other = createModel();
    reduce(other, frameOf(rows.slice(0, 40).map((row) => ({ ...row, time: row.time - rows[0]!.time + 1n }))));
    for (const bytes of snapshot(other)) screen.frame(decodeFrame(bytes) as Frame);
    const { overview, model } = screen.shown;
    expect(model.until).toBe(other.until);
    expect(overview.from).toBeLessThan(other.until);
    expect(overview.counts.operations.reduce((a, b) => a + b, 0)).toBeGreaterThan(0);
  });

  test('says of a recording that was opened how many of its parts are damaged, those too that nobody looks at', async () => {
    const { screen, kept: whole } = await stage(),
      bytes = recorded(),
      events = whole.entries.findIndex(({ type }) => type === BlockType.events);
    bytes[whole.entries[events]!.at + 60]! ^= 1;
    const damaged = (await openRecording(sourceOf(bytes))) as Recording;
    // Of it nothing but its first moment is looked at.
    await screen.open({ ...damaged, span: undefined }, await overviewIn(whole));
    await vi.waitFor(() => expect(screen.damage).toEqual({ what: 'Recording is damaged', detail: '1 part of it could not be read.' }));
    await screen.open(whole, await overviewIn(whole));
    expect(screen.damage).toBeUndefined();
  });

  test('opens a recording at its end, in place of the agent, and lets it go again', async () => {
    const { screen, kept } = await stage();
    screen.letGo();
    await screen.open(kept, await overviewIn(kept));
    expect(screen.isSettled).toBe(true);
    const { until: _, ...said } = plain(screen.shown.model) as { until: bigint };
    expect(plain(whole)).toMatchObject(said);
    expect(screen.view).toMatchObject({ at: kept.span!.until, isPlaying: false });
    await screen.seek(kept.span!.from);
    screen.live();
    await vi.waitUntil(() => screen.view?.at === kept.span!.until, { timeout: 10_000 });
    screen.letGo();
    expect([screen.view, screen.isSettled, screen.shown.model.files.size]).toEqual([undefined, false, 0]);
  });
});
