import { describe, expect, test } from 'vitest';
import { type EventRow, frameOf } from '@mapscope/shared/fixtures';
import { FolioState, How, Kind, MapLayer, MapType, OpType, SourceId } from '@mapscope/shared/trace';
import { utf8 } from '@mapscope/shared/units';
import { Hub } from './hub.ts';

const INODE = 0x8000_0000,
  XFS = { dev: 7_340_032, root: 0n, ino: 131n };
const traced = { inode: INODE, source: SourceId.tracefs, how: How.observed } as const;
const introduced: readonly EventRow[] = [
  { kind: Kind.device, time: 1n, device: 1, flags: XFS.dev, bytes: utf8('/dev/loop0') },
  {
    kind: Kind.inode,
    time: 2n,
    inode: INODE,
    source: SourceId.collector,
    offset: XFS.ino,
    length: 8192n,
    device: 1,
    bytes: utf8('/mnt/a'),
    how: How.observed,
  },
];
const extent: EventRow = {
  ...traced,
  kind: Kind.extent,
  time: 3n,
  role: MapLayer.data,
  length: 8192n,
  addr: 4096n,
  device: 1,
  type: MapType.MAPPED,
};
const dirty: EventRow = { ...traced, kind: Kind.folio, time: 4n, type: FolioState.dirty, length: 4096n };
const mark = (text: string, time: bigint): EventRow => ({ kind: Kind.mark, time, source: SourceId.tracefs, bytes: utf8(text) });

const hubOf = (...rows: readonly EventRow[]): Hub => {
  const hub = new Hub();
  hub.take(frameOf([...introduced, ...rows], 10n).bytes);
  return hub;
};

describe('claimed', () => {
  test('says what the model has of a file, how it is known, up to when, and by how many rows', () => {
    expect(hubOf(extent, dirty).claimed(XFS)).toMatchObject({
      file: '/mnt/a',
      inode: INODE,
      ino: '131',
      size: '8192',
      extents: [{ offset: '0', length: '8192', addr: '4096', device: '/dev/loop0', type: 'MAPPED', flags: [], how: 'observed' }],
      folios: [{ offset: '0', length: '4096', state: 'dirty', order: null, how: 'observed' }],
      until: '10',
      told: { events: 2, refreshes: 0, changed: 1 },
      model: { events: 2, refreshes: 0 },
    });
  });

  test('counts what was asked for apart, and what is about no file or another', () => {
    const hub = hubOf(
      extent,
      { ...extent, source: SourceId.fiemap, how: How.reported },
      { ...dirty, source: SourceId.pagecache },
      { ...dirty, inode: 9 },
      mark('A', 5n),
    );
    expect(hub.claimed(XFS)).toMatchObject({ told: { events: 1, refreshes: 2 }, model: { events: 3, refreshes: 2 } });
  });

  test('says which runs were written back since a moment', () => {
    const run = (op: number, offset: bigint, time: bigint): EventRow[] => [
      { ...traced, kind: Kind.opBegin, time, op, type: OpType.writeback, offset },
      { ...traced, kind: Kind.folio, time, parent: op, type: FolioState.writeback, offset, length: 4096n },
    ];
    const hub = hubOf(...run(1, 0n, 5n), ...run(2, 8192n, 7n));
    expect(hub.claimed(XFS)!.written).toBeNull();
    expect(hub.claimed(XFS, 6n)!.written).toEqual([{ offset: '8192', length: '4096' }]);
  });

  test.each([
    ['another inode', { ...XFS, ino: 132n }],
    ['the same inode of another filesystem', { ...XFS, dev: 5 }],
    ['the same inode of another subvolume', { ...XFS, root: 256n }],
  ])('knows nothing of %s', (_, name) => {
    expect(hubOf(extent).claimed(name)).toBeUndefined();
  });

  test('knows nothing of a file that is gone', () => {
    expect(hubOf(extent, { kind: Kind.inodeGone, time: 6n, inode: INODE }).claimed(XFS)).toBeUndefined();
  });
});

describe('whenMarked', () => {
  test('resolves when the mark has come, with everything before it', async () => {
    const hub = hubOf(),
      marked = hub.whenMarked('B', new AbortController().signal).then(() => hub.claimed(XFS)?.told.events);
    hub.take(frameOf([mark('A', 11n), extent, mark('B', 12n)], 13n).bytes);
    expect(await marked).toBe(1);
  });

  test('knows a mark that came before it was asked', async () => {
    expect(await hubOf(mark('A', 5n)).whenMarked('A', new AbortController().signal)).toBe(true);
  });

  test('gives up when it is told to', async () => {
    expect(await hubOf().whenMarked('A', AbortSignal.timeout(1))).toBe(false);
  });
});
