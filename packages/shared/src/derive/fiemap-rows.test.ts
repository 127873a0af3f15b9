import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { decodeFrame, type Frame, FrameBuilder, How, Kind, MapLayer, MapType, NO_ADDR, SourceId } from '../trace/index.ts';
import { ExtentFlag, fiemap, FiemapColumns, fiemapExtent, FiemapFlag, MapFlag } from '../wire/index.ts';
import { type DelallocSeen, delallocSeen } from './fiemap-meaning.ts';
import { type MapTold, type Placing, sayMap } from './fiemap-rows.ts';

const { DELALLOC, UNKNOWN, UNWRITTEN, ENCODED, DATA_INLINE, NOT_ALIGNED, SHARED, LAST } = FiemapFlag;

type Told = readonly [offset: number, length: number, addr: number, flags: number];

function columnsOf(records: readonly Told[]): FiemapColumns {
  const answer = new Uint8Array(fiemap.size + records.length * fiemapExtent.size),
    columns = new FiemapColumns();
  records.forEach(([offset, length, addr, flags], i) => {
    const record = { fe_logical: BigInt(offset), fe_length: BigInt(length), fe_physical: BigInt(addr), fe_flags: flags };
    fiemapExtent.write(record, answer, fiemap.size + i * fiemapExtent.size);
  });
  columns.append(answer, records.length);
  return columns;
}

const told = (records: readonly Told[], changes: Partial<MapTold> = {}): MapTold => ({
  inode: 7,
  from: 0n,
  to: 30n,
  at: 99n,
  extents: columnsOf(records),
  placing: 3,
  delalloc: 'everywhere',
  ...changes,
});

function rowsOf(what: MapTold): Frame {
  const rows = new FrameBuilder(1);
  sayMap(rows, what, () => expect.fail('one frame is enough'));
  return decodeFrame(rows.take(100n)) as Frame;
}

const names = new Map<number, string>(Object.entries(MapType).map(([name, value]) => [value, name]));
const say = (frame: Frame): string[] =>
  Array.from({ length: frame.count }, (_, i) => {
    const layer = frame.role[i] === MapLayer.pending ? 'pending ' : '',
      place = frame.addr[i] === NO_ADDR ? '' : ` at ${frame.addr[i]} of ${frame.device[i]}`,
      flags = frame.flags[i] ? ` flags 0x${frame.flags[i]!.toString(16)}` : '';
    return `${layer}${names.get(frame.type[i]!)} ${frame.offset[i]}+${frame.length[i]}${place}${flags}`;
  });

describe('sayMap', () => {
  test('tells extents, the holes between them, and that nothing waits for a place', () => {
    expect(
      say(
        rowsOf(
          told([
            [0, 8, 100, 0],
            [10, 5, 200, UNWRITTEN | LAST],
          ]),
        ),
      ),
    ).toEqual(['MAPPED 0+8 at 100 of 3', 'HOLE 8+2', 'UNWRITTEN 10+5 at 200 of 3', 'HOLE 15+15', 'pending HOLE 0+30']);
  });

  test('tells what waits for a place on the pending map, and no place of it on the other', () => {
    expect(
      say(
        rowsOf(
          told([
            [0, 8, 100, 0],
            [8, 4, 0, UNKNOWN | DELALLOC],
          ]),
        ),
      ),
    ).toEqual(['MAPPED 0+8 at 100 of 3', 'pending HOLE 0+8', 'pending DELALLOC 8+4', 'HOLE 8+22', 'pending HOLE 12+18']);
  });

  test('says nothing of what waits where FIEMAP would not see it: a copy on write of XFS, all that btrfs writes anew', () => {
    const records: readonly Told[] = [
      [0, 8, 100, SHARED],
      [8, 4, 200, 0],
    ];
    const pending = (delalloc: DelallocSeen): string[] =>
      say(rowsOf(told(records, { delalloc }))).filter((row) => row.startsWith('pending'));
    expect([delallocSeen('xfs'), delallocSeen('ext4'), delallocSeen('btrfs'), delallocSeen('f2fs')]).toEqual([
      'unshared',
      'everywhere',
      'holes',
      'holes',
    ]);
    expect(pending('everywhere')).toEqual(['pending HOLE 0+30']);
    expect(pending('unshared')).toEqual(['pending HOLE 8+22']);
    expect(pending('holes')).toEqual(['pending HOLE 12+18']);
  });

  test('keeps the flags that a type does not say, and gives no place to what has none of its own', () => {
    expect(
      say(
        rowsOf(
          told([
            [0, 8, 100, SHARED | ENCODED],
            [8, 4, 0, DATA_INLINE | NOT_ALIGNED],
            [12, 4, 5, UNKNOWN],
          ]),
        ),
      ).slice(0, 3),
    ).toEqual([
      `MAPPED 0+8 at 100 of 3 flags 0x${(MapFlag.SHARED | ExtentFlag.ENCODED).toString(16)}`,
      `INLINE 8+4 flags 0x${ExtentFlag.NOT_ALIGNED.toString(16)}`,
      'UNKNOWN 12+4',
    ]);
  });

  const halves: Placing = (addr, length) =>
    length < 2n
      ? [{ length, device: 1, addr, isCopied: true }]
      : [
          { length: length / 2n, device: 1, addr, isCopied: true },
          { length: length - length / 2n, device: 2, addr: addr + 1000n, isCopied: true },
        ];

  test('tells each piece of an extent that lies in several, but a compressed one only by where it begins', () => {
    expect(
      say(
        rowsOf(
          told(
            [
              [0, 8, 100, 0],
              [8, 4, 50, ENCODED],
            ],
            { placing: halves },
          ),
        ),
      ).slice(0, 3),
    ).toEqual([
      `MAPPED 0+4 at 100 of 1 flags 0x${ExtentFlag.COPIES.toString(16)}`,
      `MAPPED 4+4 at 1100 of 2 flags 0x${ExtentFlag.COPIES.toString(16)}`,
      `MAPPED 8+4 at 50 of 1 flags 0x${(ExtentFlag.ENCODED | ExtentFlag.COPIES).toString(16)}`,
    ]);
  });

  test('leaves open what is shared where nobody tells of changes', () => {
    const rows = rowsOf(
      told(
        [
          [0, 8, 100, SHARED],
          [8, 4, 200, 0],
          [12, 4, 0, DATA_INLINE],
        ],
        { followsSharing: false },
      ),
    );
    const open = `flags 0x${ExtentFlag.SHARING_UNKNOWN.toString(16)}`;
    expect(say(rows).slice(0, 3)).toEqual([`MAPPED 0+8 at 100 of 3 ${open}`, `MAPPED 8+4 at 200 of 3 ${open}`, 'INLINE 12+4']);
  });

  test('tells who wants to hear of it where each range lies, in the addresses of the filesystem and on the device', () => {
    const lies = vi.fn();
    rowsOf(
      told(
        [
          [0, 8, 100, SHARED],
          [10, 4, 0, UNKNOWN],
        ],
        { placing: halves, lies },
      ),
    );
    const flags = MapFlag.SHARED | ExtentFlag.COPIES;
    expect(lies.mock.calls).toEqual([
      [{ from: 0n, to: 4n, logical: 100n, addr: 100n, device: 1, flags }],
      [{ from: 4n, to: 8n, logical: 104n, addr: 1100n, device: 2, flags }],
    ]);
  });

  test('stamps every row with the moment of the question and says who answered', () => {
    const frame = rowsOf(told([[0, 8, 100, 0]]));
    for (let i = 0; i < frame.count; i++)
      expect([frame.kind[i], frame.time[i], frame.inode[i], frame.source[i], frame.how[i]]).toEqual([
        Kind.extent,
        99n,
        7,
        SourceId.fiemap,
        How.reported,
      ]);
  });

  test('asks for room when a frame is full, and loses no row', () => {
    const many = Array.from({ length: 40_000 }, (_, i): Told => [2 * i, 1, 5 * i, 0]),
      rows = new FrameBuilder();
    let count = 0;
    const take = (): void => void (count += (decodeFrame(rows.take(100n)) as Frame).count);
    sayMap(rows, told(many, { to: 80_000n }), take);
    take();
    expect(count).toBe(40_000 + 40_000 + 1);
  });

  const record = fc.record({
    gap: fc.nat(2),
    length: fc.integer({ min: 1, max: 4 }),
    addr: fc.nat(500),
    flags: fc.constantFrom(0, 0, UNWRITTEN, UNKNOWN | DELALLOC, SHARED, DATA_INLINE | NOT_ALIGNED, UNKNOWN),
  });

  test('agrees with one cell a byte: each is told once on the data map, and on the other what can be known', () => {
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 8 }),
        fc.constantFrom<DelallocSeen>('everywhere', 'unshared', 'holes'),
        fc.constantFrom<Placing>(3, halves),
        (list, delalloc, placing) => {
          const END = 50;
          const data = Array<string>(END).fill('HOLE'),
            pending = Array<string>(END).fill('HOLE'),
            records: Told[] = [];
          let at = 0;
          for (const { gap, length, addr, flags } of list) {
            at += gap;
            records.push([at, length, addr, flags]);
            const isDelalloc = (flags & DELALLOC) !== 0;
            for (let byte = at; byte < at + length; byte++) {
              if ((flags & DATA_INLINE) !== 0) data[byte] = 'INLINE';
              else if (flags === UNKNOWN) data[byte] = 'UNKNOWN';
              else if (!isDelalloc) data[byte] = flags === UNWRITTEN ? 'UNWRITTEN' : 'MAPPED';
              const isBlind = delalloc === 'holes' || (delalloc === 'unshared' && flags === SHARED);
              pending[byte] = isDelalloc ? 'DELALLOC' : isBlind ? '?' : 'HOLE';
            }
            at += length;
          }
          const seen = { [MapLayer.data]: Array<string>(END).fill('?'), [MapLayer.pending]: Array<string>(END).fill('?') };
          const frame = rowsOf(told(records, { to: BigInt(END), delalloc, placing }));
          for (let i = 0; i < frame.count; i++) {
            const cells = seen[frame.role[i] as MapLayer];
            for (let byte = Number(frame.offset[i]); byte < Number(frame.offset[i]! + frame.length[i]!); byte++) {
              expect(cells[byte], 'told once').toBe('?');
              cells[byte] = names.get(frame.type[i]!)!;
            }
          }
          expect(seen[MapLayer.data]).toEqual(data);
          expect(seen[MapLayer.pending]).toEqual(pending);
        },
      ),
    );
  });
});
