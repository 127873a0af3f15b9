import { describe, expect, test } from 'vitest';
import { formatOf } from '../../fixtures/ftrace/formats.ts';
import { recordOf } from '../../fixtures/ftrace/records.ts';
import { decodeFrame, FrameBuilder, How, MapType, Where } from '../../trace/index.ts';
import { isFlaw } from '../../units/index.ts';
import { ExtentFlag, type FtraceFormat, MapFlag } from '../../wire/index.ts';
import { createDeriver } from '../deriver.ts';
import { ToldPlaces } from './told-places.ts';

/** As Linux 6.18 has them, as far as they are read. */
const fsid = ['u8', 'fsid[16]', 16] as const,
  ofData = formatOf('add_delayed_data_ref', 3001, [fsid, ['u64', 'bytenr', 8], ['u64', 'num_bytes', 8]]),
  ofTree = formatOf('add_delayed_tree_ref', 3002, [fsid, ['u64', 'bytenr', 8], ['int', 'action', 4], ['u64', 'ref_root', 8]]),
  copied = formatOf('btrfs_cow_block', 3003, [fsid, ['u64', 'buf_start', 8]]),
  allocated = formatOf('btrfs_reserve_extent', 3004, [fsid, ['u64', 'start', 8]]);
const ID = 'a'.repeat(16),
  DEV = 40,
  ADD = 1,
  DROP = 2;

type Made = readonly [FtraceFormat, Readonly<Record<string, number | bigint | string>>];
const volume = { dev: DEV, filesystem: 'btrfs', device: 0, blockSize: 4096 } as const;

/** What is said of two files that are told to lie at 1 MiB, `9` of subvolume 256, and at 2 MiB, `10` of 257, each of 8 KiB; and whether sharing is followed. */
function saidOf(records: readonly Made[], formats = [ofData, ofTree, copied, allocated]): { said: string[]; isFollowed: boolean } {
  const out = new FrameBuilder(),
    places = new ToldPlaces();
  const deriver = createDeriver({
    rules: 'btrfs',
    formats,
    out,
    full: () => undefined,
    identify: (_, ino) => Number(ino),
    volume: () => volume,
    volumeOfFsid: (fsid) => (fsid === '61'.repeat(16) ? volume : undefined),
    places,
    pageSize: 4096,
  });
  const at = { dev: DEV, from: 0n, to: 8192n, device: 3, flags: MapFlag.SHARED | ExtentFlag.COPIES };
  places.told({ ...at, ino: 9n, root: 256n, logical: 1n << 20n, addr: 5n << 20n }, 1n);
  places.told({ ...at, ino: 10n, root: 257n, logical: 2n << 20n, addr: 6n << 20n }, 1n);
  records.forEach(([format, fields], i) => {
    const view = recordOf(format, { common_pid: 1, fsid: ID, ...fields });
    deriver.record(view, 0, view.byteLength, BigInt(100 + i), 0);
  });
  const frame = decodeFrame(out.take(1000n));
  if (isFlaw(frame)) throw new Error(frame.field);
  const said = Array.from({ length: frame.count }, (_, i) => {
    expect([frame.type[i], frame.result[i], frame.how[i]]).toEqual([MapType.MAPPED, BigInt(Where.same), How.reported]);
    expect(frame.flags[i]).toBe(ExtentFlag.SHARING_UNKNOWN | ExtentFlag.COPIES);
    return `${frame.inode[i]}: ${frame.offset[i]}+${frame.length[i]} at ${frame.addr[i]! >> 20n}M of ${frame.device[i]}`;
  });
  return { said, isFollowed: places.isFollowed };
}
const said = (...records: readonly Made[]): string[] => saidOf(records).said;

const ofNine = '9: 0+8192 at 5M of 3',
  ofTen = '10: 0+8192 at 6M of 3';
const data = (bytenr: bigint, num_bytes = 4096n): Made => [ofData, { bytenr, num_bytes }],
  tree = (action: number, bytenr: bigint, ref_root: bigint, common_pid = 1): Made => [ofTree, { bytenr, action, ref_root, common_pid }],
  copy = (buf_start: bigint, common_pid = 1): Made => [copied, { buf_start, common_pid }],
  allocate = (start: bigint): Made => [allocated, { start }];

describe('a reference to an extent of btrfs that comes or goes', () => {
  test('leaves open whether what lies there is shared, once, and says nothing of what lies elsewhere', () => {
    expect(said(data((1n << 20n) + 4096n), data(1n << 20n))).toEqual([ofNine]);
    expect(said(data((1n << 20n) + 8192n), data(0n, 1n << 20n))).toEqual([]);
    expect(said([ofData, { fsid: 'b'.repeat(16), bytenr: 1n << 20n, num_bytes: 4096n }])).toEqual([]);
  });
});

describe('a reference to a block of a tree of btrfs', () => {
  test('says nothing where the block was copied, or is new', () => {
    expect(said(allocate(70n), tree(ADD, 70n, 256n), tree(DROP, 60n, 256n), copy(60n), tree(ADD, 80n, 2n))).toEqual([]);
    expect(said(tree(DROP, 60n, 256n, 1), tree(DROP, 61n, 257n, 2), copy(60n, 1), copy(61n, 2))).toEqual([]);
  });

  test('leaves all open where a block that was there gets another owner', () => {
    expect(said(allocate(70n), tree(ADD, 60n, 258n))).toEqual([ofNine, ofTen]);
  });

  test('leaves all open but for the files of the subvolume that gave up a block which it has not copied', () => {
    expect(said(tree(DROP, 60n, 257n))).toEqual([]);
    expect(said(tree(DROP, 60n, 257n), copy(61n))).toEqual([ofNine]);
    expect(said(tree(DROP, 60n, 257n), tree(DROP, 61n, 2n))).toEqual([ofNine]);
    expect(said(tree(DROP, 60n, 2n), tree(DROP, 61n, 7n), tree(ADD, 62n, 1n << 63n))).toEqual([]);
  });

  test('leaves all open where a kernel does not tell which blocks are new', () => {
    expect(saidOf([tree(ADD, 70n, 256n)], [ofData, ofTree, copied])).toEqual({ said: [ofNine, ofTen], isFollowed: true });
  });
});

test('sharing on btrfs is followed only where all of its references are told', () => {
  for (const format of [ofData, ofTree, copied])
    expect(
      saidOf(
        [],
        [ofData, ofTree, copied, allocated].filter((it) => it !== format),
      ).isFollowed,
    ).toBe(false);
});
