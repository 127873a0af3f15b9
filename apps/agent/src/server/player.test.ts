import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { anyStream, type EventRow, frameOf, recordingHeader } from '@mapscope/shared/fixtures';
import { createModel, type Model, plain, reduce } from '@mapscope/shared/model';
import { decodeFrame, FrameFlag, How, Kind, MapLayer, MapType, SourceId } from '@mapscope/shared/trace';
import { isFlaw, utf8 } from '@mapscope/shared/units';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Hub, Recorder, type RecorderOptions } from '../hub/index.ts';
import { Player } from './player.ts';
import { serverProgram } from './testing/programs.ts';
import { PageSocket, Place } from './testing/served.ts';

const SOON = { timeout: 10_000, interval: 5 };
const options = (): RecorderOptions => ({
  header: recordingHeader,
  deflate: (bytes) => deflateRawSync(bytes),
});
let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.close());

/** What must be so in the end; the player's own words and where they put the clock are not the recording's. */
const known = (model: Model): object => ({ ...(plain(model) as object), sources: 0, losses: 0, lost: 0 });

/** Records `rows` from row `from` on, in segments that end before the given rows; frames `[left, right)` are left out. */
async function recorded(
  rows: readonly EventRow[],
  from: number,
  cuts: readonly number[],
  leave: readonly [number, number] = [0, 0],
): Promise<Hub> {
  const hub = new Hub(),
    folder = join(place.folder, 'spool');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const deliver = (list: readonly EventRow[]): void => hub.deliver(frameOf(list));
  deliver(rows.slice(0, from));
  const edges = [...new Set([from, ...cuts.filter((cut) => cut > from && cut < rows.length), rows.length])].sort((a, b) => a - b);
  for (const [k, to] of edges.slice(1).entries()) {
    const recorder = new Recorder(hub.model, options()),
      parts = [recorder.begin()];
    let n = edges[k]!;
    const stop = hub.listen((frame) => {
      if (n >= leave[0] && n < leave[1]) recorder.leaveOut(frame);
      else parts.push(recorder.frame(frame));
    });
    for (; n < to; n += 3) deliver(rows.slice(n, Math.min(n + 3, to)));
    stop();
    parts.push(recorder.end());
    writeFileSync(
      join(folder, `${String(k + 1).padStart(6, '0')}.mapscope`),
      Buffer.concat((await Promise.all(parts)).map(({ bytes }) => bytes)),
    );
  }
  return hub;
}
async function played(path: string): Promise<Model> {
  const player = await Player.open(path),
    hub = new Hub(await player.firstModel());
  await player.play(hub, 1e12, new AbortController().signal);
  await player.close();
  return hub.model;
}

describe('Player', () => {
  test('ends with the model of what was recorded, from wherever it began and in however many segments', async () => {
    await fc.assert(
      fc.asyncProperty(anyStream({ maxRows: 60 }), fc.nat(30), fc.array(fc.nat(60), { maxLength: 2 }), async (rows, from, cuts) => {
        const hub = await recorded(rows, Math.min(from, rows.length), cuts);
        if (readdirSync(join(place.folder, 'spool')).length === 0) return;
        expect(known(await played(join(place.folder, 'spool')))).toEqual(known(hub.model));
      }),
      { numRuns: 30 },
    );
  });

  test('goes on from the keyframe where frames were left out', async () => {
    const rows = fc
      .sample(anyStream({ maxRows: 90, losses: false, gone: false }), { numRuns: 30, seed: 7 })
      .find(({ length }) => length > 70)!;
    const hub = await recorded(rows, 0, [], [20, 40]);
    expect(known(await played(join(place.folder, 'spool/000001.mapscope')))).toEqual(known(hub.model));
  });

  test('gives frames at the distance they had, times its speed', async () => {
    const at = (ms: number): EventRow => ({
      kind: Kind.mark,
      time: BigInt(ms) * 1_000_000n,
      source: SourceId.workload,
      bytes: utf8(String(ms)),
    });
    await recorded([at(1000), at(1001), at(1002), at(1400), at(1401), at(1402), at(1800), at(1801), at(1802)], 0, []);
    const player = await Player.open(join(place.folder, 'spool')),
      hub = new Hub(await player.firstModel()),
      seen: number[] = [],
      begun = performance.now();
    hub.listen((frame) => void (frame.kind[0] === Kind.mark && seen.push(performance.now() - begun)));
    await player.play(hub, 2, new AbortController().signal);
    await player.close();
    expect(seen).toHaveLength(3);
    // A loaded machine may be late with any of them; none comes before its time.
    expect(seen[1]).toBeGreaterThan(198);
    expect(seen[2]).toBeGreaterThan(398);
  });

  test('stops at once when it is told to', async () => {
    const at = (ms: number): EventRow => ({ kind: Kind.mark, time: BigInt(ms) * 1_000_000n, source: SourceId.workload });
    await recorded([at(1), at(1), at(1), at(1_000_000)], 0, []);
    const player = await Player.open(join(place.folder, 'spool')),
      hub = new Hub(await player.firstModel()),
      leaving = new AbortController();
    const playing = player.play(hub, 1, leaving.signal);
    await vi.waitUntil(() => hub.model.marks.list().length === 3, SOON);
    leaving.abort();
    await playing;
    await player.close();
    expect(hub.model.marks.list()).toHaveLength(3);
  });

  test('refuses what is no recording, with a sentence', async () => {
    writeFileSync(join(place.folder, 'text'), 'this is a text, long enough to have been something');
    mkdirSync(join(place.folder, 'empty'));
    for (const name of ['text', 'empty', 'missing'])
      await expect(Player.open(join(place.folder, name))).rejects.toMatchObject({
        problem: { code: 'E_RECORDING', message: expect.stringContaining(name) },
      });
  });
});

describe('the server with a recording', () => {
  test('shows what was recorded, says that it is a recording, and that it is over', async () => {
    const rows: EventRow[] = [
      {
        kind: Kind.inode,
        time: 1_000_000n,
        inode: 1,
        source: SourceId.fuse,
        how: How.reported,
        offset: 5n,
        length: 8192n,
        type: 0o100644,
        bytes: utf8('plain/a'),
      },
      ...[0n, 1n, 2n, 3n].map((k): EventRow => ({
        kind: Kind.extent,
        time: 2_000_000n + k,
        inode: 1,
        source: SourceId.fuse,
        role: MapLayer.data,
        how: How.reported,
        offset: k * 8192n,
        length: 4096n,
        addr: k * 4096n,
        device: 1,
        type: MapType.MAPPED,
      })),
    ];
    const hub = await recorded(rows, 0, [2]);
    const served = await place.serve(serverProgram, {
      mode: 'replay',
      recording: join(place.folder, 'spool'),
      mount: null,
    });
    const page = await new PageSocket(served).opened(),
      model = createModel();
    page.say({ id: 1, subscribe: { inodes: 'all', credits: 1 << 20 } });
    let isWhole = false;
    await vi.waitUntil(() => {
      for (const bytes of page.frames.splice(0)) {
        const frame = decodeFrame(bytes);
        if (isFlaw(frame)) continue;
        reduce(model, frame);
        isWhole ||= (frame.flags_ & FrameFlag.sectionsEnd) !== 0;
      }
      return isWhole && [...model.sources.values()].some(({ text }) => text.includes('the recording is over'));
    }, SOON);
    expect(known(model)).toEqual(known(hub.model));
    const health = await served.health();
    expect(health).toMatchObject({ mode: 'replay', spool: null, sources: [{ name: 'recording', state: 'ended', recording: 'spool' }] });
    expect(await served.end()).toBe(0);
  });

  test('cannot begin with what is no recording', async () => {
    await expect(place.serve(serverProgram, { mode: 'replay', recording: '/etc/hostname', mount: null })).rejects.toThrow('E_RECORDING');
  });
});
