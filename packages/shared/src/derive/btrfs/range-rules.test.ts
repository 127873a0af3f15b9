import { describe, expect, test } from 'vitest';
import { recordOf } from '../../fixtures/ftrace/records.ts';
import { decodeFrame, FrameBuilder, How, Kind, MapType } from '../../trace/index.ts';
import { isFlaw, U64_MAX } from '../../units/index.ts';
import { type FtraceFormat, parseFormat } from '../../wire/index.ts';
import { createDeriver } from '../deriver.ts';

/** As Linux 6.18 prints it, without the bits, whose values it does not print. */
function formatOf(name: string, id: number, fields: readonly string[], print = '""'): FtraceFormat {
  const all = ['unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;', 'int common_pid;\toffset:4;\tsize:4;\tsigned:1;', ...fields];
  const format = parseFormat(
    [`name: ${name}`, `ID: ${id}`, 'format:', ...all.map((line) => `\tfield:${line}`), '', `print fmt: ${print}`, ''].join('\n'),
  );
  if (isFlaw(format)) throw new Error(format.field);
  return format;
}
const clear = formatOf(
    'btrfs_clear_extent_bit',
    3001,
    [
      'u8 fsid[16];\toffset:8;\tsize:16;\tsigned:0;',
      'unsigned owner;\toffset:24;\tsize:4;\tsigned:0;',
      'u64 ino;\toffset:32;\tsize:8;\tsigned:0;',
      'u64 rootid;\toffset:40;\tsize:8;\tsigned:0;',
      'u64 start;\toffset:48;\tsize:8;\tsigned:0;',
      'u64 len;\toffset:56;\tsize:8;\tsigned:0;',
    ],
    '"io_tree=%s", __print_symbolic(REC->owner, {2, "BTREE_INODE_IO"}, {3, "INODE_IO"})',
  ),
  evict = formatOf('btrfs_inode_evict', 3002, [
    'u8 fsid[16];\toffset:8;\tsize:16;\tsigned:0;',
    'u64 ino;\toffset:24;\tsize:8;\tsigned:0;',
    'u64 root_objectid;\toffset:32;\tsize:8;\tsigned:0;',
  ]);
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
