import { describe, expect, test } from 'vitest';
import { FolioState, KeyframeEdge, Kind, MapLayer, MapType, SourceId } from '../trace/index.ts';
import { U64_MAX, utf8 } from '../units/index.ts';
import { folioPicture, picture } from '../fixtures/picture.ts';
import { type EventRow, frameOf } from '../fixtures/rows.ts';
import { KEEP_GONE } from './files.ts';
import { KEEP_MESSAGE_BYTES } from './messages.ts';
import { createModel, type Model } from './model.ts';
import { reduce } from './reduce.ts';

const PAGE = 4096n;
const mine = { source: SourceId.fuse, how: 2 } as const;
const inode = (n: number, size: bigint, more: Partial<EventRow> = {}): EventRow => ({
  kind: Kind.inode,
  time: 1n,
  inode: n,
  length: size,
  bytes: utf8(`file ${n}`),
  ...mine,
  ...more,
});
const extent = (n: number, type: MapType, from: bigint, pages: bigint, more: Partial<EventRow> = {}): EventRow => ({
  kind: Kind.extent,
  time: 2n,
  inode: n,
  role: MapLayer.data,
  type,
  offset: from * PAGE,
  length: pages * PAGE,
  ...(type === MapType.MAPPED ? { addr: from * PAGE, device: 1 } : {}),
  ...mine,
  ...more,
});
const folio = (n: number, type: FolioState, from: bigint, pages: bigint, more: Partial<EventRow> = {}): EventRow => ({
  kind: Kind.folio,
  time: 3n,
  inode: n,
  type,
  offset: from * PAGE,
  length: pages * PAGE,
  ...mine,
  ...more,
});
const lost = (source: SourceId, more: Partial<EventRow> = {}): EventRow => ({ kind: Kind.lost, time: 9n, source, result: -1n, ...more });

function modelOf(...rows: EventRow[]): Model {
  const model = createModel();
  reduce(model, frameOf(rows));
  return model;
}
const data = (model: Model, n = 1): string => picture(model.files.find(n)!.data, 6, PAGE);
const folios = (model: Model, n = 1): string => folioPicture(model.files.find(n)!.folios, 6, PAGE);

describe('reduce', () => {
  test('introduces an inode, and tells it again with a new name and size', () => {
    const model = modelOf(inode(1, 100n, { offset: 12n }), inode(1, 200n, { bytes: utf8('dir/näme'), time: 5n }));
    expect(model.files.find(1)).toMatchObject({ introduced: true, size: 200n, pathText: 'dir/näme', since: 5n });
    expect(model.files.size).toBe(1);
  });

  test('ignores inode-gone for an inode never seen', () => {
    expect(modelOf({ kind: Kind.inodeGone, time: 1n, inode: 5 }).files.size).toBe(0);
  });

  test('keeps a file that is gone, until too many newer ones are gone', () => {
    const model = modelOf(inode(1, 1n), { kind: Kind.inodeGone, time: 2n, inode: 1 });
    expect(model.files.find(1)?.gone).toBe(true);
    for (let n = 2; n <= KEEP_GONE + 1; n++) reduce(model, frameOf([inode(n, 1n), { kind: Kind.inodeGone, time: 2n, inode: n }]));
    expect(model.files.find(1)).toBeUndefined();
    expect(model.files.size).toBe(KEEP_GONE);
  });

  test('paints either map of a file; nothing pending is no extent', () => {
    const model = modelOf(
      extent(1, MapType.MAPPED, 0n, 4n),
      extent(1, MapType.DELALLOC, 2n, 3n, { role: MapLayer.pending }),
      extent(1, MapType.HOLE, 3n, 1n, { role: MapLayer.pending }),
    );
    expect(data(model)).toBe('MMMM..');
    expect(picture(model.files.find(1)!.pending, 6, PAGE)).toBe('..d.d.');
  });

  test('never lets a mapping change a map', () => {
    const model = modelOf(inode(1, 1n), { kind: Kind.mapping, time: 2n, inode: 1, op: 5, role: 1, length: 9n, type: MapType.MAPPED });
    expect(model.files.find(1)!.data.size).toBe(0);
  });

  test('cuts a range that runs past the last byte', () => {
    const model = modelOf(
      extent(1, MapType.HOLE, 0n, 0n, { length: U64_MAX }),
      extent(1, MapType.UNWRITTEN, 0n, 0n, { offset: U64_MAX - 5n, length: 100n, addr: 0n, device: 1 }),
    );
    expect(
      model.files
        .find(1)!
        .data.list()
        .map(({ from, to }) => [from, to]),
    ).toEqual([
      [0n, U64_MAX - 5n],
      [U64_MAX - 5n, U64_MAX],
    ]);
  });

  test('drops the pages past the end of a file that was cut, and keeps the page of its last byte', () => {
    const model = modelOf(inode(1, 6n * PAGE), folio(1, FolioState.dirty, 0n, 6n), inode(1, 2n * PAGE + 1n));
    expect(folios(model)).toBe('DDD...');
  });

  test('drops nothing when a size lags behind what the kernel holds', () => {
    const model = modelOf(inode(1, PAGE), folio(1, FolioState.dirty, 0n, 6n), inode(1, 2n * PAGE));
    expect(folios(model)).toBe('DDDDDD');
  });

  test('sorts layouts by index, takes strips in any number, and forgets them when told there is none', () => {
    const layout = (type: number, more: Partial<EventRow> = {}): EventRow => ({
      kind: Kind.layout,
      time: 1n,
      inode: 1,
      type,
      length: 100n,
      flags: 4096,
      result: 2n,
      ...mine,
      ...more,
    });
    const strip = (type: number, flags: number): EventRow => ({
      kind: Kind.strip,
      time: 1n,
      inode: 1,
      type,
      flags,
      device: 1,
      addr: 7n,
      length: 50n,
      ...mine,
    });
    const model = modelOf(layout(1), layout(0), strip(0, 1), strip(0, 2), strip(5, 0));
    const { layouts } = model.files.find(1)!;
    expect(layouts.list()).toMatchObject([
      { index: 0, chunkSize: 4096n, strips: [undefined, { device: 1, addr: 7n, length: 50n }] },
      { index: 1, strips: [undefined, undefined] },
    ]);
    reduce(model, frameOf([layout(2, { result: 1n << 40n }), layout(40)]));
    expect(layouts.size).toBe(2);
    reduce(model, frameOf([layout(0xffff, { length: 0n })]));
    expect(layouts.size).toBe(0);
  });

  test('gives a file that takes over a number a later version, so that a view cannot take it for the old one', () => {
    const model = modelOf(extent(1, MapType.MAPPED, 0n, 1n), extent(1, MapType.HOLE, 2n, 1n)),
      before = model.files.find(1)!.version;
    reduce(
      model,
      frameOf([
        { kind: Kind.keyframe, time: 9n, role: KeyframeEdge.begin },
        { kind: Kind.keyframe, time: 9n, role: KeyframeEdge.end },
        inode(1, PAGE),
      ]),
    );
    expect(model.files.find(1)!.version).toBeGreaterThan(before);
    expect(model.files.find(1)!.changes.since(before)).toBeUndefined();
  });

  test('skips a kind of a newer format', () => {
    const frame = frameOf([{ kind: 200 as Kind, time: 1n }, inode(1, 5n)]),
      model = createModel();
    reduce(model, frame);
    expect(model.files.size).toBe(1);
  });

  test('moves the clock with an empty frame, never back', () => {
    const model = createModel();
    reduce(model, frameOf([], 50n));
    reduce(model, frameOf([], 20n));
    expect([model.until, model.version]).toEqual([50n, 0]);
  });

  test('keeps the newest messages within their bytes', () => {
    const model = createModel(),
      large = new Uint8Array(1 << 20);
    for (let n = 0; n < 20; n++) reduce(model, frameOf([{ kind: Kind.message, time: BigInt(n), op: n, role: 1, bytes: large }]));
    expect(model.messages.bytes).toBe(KEEP_MESSAGE_BYTES);
    expect(model.messages.list()[0]?.at).toBe(18n);
    expect(model.messages.of(19)).toHaveLength(1);
  });

  test('notes what changed, for the flash, and not what a section restores', () => {
    const model = modelOf(extent(1, MapType.MAPPED, 0n, 1n), extent(1, MapType.MAPPED, 1n, 1n), folio(1, FolioState.dirty, 4n, 1n));
    const file = model.files.find(1)!;
    expect(file.changes.list().map(({ from, to, at }) => [from, to, at])).toEqual([
      [0n, 2n * PAGE, 2n],
      [4n * PAGE, 5n * PAGE, 3n],
    ]);
    const before = file.version;
    const edge = (role: KeyframeEdge): EventRow => ({ kind: Kind.keyframe, time: 9n, inode: 1, role });
    reduce(model, frameOf([edge(KeyframeEdge.begin), extent(1, MapType.HOLE, 0n, 1n), edge(KeyframeEdge.end)]));
    expect(data(model)).toBe('h.....');
    expect(file.changes.list()).toHaveLength(2);
    expect(file.version).toBeGreaterThan(before);
    // Which ranges a section changed it does not say: redraw all.
    expect(file.changes.since(before)).toBeUndefined();
    expect(file.changes.since(file.version)).toEqual([]);
    const restored = file.version;
    reduce(model, frameOf([extent(1, MapType.MAPPED, 3n, 1n, { time: 20n })]));
    expect(file.changes.since(restored)).toMatchObject([{ from: 3n * PAGE, to: 4n * PAGE }]);
  });
});

describe('a loss', () => {
  const known = [inode(1, 6n * PAGE), extent(1, MapType.MAPPED, 0n, 3n), folio(1, FolioState.clean, 0n, 2n)];

  test('makes unknown what its source could have touched, and what is told later is known', () => {
    const model = modelOf(...known, lost(SourceId.fuse), extent(1, MapType.MAPPED, 1n, 1n), folio(1, FolioState.dirty, 1n, 1n));
    expect(data(model)).toBe('?M????');
    expect(folios(model)).toBe('?D????');
    expect(model.files.find(1)).toMatchObject({ how: 0, since: 9n });
  });

  test('of the tracepoints leaves the maps of our own mount: only its server changes them', () => {
    const model = modelOf(...known, lost(SourceId.tracefs));
    expect(data(model)).toBe('MMM...');
    expect(folios(model)).toBe('??????');
  });

  test('of another mount’s server leaves everything', () => {
    const model = modelOf(...known, lost(SourceId.relay));
    expect([data(model), folios(model)]).toEqual(['MMM...', 'cc....']);
  });

  test('of one inode leaves the others', () => {
    const model = modelOf(...known, inode(2, PAGE), extent(2, MapType.MAPPED, 0n, 1n), lost(SourceId.collector, { inode: 2 }));
    expect([data(model, 1), data(model, 2)]).toEqual(['MMM...', '??????']);
  });

  test('makes unknown the pages of a file that is first heard of after it, unless that is said to be its first row', () => {
    const model = modelOf(lost(SourceId.fuse), inode(1, PAGE), inode(2, PAGE, { role: 1 }));
    expect([folios(model, 1), folios(model, 2)]).toEqual(['??????', '......']);
  });

  test('is counted, at least one where the number is unknown', () => {
    const model = modelOf(
      lost(SourceId.fuse),
      lost(SourceId.tracefs, { result: 41n }),
      { kind: Kind.late, time: 9n, result: 2n },
      { kind: Kind.gap, time: 9n, result: 7n },
    );
    expect([model.lost, model.late, model.skipped, model.losses.total]).toEqual([42n, 2n, 7n, 2]);
  });
});
