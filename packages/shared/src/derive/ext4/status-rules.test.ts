import { describe, expect, test } from 'vitest';
import { formatOf, type FormatField } from '../../fixtures/ftrace/formats.ts';
import { formatsOf } from '../../fixtures/ftrace/records.ts';
import { Stage } from '../../fixtures/ftrace/stage.ts';
import { createModel } from '../../model/index.ts';
import { MapType } from '../../trace/index.ts';

const DEV = (7 << 20) | 1,
  FILE = 12n,
  ANYBODY = 100,
  OURS = 5,
  ALL = 0xffff_ffff;
const UNWRITTEN = 2,
  DELAYED = 4;

const head: readonly FormatField[] = [
    ['dev_t', 'dev', 4],
    ['ino_t', 'ino', 8],
  ],
  range: readonly FormatField[] = [...head, ['ext4_lblk_t', 'lblk', 4], ['ext4_lblk_t', 'len', 4]],
  placed: readonly FormatField[] = [...range, ['ext4_fsblk_t', 'pblk', 8], ['char', 'status', 2]];
/** As Linux 6.18 has them, without the fields that nobody reads. */
const events: Readonly<Record<string, readonly FormatField[]>> = {
  ext4_es_insert_extent: placed,
  ext4_es_insert_delayed_extent: placed,
  ext4_es_remove_extent: range,
  ext4_ext_remove_space: [...head, ['ext4_lblk_t', 'start', 4], ['ext4_lblk_t', 'end', 4]],
  ext4_evict_inode: head,
  ext4_punch_hole: [...head, ['loff_t', 'offset', 8], ['loff_t', 'len', 8]],
  ext4_writepages: [
    ...head,
    ['long', 'nr_to_write', 8],
    ['loff_t', 'range_start', 8],
    ['loff_t', 'range_end', 8],
    ['char', 'range_cyclic', 2],
  ],
};
const formats = [
  ...[...formatsOf('6.18').values()].filter(({ name }) => !(name in events)),
  ...Object.entries(events).map(([name, fields], i) => formatOf(name, 4001 + i, fields)),
];

type Told = readonly [event: string, fields?: Readonly<Record<string, number | bigint>>, pid?: number];
const gets = (lblk: number, len: number, pid = ANYBODY): Told => [
  'ext4_es_insert_extent',
  { lblk, len, pblk: 1000 + lblk, status: UNWRITTEN },
  pid,
];
const loses = (lblk: number, len: number): Told => ['ext4_es_remove_extent', { lblk, len }];

/** What the map says of 16 blocks of a file after these events: first block and type of each piece. */
function mapAfter(told: readonly Told[], without: readonly string[] = []): object {
  const model = createModel(),
    stage = new Stage(
      formats.filter(({ name }) => !without.includes(name)),
      {
        rules: 'ext4',
        identify: () => 1,
        volume: (dev) => ({ dev, filesystem: 'ext4', device: 1, blockSize: 4096 }),
        ownPids: new Set([OURS]),
      },
    );
  for (const [event, fields, pid] of told) stage.put(event, { dev: DEV, ino: FILE, ...fields }, pid);
  stage.rows(model);
  const extents = model.files.find(1)?.data.list(0n, 16n << 12n) ?? [];
  return Object.fromEntries(
    extents.map(({ from, type }) => [from >> 12n, Object.keys(MapType).find((name) => MapType[name as keyof typeof MapType] === type)]),
  );
}

describe('a range that is taken out of what ext4 knows of a file', () => {
  test('is unknown: extents of two files change places without a word', () => {
    expect(mapAfter([gets(0, 16), loses(4, 8)])).toEqual({ 0: 'UNWRITTEN', 4: 'UNKNOWN', 12: 'UNWRITTEN' });
    expect(mapAfter([gets(0, 16), loses(0, ALL)])).toEqual({ 0: 'UNKNOWN' });
  });

  test('stays as it is where the inode leaves memory, and where a kernel does not tell of that', () => {
    expect(mapAfter([gets(0, 16), ['ext4_evict_inode'], loses(0, ALL)])).toEqual({ 0: 'UNWRITTEN' });
    expect(mapAfter([gets(0, 16), loses(0, ALL)], ['ext4_evict_inode'])).toEqual({ 0: 'UNWRITTEN' });
  });

  test('is a hole where a hole is punched', () => {
    const punch: Told = ['ext4_punch_hole', { offset: 4 << 12, len: 8 << 12 }];
    expect(mapAfter([gets(0, 16), punch, loses(4, 8)])).toEqual({ 0: 'UNWRITTEN', 4: 'HOLE', 12: 'UNWRITTEN' });
  });

  test('has no place where it waited for one', () => {
    const waits: Told = ['ext4_es_insert_delayed_extent', { lblk: 4, len: 4, status: DELAYED }];
    expect(mapAfter([gets(0, 4), waits, loses(4, 4)])).toEqual({ 0: 'UNWRITTEN', 4: 'HOLE' });
  });
});

describe('a range that ext4 looks up', () => {
  test('is told by the answer where we have asked for it, and else by that', () => {
    expect(mapAfter([gets(0, 16, OURS)])).toEqual({});
    expect(mapAfter([gets(0, 16)])).toEqual({ 0: 'UNWRITTEN' });
  });

  test('gets a place where we write it back', () => {
    const writes: Told = ['ext4_writepages', { nr_to_write: 100, range_start: 0, range_end: 65_535 }, OURS];
    expect(mapAfter([writes, gets(0, 16, OURS)])).toEqual({ 0: 'UNWRITTEN' });
  });
});
