import { describe, expect, test } from 'vitest';
import { formatOf } from '../../fixtures/ftrace/formats.ts';
import { recordOf } from '../../fixtures/ftrace/records.ts';
import { decodeFrame, FrameBuilder, How, Kind, MapType } from '../../trace/index.ts';
import { isFlaw, U64_MAX } from '../../units/index.ts';
import type { FtraceFormat } from '../../wire/index.ts';
import { createDeriver } from '../deriver.ts';

/** As Linux 6.18 has them, without the bits, whose values it does not print. */
const fsid = ['u8', 'fsid[16]', 16] as const,
  clear = formatOf(
    'btrfs_clear_extent_bit',
    3001,
    [fsid, ['unsigned', 'owner', 4], ['u64', 'ino', 8], ['u64', 'rootid', 8], ['u64', 'start', 8], ['u64', 'len', 8]],
    '"io_tree=%s", __print_symbolic(REC->owner, {2, "BTREE_INODE_IO"}, {3, "INODE_IO"})',
  ),
  evict = formatOf('btrfs_inode_evict', 3002, [fsid, ['u64', 'ino', 8], ['u64', 'root_objectid', 8]]);
const ID = 'a'.repeat(16),
  OURS = 77;

/** Rows that records make where inode 257 of subvolume 256 is watched. */
function rowsOf(...records: readonly (readonly [FtraceFormat, Readonly<Record<string, number | bigint | string>>])[]): string[] {
  const out = new FrameBuilder();
  const deriver = createDeriver({
    rules: 'btrfs',
    formats: [clear, evict],
    out,
    full: () => undefined,
    identify: (_, ino, root) => (ino === 257n && root === 256n ? 9 : -1),
    volume: (dev) => ({ dev, filesystem: 'btrfs', device: 0, blockSize: 4096 }),
    volumeOfFsid: (fsid) => (fsid === '61'.repeat(16) ? { dev: 40, filesystem: 'btrfs', device: 0, blockSize: 4096 } : undefined),
    pageSize: 4096,
    ownPids: new Set([OURS]),
  });
  records.forEach(([format, fields], i) => {
    const view = recordOf(format, { common_pid: 1, ...fields });
    deriver.record(view, 0, view.byteLength, BigInt(100 + i), 0);
  });
  const frame = decodeFrame(out.take(1000n));
  if (isFlaw(frame)) throw new Error(frame.field);
  return Array.from({ length: frame.count }, (_, i) => {
    const what = frame.kind[i] === Kind.folio ? 'pages' : frame.type[i] === MapType.UNKNOWN ? `map ${frame.role[i]}` : '?',
      end = frame.offset[i]! + frame.length[i]!;
    expect(frame.how[i]).toBe(How.unknown);
    return `${what} ${frame.offset[i]}-${end === U64_MAX ? 'end' : end}`;
  });
}

const change = { fsid: ID, owner: 3, ino: 257n, rootid: 256n, start: 4096n, len: 8192n };

describe('a change of the states of a btrfs file’s ranges', () => {
  test('puts both maps of the range in doubt, and its pages', () => {
    expect(rowsOf([clear, change])).toEqual(['map 1 4096-12288', 'map 2 4096-12288', 'pages 4096-12288']);
  });

  test('says nothing of the same inode number in another subvolume, of another filesystem, of another tree, or of what we did ourselves', () => {
    expect(
      rowsOf(
        [clear, { ...change, rootid: 5n }],
        [clear, { ...change, fsid: 'b'.repeat(16) }],
        [clear, { ...change, owner: 2 }],
        [clear, { ...change, common_pid: OURS }],
      ),
    ).toEqual([]);
  });

  test('reaches to the end of the file where it does', () => {
    expect(rowsOf([clear, { ...change, start: 0n, len: 1n << 63n }])).toEqual([
      'map 1 0-end',
      'map 2 0-end',
      'pages 0-9223372036854775808',
    ]);
  });
});

describe('a btrfs file that leaves memory', () => {
  test('is in doubt as a whole', () => {
    expect(rowsOf([evict, { fsid: ID, ino: 257n, root_objectid: 256n }])).toEqual(['map 1 0-end', 'map 2 0-end', 'pages 0-end']);
  });
});
