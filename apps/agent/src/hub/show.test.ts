import { type EventRow, frameOf } from '@mapscope/shared/fixtures';
import { Asker, How, Kind, MapLayer, MapType, NO_ADDR, SourceId } from '@mapscope/shared/trace';
import { utf8 } from '@mapscope/shared/units';
import { describe, expect, test } from 'vitest';
import { Hub } from './hub.ts';

const K = 4096n;
const extent = (from: number, blocks: number, type: MapType, more: Partial<EventRow> = {}): EventRow => ({
  kind: Kind.extent,
  time: 2n,
  inode: 1,
  source: SourceId.fuse,
  role: MapLayer.data,
  how: How.reported,
  offset: BigInt(from) * K,
  length: BigInt(blocks) * K,
  type,
  ...more,
});
const at = (device: number, block: number): Partial<EventRow> => ({ device, addr: BigInt(block) * K });

function hubWith(...rows: EventRow[]): Hub {
  const hub = new Hub();
  hub.deliver(
    frameOf([
      { kind: Kind.device, time: 1n, device: 1, length: 1n << 30n, addr: K, bytes: utf8('/dev/shm/a.img') },
      { kind: Kind.device, time: 1n, device: 2, length: 1n << 30n, addr: K, bytes: utf8('/dev/shm/b.img') },
      {
        kind: Kind.inode,
        time: 1n,
        inode: 1,
        source: SourceId.fuse,
        how: How.reported,
        offset: 2n ** 64n - 5n,
        length: 8n * K - 7n,
        type: 0o100644,
        bytes: utf8('plain/f'),
      },
      ...rows,
    ]),
  );
  return hub;
}
const shown = (...rows: EventRow[]): ReturnType<Hub['show']> => {
  const hub = hubWith(...rows);
  return hub.show(hub.find(2n ** 64n - 5n)!);
};
const brief = (...rows: EventRow[]): string[] =>
  shown(...rows).extents.map(
    ({ offset, length, addr, device, type }) =>
      `${BigInt(offset) / K}+${Math.ceil(Number(length) / 4096)} ${type}${addr === null ? '' : ` ${device} ${BigInt(addr) / K}`}`,
  );

describe('show', () => {
  test('gives the address on a device that nobody introduced, and no device for it; without a device an address is none', () => {
    expect(brief(extent(0, 8, MapType.MAPPED, at(3, 7)))).toEqual(['0+8 MAPPED null 7']);
    expect(brief(extent(0, 8, MapType.MAPPED, at(0, 7)))).toEqual(['0+8 MAPPED']);
  });

  test('says a u64 as a decimal string, names without prefix, and the path of the device', () => {
    const most = 2n ** 63n + 4096n;
    expect(shown(extent(0, 8, MapType.MAPPED, { device: 2, addr: most, flags: 4 | 8 | 0x4000 })).extents).toEqual([
      {
        offset: '0',
        length: '32768',
        addr: String(most),
        device: '/dev/shm/b.img',
        type: 'MAPPED',
        flags: ['SHARED', 'MERGED', '0x4000?'],
      },
    ]);
    expect(shown()).toMatchObject({ file: 'plain/f', size: String(8n * K - 7n), layouts: [] });
  });

  test('says UNKNOWN up to the size where nothing was ever told', () => {
    expect(brief()).toEqual(['0+8 UNKNOWN']);
    expect(brief(extent(2, 2, MapType.HOLE))).toEqual(['0+2 UNKNOWN', '2+2 HOLE', '4+4 UNKNOWN']);
  });

  test('makes one extent of neighbours that go on in file and device, whoever said so', () => {
    expect(
      brief(
        extent(0, 2, MapType.MAPPED, at(1, 10)),
        extent(2, 2, MapType.MAPPED, { ...at(1, 12), how: How.observed }),
        extent(4, 2, MapType.MAPPED, at(2, 14)),
        extent(6, 2, MapType.MAPPED, at(2, 17)),
      ),
    ).toEqual(['0+4 MAPPED /dev/shm/a.img 10', '4+2 MAPPED /dev/shm/b.img 14', '6+2 MAPPED /dev/shm/b.img 17']);
  });

  test('shows data that waits for a place where the data map has none, and never over what has one', () => {
    const waits = (from: number, blocks: number): EventRow => extent(from, blocks, MapType.DELALLOC, { role: MapLayer.pending });
    expect(brief(extent(0, 8, MapType.HOLE), waits(1, 2))).toEqual(['0+1 HOLE', '1+2 DELALLOC', '3+5 HOLE']);
    expect(brief(extent(0, 4, MapType.MAPPED, at(1, 10)), extent(4, 4, MapType.HOLE), waits(2, 4))).toEqual([
      '0+4 MAPPED /dev/shm/a.img 10',
      '4+2 DELALLOC',
      '6+2 HOLE',
    ]);
  });

  test('does not show the target of a copy on write before the remap', () => {
    expect(brief(extent(0, 8, MapType.MAPPED, at(1, 10)), extent(0, 8, MapType.MAPPED, { ...at(1, 90), role: MapLayer.pending }))).toEqual([
      '0+8 MAPPED /dev/shm/a.img 10',
    ]);
  });

  test('ends a hole at the size, and keeps what lies past it: preallocation', () => {
    expect(shown(extent(4, 1000, MapType.HOLE)).extents.map(({ offset, length }) => BigInt(offset) + BigInt(length))).toEqual([
      4n * K,
      8n * K - 7n,
    ]);
    expect(brief(extent(0, 8, MapType.MAPPED, at(1, 10)), extent(8, 4, MapType.UNWRITTEN, at(1, 18)))).toEqual([
      '0+8 MAPPED /dev/shm/a.img 10',
      '8+4 UNWRITTEN /dev/shm/a.img 18',
    ]);
  });

  test('says the size that stat says, and the filesystem’s own only where that is less', () => {
    const nothing = extent(0, 0, MapType.HOLE, { length: 2n ** 64n - 1n }),
      hub = hubWith(nothing, extent(0, 8, MapType.MAPPED, at(1, 10))),
      file = hub.find(2n ** 64n - 5n)!;
    expect(hub.show(file, 9n * K)).toMatchObject({
      size: String(9n * K),
      reportedSize: String(8n * K - 7n),
      extents: [
        { type: 'MAPPED', offset: '0', length: String(8n * K) },
        { type: 'HOLE', offset: String(8n * K), length: String(K) },
      ],
    });
    for (const seen of [undefined, 0n, file.size]) expect(hub.show(file, seen)).not.toHaveProperty('reportedSize');
  });

  test('shows the layout of an interleaved file with the names of the headers', () => {
    const layout: EventRow = {
      kind: Kind.layout,
      time: 2n,
      inode: 1,
      source: SourceId.fuse,
      type: 0,
      offset: 0n,
      length: 8n * K,
      flags: 65_536,
      result: 2n,
    };
    const strip: EventRow = {
      kind: Kind.strip,
      time: 2n,
      inode: 1,
      source: SourceId.fuse,
      type: 0,
      flags: 1,
      device: 2,
      addr: 4096n,
      length: 16_384n,
    };
    expect(shown(layout, strip).layouts).toEqual([
      {
        offset: '0',
        nbytes: '32768',
        chunk_size: '65536',
        nstrips: 2,
        strips: [null, { device: '/dev/shm/b.img', offset: '4096', len: '16384' }],
      },
    ]);
  });
});

describe('Hub', () => {
  test('finds the living file, not the one that had its inode number before', () => {
    const hub = hubWith(
      { kind: Kind.inodeGone, time: 3n, inode: 1, source: SourceId.fuse },
      {
        kind: Kind.inode,
        time: 4n,
        inode: 2,
        source: SourceId.fuse,
        how: How.reported,
        offset: 2n ** 64n - 5n,
        length: 1n,
        bytes: utf8('plain/g'),
      },
    );
    expect(hub.find(2n ** 64n - 5n)?.inode).toBe(2);
    expect(hub.find(77n)).toBeUndefined();
  });

  test('resolves a wait when its clock has passed the time, not when it has reached it', async () => {
    const hub = new Hub(),
      given = new AbortController();
    let isPassed = false;
    const waiting = hub.whenPassed(50n, given.signal).then((it) => (isPassed = it));
    hub.deliver(frameOf([], 50n));
    await Promise.resolve();
    expect(isPassed).toBe(false);
    hub.deliver(frameOf([], 51n));
    expect(await waiting).toBe(true);
    expect(await hub.whenPassed(50n, given.signal)).toBe(true);
  });

  test('resolves a wait with false when its signal aborts', async () => {
    const hub = new Hub(),
      given = new AbortController(),
      waiting = hub.whenPassed(50n, given.signal);
    given.abort();
    expect(await waiting).toBe(false);
    expect(await hub.whenPassed(50n, AbortSignal.abort())).toBe(false);
  });

  test('counts bytes that are no frame, and goes on', () => {
    const hub = new Hub();
    expect(hub.take(Buffer.alloc(64))).toMatchObject({ code: 'E_MAGIC' });
    hub.deliver(frameOf([{ kind: Kind.opBegin, time: 5n, op: 1, inode: 1, role: Asker.kernel, addr: NO_ADDR }]));
    expect(hub.facts()).toMatchObject({ flaws: 1, events: 1, until: 6n });
  });

  test('says a row of its own at the time the stream stands at', () => {
    const hub = new Hub();
    hub.deliver(frameOf([], 900n));
    hub.saySource({ name: 'spool', state: 'ended', why: 'the disk is full', help: '' });
    expect(hub.facts().sources).toEqual([{ source: SourceId.hub, name: 'spool', state: 'ended', why: 'the disk is full', help: '' }]);
    expect(hub.facts().until).toBe(900n);
  });
});
