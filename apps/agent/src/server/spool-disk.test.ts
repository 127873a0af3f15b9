import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { mount, umount } from '@mapscope/native';
import { type EventRow, frameOf } from '@mapscope/shared/fixtures';
import { createModel, modelAt, plain, reduce } from '@mapscope/shared/model';
import { decodeFrame, How, Kind, MapLayer, MapType, openRecording, SourceId, sourceOf } from '@mapscope/shared/trace';
import { isFlaw, utf8 } from '@mapscope/shared/units';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { serverProgram } from './testing/programs.ts';
import { PageSocket, Place, type Served } from './testing/served.ts';

const SOON = { timeout: 20_000, interval: 10 };
const isRoot = process.getuid?.() === 0;
let place: Place,
  time = 1000n;
beforeAll(async () => {});
beforeEach(() => {
  place = new Place();
  time = 1000n;
});
afterEach(() => place.close());

const file = (inode: number): Omit<EventRow, 'time'> => ({
  kind: Kind.inode,
  inode,
  source: SourceId.fuse,
  how: How.reported,
  offset: BigInt(inode),
  length: 1n << 20n,
  type: 0o100644,
  bytes: utf8(`plain/${inode}`),
});
const extent = (inode: number, block: number, addr: bigint): Omit<EventRow, 'time'> => ({
  kind: Kind.extent,
  inode,
  source: SourceId.fuse,
  role: MapLayer.data,
  how: How.reported,
  offset: BigInt(block) * 4096n,
  length: 4096n,
  addr,
  device: 1,
  type: MapType.MAPPED,
});
const rowsOf = (rows: readonly Omit<EventRow, 'time'>[]): ReturnType<typeof frameOf> =>
  frameOf(
    rows.map((row) => ({ ...row, time: time++ }) as EventRow),
    time,
  );

/** Rows that hardly compress, `n` frames of them. */
function tellNoise(served: Served, n: number): void {
  let noise = time;
  for (let k = 0; k < n; k++)
    served.send(
      rowsOf(
        Array.from({ length: 500 }, () => {
          noise = (noise * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & 0xffff_ffff_ffff_ffffn;
          return {
            kind: Kind.late,
            source: SourceId.tracefs,
            result: 1n,
            offset: noise,
            length: noise ^ 0x1234_5678_9abcn,
            addr: noise >> 3n,
          } as Omit<EventRow, 'time'>;
        }),
      ).bytes,
    );
}

describe.skipIf(!isRoot)(`the spool on a disk that is full${isRoot ? '' : ' (skipped: needs root to mount a small one)'}`, () => {
  let disk = '';
  beforeEach(() => {
    disk = join(place.folder, 'disk');
    mkdirSync(disk);
    expect(mount('mapscope-test', disk, 'tmpfs', 0, 'size=512k')).toBe(0);
  });
  afterEach(() => void umount(disk, { detach: true }));

  test('stops, says so in the stream and in health, and live goes on', { timeout: 60_000 }, async () => {
    const folder = join(disk, 'spool');
    const served = await place.serve(serverProgram, { spool: { folder, bytes: 1 << 30 } });
    const page = await new PageSocket(served).opened();
    page.say({ id: 1, subscribe: { inodes: 'all', credits: 32 << 20 } });
    served.send(rowsOf([file(1), extent(1, 0, 0n)]).bytes);
    tellNoise(served, 100);
    const spool = async (): Promise<{ state: string; why: string }> => (await served.health())['spool'] as never;
    await vi.waitUntil(async () => (await spool()).state === 'stopped', SOON);
    expect(await spool()).toMatchObject({ state: 'stopped', why: 'the disk is full', path: folder });
    expect((await served.health())['sources']).toContainEqual({
      source: SourceId.hub,
      name: 'spool',
      state: 'ended',
      why: 'the disk is full',
      help: expect.stringContaining(folder),
    });
    served.send(rowsOf([extent(1, 5, 4096n)]).bytes);
    await vi.waitUntil(async () => BigInt((await served.health()).model.until) >= time, SOON);
    const model = createModel();
    await vi.waitUntil(() => {
      for (const frame of page.frames.splice(0)) reduce(model, frameIn(frame));
      return model.until >= time;
    }, SOON);
    expect(model.files.find(1)!.data.list()).toHaveLength(2);
    expect([...model.sources.values()].map(({ text }) => text).join()).toContain('the disk is full');
    // What was written is whole as far as it goes.
    const recording = await openRecording(sourceOf(await readFile(join(folder, '000001.mapscope'))), (bytes) => inflateRawSync(bytes));
    if (isFlaw(recording)) throw new Error(recording.code);
    expect(recording.flaws).toEqual([]);
    expect((await modelAt(recording, 1002n)).model.files.find(1)!.data.list()).toHaveLength(1);
    expect(await served.end()).toBe(0);
  });
});

describe('the spool', () => {
  test('keeps segments below its cap, each a recording that stands alone', { timeout: 60_000 }, async () => {
    const folder = join(place.state, 'spool'),
      bytes = 1 << 20;
    const served = await place.serve(serverProgram, { spool: { folder, bytes } });
    const model = createModel();
    for (let k = 0; k < 30; k++) {
      const frame = rowsOf([file(k + 1), extent(k + 1, 0, BigInt(k) * 8192n)]);
      reduce(model, frame);
      served.send(frame.bytes);
      tellNoise(served, 20);
    }
    await vi.waitUntil(async () => BigInt((await served.health()).model.until) >= time, SOON);
    expect(await served.end()).toBe(0);
    const names = readdirSync(folder).sort();
    expect(names.length).toBeGreaterThan(1);
    expect(names[0]).not.toBe('000001.mapscope');
    expect(names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)).toBeLessThanOrEqual(bytes);
    for (const name of names) {
      const recording = await openRecording(sourceOf(await readFile(join(folder, name))), (packed) => inflateRawSync(packed));
      if (isFlaw(recording)) throw new Error(recording.code);
      expect([name, recording.isWhole, recording.flaws]).toEqual([name, true, []]);
      if (name !== names.at(-1)) continue;
      const last = (await modelAt(recording, time)).model;
      expect((plain(last) as { files: unknown }).files).toEqual((plain(model) as { files: unknown }).files);
    }
  });
});

function frameIn(bytes: Uint8Array): ReturnType<typeof frameOf> {
  const frame = decodeFrame(bytes);
  if (isFlaw(frame)) throw new Error(frame.code);
  return frame;
}
