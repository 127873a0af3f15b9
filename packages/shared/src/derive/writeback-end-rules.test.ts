import { describe, expect, test } from 'vitest';
import { formatOf } from '../fixtures/ftrace/formats.ts';
import { formatsOf, recordOf } from '../fixtures/ftrace/records.ts';
import { decodeFrame, FolioState, FrameBuilder, heapOf, Kind } from '../trace/index.ts';
import { isFlaw, U64_MAX, utf8Text } from '../units/index.ts';
import type { FtraceFormat } from '../wire/index.ts';
import { createDeriver } from './deriver.ts';
import type { Filesystem } from './volume.ts';

const DEV = 39;

/** As Linux 6.18 has it, without the fields that nobody reads. */
const edge = (name: string, id: number): FtraceFormat =>
  formatOf(name, id, [
    ['dev_t', 'dev', 4],
    ['ino_t', 'ino', 8],
  ]);
const known = [...formatsOf('6.18').values(), edge('sb_mark_inode_writeback', 3001), edge('sb_clear_inode_writeback', 3002)];

/** Rows that a few records make. */
function rowsOf(
  filesystem: Filesystem,
  records: readonly (readonly [event: string, fields: Readonly<Record<string, number | bigint>>, rest?: Uint8Array])[],
): string[] {
  const out = new FrameBuilder(),
    deriver = createDeriver({
      rules: filesystem,
      formats: known,
      out,
      full: () => undefined,
      identify: (_, ino) => (ino === 5n ? 7 : -1),
      volume: (dev) => ({ dev, filesystem, device: 1, blockSize: 4096 }),
      pageSize: 4096,
    });
  records.forEach(([event, fields, rest = new Uint8Array()], i) => {
    const head = recordOf(
        known.find(({ name }) => name === event)!,
        { common_pid: 9, ...fields },
      ),
      bytes = new Uint8Array(head.byteLength + rest.length);
    bytes.set(new Uint8Array(head.buffer));
    bytes.set(rest, head.byteLength);
    deriver.record(new DataView(bytes.buffer), 0, bytes.length, BigInt(100 + i), 1);
  });
  const frame = decodeFrame(out.take(1000n));
  if (isFlaw(frame)) throw new Error(frame.field);
  return Array.from({ length: frame.count }, (_, i) =>
    frame.kind[i] === Kind.mark
      ? `mark by ${frame.pid[i]}: ${utf8Text(heapOf(frame, i))}`
      : `${Object.entries(FolioState).find(([, state]) => state === frame.type[i])?.[0]} ${frame.offset[i]}+${frame.length[i] === U64_MAX ? 'all' : frame.length[i]}`,
  );
}

describe('the last page of an inode that is under writeback', () => {
  test.each(['fuse', 'ext4', 'btrfs', 'other'] as const)('ends the writeback of all of its pages, on %s', (filesystem) => {
    expect(
      rowsOf(filesystem, [
        ['sb_mark_inode_writeback', { dev: DEV, ino: 5n }],
        ['sb_clear_inode_writeback', { dev: DEV, ino: 5n }],
      ]),
    ).toEqual(['written 0+all']);
  });

  test('is nobody else’s', () => {
    expect(rowsOf('ext4', [['sb_clear_inode_writeback', { dev: DEV, ino: 6n }]])).toEqual([]);
  });

  test('makes writeback on a FUSE mount that others serve whole: what is taken is under writeback until then', () => {
    expect(
      rowsOf('fuse', [
        ['iomap_writeback_folio', { dev: DEV, ino: 5n, size: 5000n, offset: 4096n, length: 904n }],
        ['sb_clear_inode_writeback', { dev: DEV, ino: 5n }],
      ]),
    ).toEqual(['submitted 4096+4096', 'written 0+all']);
  });
});

describe('what is written to trace_marker', () => {
  const text = (words: string): Uint8Array => new TextEncoder().encode(words);
  test('is a mark, without the newline and the filling that the kernel puts behind it', () => {
    expect(rowsOf('xfs', [['print', { ip: 1n }, text('here I am\n\0\u0007\u0007')]])).toEqual(['mark by 9: here I am']);
  });

  test('is a mark also when it is empty, or cut', () => {
    expect(
      rowsOf('btrfs', [
        ['print', {}, text('\n\0')],
        ['print', {}, text('')],
        ['print', {}, text('cut of')],
      ]),
    ).toEqual(['mark by 9: ', 'mark by 9: ', 'mark by 9: cut of']);
  });
});
