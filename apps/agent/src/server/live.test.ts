import { join } from 'node:path';
import { type EventRow, frameOf } from '@mapscope/shared/fixtures';
import { createModel, type Model, plain, reduce } from '@mapscope/shared/model';
import { decodeFrame, type Frame, FrameFlag, How, Kind, MapLayer, MapType, SourceId } from '@mapscope/shared/trace';
import { isFlaw, utf8 } from '@mapscope/shared/units';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { serverProgram } from './testing/programs.ts';
import { PageSocket, Place, type Served } from './testing/served.ts';

const SOON = { timeout: 10_000, interval: 5 };
let place: Place,
  served: Served,
  time = 1000n;
beforeAll(async () => {
  place = new Place();
  served = await place.serve(serverProgram, { spool: spool('first') });
});
afterAll(async () => {
  await place.close();
});

const spool = (name: string): { folder: string; bytes: number } => ({ folder: join(place.folder, name), bytes: 64 << 20 });

/** The stream goes on by these rows; their times follow one another. */
function tell(...rows: readonly Omit<EventRow, 'time'>[]): void {
  served.send(
    frameOf(
      rows.map((row) => ({ ...row, time: time++ }) as EventRow),
      time,
    ).bytes,
  );
}
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
const extent = (inode: number, block: number): Omit<EventRow, 'time'> => ({
  kind: Kind.extent,
  inode,
  source: SourceId.fuse,
  role: MapLayer.data,
  how: How.reported,
  offset: BigInt(block) * 4096n,
  length: 4096n,
  addr: BigInt(block) * 8192n,
  device: 1,
  type: MapType.MAPPED,
});
const open = async (headers = {}): Promise<PageSocket> => new PageSocket(served, headers).opened();
/** Each decoded once. */
const seen = new WeakMap<Buffer, Frame>();
const decoded = (page: PageSocket): Frame[] =>
  page.frames.map((bytes) => {
    const frame = seen.get(bytes) ?? decodeFrame(bytes);
    if (isFlaw(frame)) throw new Error(frame.code);
    seen.set(bytes, frame);
    return frame;
  });
function modelOf(page: PageSocket): Model {
  const model = createModel();
  for (const frame of decoded(page)) reduce(model, frame);
  return model;
}
const rowsIn = (frames: readonly Frame[], kind: Kind): number =>
  frames.reduce((sum, frame) => sum + frame.kind.filter((it) => it === kind).length, 0);
/** Waits until the page has the stream up to now. */
const caughtUp = (page: PageSocket): Promise<unknown> => vi.waitUntil(() => (decoded(page).at(-1)?.until ?? 0n) >= time, SOON);

describe('/ws', () => {
  test('is closed to who has no cookie, another origin, another host or another address', async () => {
    for (const [headers, path, status] of [
      [{ cookie: undefined }, '/ws', 401],
      [{ cookie: `mapscope-${served.port}=${'x'.repeat(43)}` }, '/ws', 401],
      [{ origin: 'http://evil.example' }, '/ws', 403],
      [{ origin: 'null' }, '/ws', 403],
      [{ host: 'evil.example' }, '/ws', 403],
      [{}, '/other', 404],
    ] as const) {
      const page = await new PageSocket(served, headers, path).opened();
      expect([headers, page.refused]).toEqual([headers, status]);
    }
    const page = await open({ origin: undefined });
    expect([page.refused, page.socket.extensions]).toEqual([undefined, '']);
    page.socket.close();
  });

  test('gives sections first, then what happens, to two pages the same', async () => {
    tell(file(1), extent(1, 0), extent(1, 1));
    const early = await open();
    early.say({ id: 3, subscribe: { inodes: 'all', credits: 1 << 20 } });
    await vi.waitUntil(() => decoded(early).some(({ flags_ }) => (flags_ & FrameFlag.sectionsEnd) !== 0), SOON);
    for (let k = 2; k < 20; k++) tell(extent(1, k * 3), file(2));
    const late = await open();
    late.say({ id: 9, subscribe: { inodes: 'all', credits: 1 << 20 } });
    for (let k = 2; k < 20; k++) tell(extent(2, k * 3));
    await caughtUp(early);
    await caughtUp(late);
    expect(plain(modelOf(late))).toEqual(plain(modelOf(early)));
    expect(new Set(decoded(early).map(({ subscription }) => subscription))).toEqual(new Set([3]));
    expect(modelOf(early).files.find(2)!.data.size).toBe(18);
    early.socket.close();
    late.socket.close();
  });

  test('stops at a page without credits, and tells it of the gap when they are back', async () => {
    const page = await open();
    page.say({ id: 1, subscribe: { inodes: 'all', credits: 20_000 } });
    await vi.waitUntil(() => decoded(page).length > 0, SOON);
    const before = page.frames.length;
    // More than the server holds for a page: 4 MiB.
    const big = Array.from({ length: 2000 }, (_, k) => extent(3, k * 2));
    tell(file(3));
    for (let k = 0; k < 150; k++) tell(...big);
    await vi.waitUntil(async () => BigInt((await served.health()).model.until) >= time, SOON);
    const flown = page.frames.slice(before).reduce((sum, { length }) => sum + length, 0);
    expect(flown).toBeLessThan(300_000);
    expect((await served.health())['clientBytes']).toBeLessThan(6 << 20);
    const credit = setInterval(() => page.say({ id: 1, credit: 1 << 20 }), 5);
    try {
      await vi.waitUntil(() => rowsIn(decoded(page), Kind.gap) === 1, SOON);
      await vi.waitUntil(() => decoded(page).filter(({ flags_ }) => (flags_ & FrameFlag.sectionsEnd) !== 0).length === 2, SOON);
    } finally {
      clearInterval(credit);
    }
    expect(modelOf(page).skipped).toBeGreaterThan(100_000n);
    expect(modelOf(page).files.find(3)!.data.size).toBe(2000);
    page.socket.close();
  });

  test('gives a page that asks for one file only that file, and nothing once it has unsubscribed', async () => {
    const page = await open();
    page.say({ id: 1, subscribe: { inodes: [1], credits: 1 << 20 } });
    tell(extent(1, 500), extent(2, 500));
    await caughtUp(page);
    expect(modelOf(page).files.find(1)!.data.size).toBeGreaterThan(0);
    expect(modelOf(page).files.find(2)!.data.size).toBe(0);
    page.say({ id: 1, pause: true });
    page.say({ id: 1, pause: false });
    page.say({ id: 1, unsubscribe: true });
    page.say({ id: 2, subscribe: { inodes: [2], credits: 1 << 20 } });
    await vi.waitUntil(() => decoded(page).some(({ subscription }) => subscription === 2), SOON);
    const one = decoded(page).filter(({ subscription }) => subscription === 1).length;
    tell(extent(1, 501));
    await caughtUp(page);
    expect(decoded(page).filter(({ subscription }) => subscription === 1)).toHaveLength(one);
    page.socket.close();
  });

  test.each([
    ['no JSON', 'hello'],
    ['nothing', ''],
    ['bytes', new Uint8Array(100)],
    ['JSON that is no message', '[1,2,3]'],
    ['an unknown message', { id: 1, shell: 'rm -rf /' }],
    ['a message with something else in it', { id: 1, credit: 5, path: '/etc/passwd' }],
    ['a path to look at', { id: 1, refresh: ['/etc/passwd'] }],
    ['a path instead of a number', { id: 1, subscribe: { inodes: ['../../etc/shadow'], credits: 100 } }],
    ['credits without end', { id: 1, subscribe: { inodes: 'all', credits: 1e18 } }],
    ['negative credits', { id: 1, subscribe: { inodes: 'all', credits: -1 } }],
    ['credit for a subscription that is not there', { id: 77, credit: 5 }],
    ['a range that ends before it begins', { id: 1, range: { from: '2', to: '1', credits: 100 } }],
    ['a range of numbers that JSON rounds', { id: 1, range: { from: 1, to: 2, credits: 100 } }],
    ['a range with a path', { id: 1, range: { from: '1', to: '2', credits: 100, path: '/etc/passwd' } }],
    ['a search that goes nowhere', { id: 1, find: { inode: 1, at: '5', by: 0 } }],
    ['an overview in more bins than a screen has pixels', { id: 1, overview: 1e9 }],
    ['a prototype', '{"id":1,"__proto__":{"subscribe":{}}}'],
    ['a deep nest', '['.repeat(30_000)],
  ])('tells who sends %s, cuts him off with 1008, and nobody else loses anything', async (_, garbage) => {
    const good = await open(),
      bad = await open(),
      commands = served.commands.length;
    good.say({ id: 1, subscribe: { inodes: 'all', credits: 1 << 20 } });
    bad.say(garbage);
    await vi.waitUntil(() => bad.closed !== 0, SOON);
    expect(bad.closed).toBe(1008);
    expect(bad.texts).toHaveLength(1);
    expect(JSON.parse(bad.texts[0]!)).toMatchObject({
      error: { code: expect.stringMatching(/^E_/), message: expect.any(String), help: expect.any(String) },
    });
    tell(extent(1, 700));
    await caughtUp(good);
    expect(good.closed).toBe(0);
    expect(served.commands.slice(commands)).toEqual([]);
    good.socket.close();
  });

  test('does not read a message longer than 64 KiB', async () => {
    const bad = await open();
    bad.say('x'.repeat(70_000));
    await vi.waitUntil(() => bad.closed !== 0, SOON);
    expect(bad.closed).toBe(1009);
  });

  test('cuts off who sends more than anybody could mean', async () => {
    const bad = await open();
    bad.say({ id: 1, subscribe: { inodes: 'all', credits: 1 << 20 } });
    for (let k = 0; k < 20_000 && bad.closed === 0; k++) bad.say({ id: 1, credit: 1 });
    await vi.waitUntil(() => bad.closed !== 0, SOON);
    expect(bad.closed).toBe(1008);
    expect(bad.texts.at(-1)).toContain('E_RATE');
  });

  test('has no more than eight subscriptions for one page', async () => {
    const page = await open();
    for (let id = 1; id <= 9; id++) page.say({ id, subscribe: { inodes: [1], credits: 1000 } });
    await vi.waitUntil(() => page.closed !== 0, SOON);
    expect(page.texts.at(-1)).toContain('E_SUBSCRIPTIONS');
  });

  test('passes on to the collector only numbers of inodes, and not more of them than it takes', async () => {
    const page = await open(),
      before = served.commands.length;
    page.say({ id: 1, refresh: [1, 2, 4_294_967_295] });
    await vi.waitUntil(() => served.commands.length === before + 3, SOON);
    expect(served.commands.slice(before)).toEqual([1, 2, 4_294_967_295].map((inode) => `{"ask":"refresh","inode":${inode}}`));
    for (let k = 0; k < 500; k++) page.say({ id: 1, refresh: [k + 1] });
    page.say({ id: 1, subscribe: { inodes: [1], credits: 1 << 20 } });
    await vi.waitUntil(() => page.frames.length > 0, SOON);
    expect(served.commands.length - before).toBeLessThan(100);
    expect(page.closed).toBe(0);
    page.socket.close();
  });

  test('closes with 1001 when the agent ends, and the page finds its way back with its cookie', async () => {
    const { port, cookie } = served,
      page = await open();
    await served.end();
    await vi.waitUntil(() => page.closed !== 0, SOON);
    expect(page.closed).toBe(1001);
    served = await place.serve(serverProgram, { port, socket: `${place.socket}.again`, spool: spool('second') });
    const again = await open({ cookie });
    expect(again.refused).toBeUndefined();
    again.say({ id: 1, subscribe: { inodes: 'all', credits: 1 << 20 } });
    await vi.waitUntil(() => decoded(again).some(({ flags_ }) => (flags_ & FrameFlag.sectionsEnd) !== 0), SOON);
    again.socket.close();
  });

  test('looks back: the state at a time and what came then, as kept by the running spool, and how busy it was', async () => {
    const page = await open(),
      said = (n: number): Promise<unknown> => vi.waitUntil(() => page.texts[n] && (JSON.parse(page.texts[n]) as unknown), SOON);
    tell(file(30), extent(30, 0));
    const then = time;
    tell(extent(30, 5));
    await vi.waitUntil(async () => BigInt((await served.health()).model.until) >= time, SOON);
    page.say({ id: 2, range: { from: String(then), to: String(then), credits: 1 << 20 } });
    expect(await said(0)).toMatchObject({ id: 2, range: { until: String(time), next: null, damage: 0 } });
    expect(new Set(decoded(page).map(({ subscription }) => subscription))).toEqual(new Set([2]));
    expect(modelOf(page).files.find(30)!.data.list()).toHaveLength(2);

    page.say({ id: 3, overview: 16 });
    const { counts, bins } = ((await said(1)) as { overview: { counts: Record<string, number[]>; bins: number } }).overview;
    expect(bins).toBeLessThanOrEqual(16);
    expect(counts['extent']!.reduce((a, b) => a + b)).toBeGreaterThanOrEqual(2);
    page.say({ id: 4, find: { inode: 30, at: '18446744073709551615', by: -1 } });
    expect(await said(2)).toEqual({ id: 4, found: { at: expect.stringMatching(/^\d+$/) } });
    page.say({ id: 4, find: { inode: 4_000_000_000, at: '0', by: 1 } });
    expect(await said(3)).toEqual({ id: 4, found: null });
    page.socket.close();
  });

  test('says where nothing is kept of a run, and goes on', async () => {
    const other = new Place(),
      bare = await other.serve(serverProgram);
    try {
      const page = await new PageSocket(bare).opened();
      page.say({ id: 2, range: { from: '1', to: '2', credits: 100 } });
      page.say({ id: 3, overview: 16 });
      await vi.waitUntil(() => page.texts.length === 2, SOON);
      const refused = { code: 'E_NO_HISTORY', message: expect.any(String), help: expect.stringContaining('--spool') };
      expect(page.texts.map((text) => JSON.parse(text) as unknown)).toEqual([
        { id: 2, refused },
        { id: 3, refused },
      ]);
      expect(page.closed).toBe(0);
    } finally {
      await other.close();
    }
  });

  test('refuses to look back more often than anybody can look, and goes on', async () => {
    const page = await open();
    for (let n = 0; n < 60; n++) page.say({ id: 3, overview: 1 });
    await vi.waitUntil(() => page.texts.length === 60, SOON);
    expect(page.texts.filter((text) => text.includes('E_RATE')).length).toBeGreaterThan(10);
    expect(page.socket.readyState).toBe(page.socket.OPEN);
    page.socket.close();
  });
});
