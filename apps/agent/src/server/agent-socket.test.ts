import { once } from 'node:events';
import { statSync } from 'node:fs';
import { connect } from 'node:net';
import { inflateRawSync } from 'node:zlib';
import { type EventRow, frameOf } from '@mapscope/shared/fixtures';
import { createModel, modelAt, plain, reduce } from '@mapscope/shared/model';
import { type Frame, How, Kind, MapLayer, MapType, openRecording, SourceId, sourceOf } from '@mapscope/shared/trace';
import { isFlaw, utf8 } from '@mapscope/shared/units';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { serverProgram } from './testing/programs.ts';
import { Place, type Served } from './testing/served.ts';

const SOON = { timeout: 10_000, interval: 5 };
let place: Place,
  served: Served,
  time = 1000n;
/** What the server should know. */
const model = createModel();
beforeAll(async () => {
  place = new Place();
  served = await place.serve(serverProgram);
  tell(
    { kind: Kind.device, source: SourceId.fuse, device: 1, length: 1n << 30n, addr: 4096n, bytes: utf8('/dev/shm/img0') },
    {
      kind: Kind.inode,
      inode: 1,
      source: SourceId.fuse,
      how: How.reported,
      offset: 41n,
      length: 8192n,
      type: 0o100644,
      bytes: utf8('plain/a'),
    },
    extent(0n),
  );
});
afterAll(async () => {
  await place.close();
});

function tell(...rows: readonly Omit<EventRow, 'time'>[]): Frame {
  const frame = frameOf(
    rows.map((row) => ({ ...row, time: time++ }) as EventRow),
    time,
  );
  reduce(model, frame);
  served.send(frame.bytes);
  return frame;
}
const extent = (offset: bigint): Omit<EventRow, 'time'> => ({
  kind: Kind.extent,
  inode: 1,
  source: SourceId.fuse,
  role: MapLayer.data,
  how: How.reported,
  offset,
  length: 4096n,
  addr: offset + 65_536n,
  device: 1,
  type: MapType.MAPPED,
});
const ask = async (request: unknown): Promise<Record<string, unknown>> => {
  const text = (await served.tell(place.socket, `${typeof request === 'string' ? request : JSON.stringify(request)}\n`)).toString();
  expect(text.endsWith('\n')).toBe(true);
  return JSON.parse(text) as Record<string, unknown>;
};

describe('the agent socket', () => {
  test('is open to its owner alone', () => {
    expect(statSync(place.socket).mode & 0o777).toBe(0o600);
  });

  test('shows the extents of a file, once the stream has passed the moment of the question', async () => {
    const asking = ask({ show: { ino: '41', until: String(time + 1n) } });
    const still = await Promise.race([asking, ask({ status: true })]);
    // The clock has not got there, so the later question was answered first.
    expect(still).toHaveProperty('version');
    tell(extent(4096n), extent(8192n));
    served.send(frameOf([], (time += 10n)).bytes);
    expect(await asking).toEqual({
      file: 'plain/a',
      size: '8192',
      extents: [{ offset: '0', length: '12288', addr: '65536', device: '/dev/shm/img0', type: 'MAPPED', flags: [] }],
      layouts: [],
    });
  });

  test('says that a file is not known', async () => {
    expect(await ask({ show: { ino: '42', until: '0' } })).toMatchObject({
      error: { code: 'E_UNKNOWN_FILE', message: expect.stringContaining('42'), help: expect.any(String) },
    });
  });

  test('says when the stream does not get there', { timeout: 15_000 }, async () => {
    expect(await ask({ show: { ino: '41', until: '18446744073709551615' } })).toMatchObject({ error: { code: 'E_TIMEOUT' } });
  });

  test('says what /api/health says', async () => {
    expect(Object.keys(await ask({ status: true }))).toEqual(Object.keys(await served.health()));
  });

  test.each([
    ['garbage', 'garbage'],
    ['nothing', ''],
    ['an empty request', '{}'],
    ['a list', '[]'],
    ['null', 'null'],
    ['half a question', '{"show":{}}'],
    ['a number where a string belongs', '{"show":{"ino":41,"until":"0"}}'],
    ['more than 64 bits', '{"show":{"ino":"41","until":"18446744073709551616"}}'],
    ['a negative number', '{"show":{"ino":"-1","until":"0"}}'],
    ['a path', '{"show":{"ino":"41","until":"0","path":"/etc"}}'],
    ['a command', '{"exec":"ls"}'],
    ['a file to write', '{"record":{"to":"/etc/passwd"}}'],
    ['a line without end', 'x'.repeat(10_000)],
  ])('answers %s with a refusal', async (_, line) => {
    expect(await ask(line)).toMatchObject({ error: { code: 'E_REQUEST' } });
    expect(await ask({ status: true })).toMatchObject({ ok: true });
  });

  test('streams a recording that stands alone and ends well when its reader half closes', async () => {
    const connection = connect({ path: place.socket, allowHalfOpen: true }),
      parts: Buffer[] = [];
    connection.on('data', (part: Buffer) => parts.push(part));
    connection.write('{"record":{}}\n');
    await vi.waitUntil(() => parts.length > 0, SOON);
    for (let k = 0; k < 400; k++) tell(extent(BigInt(k) * 8192n), extent(BigInt(k) * 8192n + 4096n));
    await vi.waitUntil(async () => BigInt((await served.health()).model.until) >= time, SOON);
    connection.end();
    await once(connection, 'end');
    const bytes = Buffer.concat(parts),
      line = bytes.indexOf(10);
    expect(bytes.subarray(0, line).toString()).toBe('{"recording":true}');
    const recording = await openRecording(sourceOf(bytes.subarray(line + 1)), (packed) => inflateRawSync(packed));
    if (isFlaw(recording)) throw new Error(recording.code);
    expect([recording.isWhole, recording.flaws, recording.header.mapscope, recording.header.clock]).toEqual([
      true,
      [],
      'test',
      'CLOCK_MONOTONIC',
    ]);
    expect(plain((await modelAt(recording, time)).model)).toEqual(plain(model));
  });

  test('leaves frames out for a reader that does not read, and says so in the recording', async () => {
    const connection = connect({ path: place.socket, allowHalfOpen: true }),
      parts: Buffer[] = [];
    connection.write('{"record":{}}\n');
    connection.pause();
    await vi.waitUntil(async () => (await served.health()).ok, SOON);
    // Hard to compress, and more than the socket and the server keep.
    let n = 1n;
    for (let k = 0; k < 200; k++)
      tell(
        ...Array.from({ length: 3000 }, (): Omit<EventRow, 'time'> => ({
          kind: Kind.late,
          source: SourceId.tracefs,
          result: (n = (n * 6364136223846793005n + 1n) & 0x7fff_ffff_ffff_ffffn) % 1000n,
          offset: n,
          length: n ^ 0x5555_5555_5555n,
          addr: n >> 7n,
        })),
      );
    await vi.waitUntil(async () => BigInt((await served.health()).model.until) >= time, { timeout: 30_000, interval: 50 });
    connection.on('data', (part: Buffer) => parts.push(part));
    connection.resume();
    await vi.waitUntil(() => parts.length > 100, SOON);
    tell(extent(0n));
    await vi.waitUntil(async () => BigInt((await served.health()).model.until) >= time, SOON);
    connection.end();
    await once(connection, 'end');
    const bytes = Buffer.concat(parts),
      recording = await openRecording(sourceOf(bytes.subarray(bytes.indexOf(10) + 1)), (packed) => inflateRawSync(packed));
    if (isFlaw(recording)) throw new Error(recording.code);
    let lost = 0n;
    for await (const frame of recording.events())
      if (!isFlaw(frame)) for (let i = 0; i < frame.count; i++) if (frame.kind[i] === Kind.lost) lost += frame.result[i]!;
    expect(lost).toBeGreaterThan(0n);
    const last = (await modelAt(recording, time)).model;
    expect(last.files.find(1)!.data.size).toBe(model.files.find(1)!.data.size);
    expect(last.late).toBe(model.late);
  }, 60_000);

  test('ends a recording well when the agent ends', async () => {
    const other = await place.serve(serverProgram, { socket: `${place.socket}.2` });
    const reading = other.tell(`${place.socket}.2`, '{"record":{}}\n');
    await vi.waitUntil(async () => (await other.health()).ok, SOON);
    await other.end();
    const bytes = await reading,
      recording = await openRecording(sourceOf(bytes.subarray(bytes.indexOf(10) + 1)), (packed) => inflateRawSync(packed));
    if (isFlaw(recording)) throw new Error(recording.code);
    expect(recording.isWhole).toBe(true);
  });

  test('asks the supervisor for the end, and does not end by itself', async () => {
    expect(await ask({ stop: true })).toEqual({ stopping: true });
    await vi.waitUntil(() => served.said.some((line) => line['asked'] === 'stop'), SOON);
    expect(await ask({ status: true })).toMatchObject({ ok: true });
  });
});
