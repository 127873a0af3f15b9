import { describe, expect, test } from 'vitest';
import { formatOf, type FormatField } from '../../fixtures/ftrace/formats.ts';
import { formatsOf } from '../../fixtures/ftrace/records.ts';
import { Stage } from '../../fixtures/ftrace/stage.ts';
import { frameOf } from '../../fixtures/rows.ts';
import { createModel, reduce } from '../../model/index.ts';
import { type Frame, How, Kind, MapLayer, MapType, NO_ADDR, SourceId } from '../../trace/index.ts';
import { extentFlags, MapFlag } from '../../wire/index.ts';
import { forkEvents } from './fork-rules.ts';
import { LearnedXfs } from './learned.ts';

const DEV = 7 << 20;
const FILE = 131n;
const OURS = 5;
const WORKER = 9;
const events = [...forkEvents, 'xfs_read_extent'].map((name, i) =>
  formatOf(name, 3001 + i, [
    ['dev_t', 'dev', 4],
    ['xfs_ino_t', 'ino', 8],
    ['xfs_fileoff_t', 'startoff', 8],
    ['xfs_fsblock_t', 'startblock', 8],
    ['xfs_filblks_t', 'blockcount', 8],
    ['int', 'state', 4],
    ['int', 'bmap_state', 4],
  ]),
);

const head: readonly FormatField[] = [
    ['dev_t', 'dev', 4],
    ['xfs_ino_t', 'ino', 8],
  ],
  exchanges = [
    formatOf('xfs_swap_extent_before', 3101, head),
    formatOf('xfs_exchrange_mappings', 3102, [
      ['dev_t', 'dev', 4],
      ['xfs_ino_t', 'ip1_ino', 8],
      ['xfs_ino_t', 'ip2_ino', 8],
    ]),
  ];

const record = { ino: FILE, startoff: 0, startblock: 256, blockcount: 16 },
  fieldsOf: Readonly<Record<string, Readonly<Record<string, bigint>>>> = {
    xfs_swap_extent_before: { ino: FILE },
    xfs_exchrange_mappings: { ip1_ino: FILE, ip2_ino: 132n },
  };

/** What the map says of 16 blocks of a file after these events about a record of them; `answer`: flags of what FIEMAP has said there. */
function flagsAfter(told: readonly string[], pid = 100, answer?: number): string {
  const model = createModel(),
    all = [...events, ...exchanges],
    ours = new Set(all.map(({ name }) => name)),
    stage = new Stage([...[...formatsOf('6.18').values()].filter(({ name }) => !ours.has(name)), ...all], {
      rules: 'xfs',
      identify: () => 1,
      volume: (dev) => ({ dev, filesystem: 'xfs', device: 1, blockSize: 4096, groups: { blocks: 1 << 16, log: 16 } }),
      ownPids: new Set([OURS]),
    });
  if (answer !== undefined) reduce(model, answered(answer));
  for (const event of told) stage.put(event, { dev: DEV, ...(fieldsOf[event] ?? record) }, pid);
  stage.rows(model);
  const extent = model.files.find(1)?.data.at(0n);
  return extent ? extentFlags.print(extent.flags) : 'no extent';
}

const answered = (flags: number): Frame =>
  frameOf([
    {
      kind: Kind.extent,
      time: 0n,
      inode: 1,
      source: SourceId.fiemap,
      how: How.reported,
      role: MapLayer.data,
      type: MapType.MAPPED,
      length: 16n * 4096n,
      addr: 256n * 4096n,
      device: 1,
      flags,
    },
  ]);

describe('a record of an XFS file of which nothing was told', () => {
  test('is not shared where it is new', () => {
    expect(flagsAfter(['xfs_iext_insert'])).toBe(extentFlags.print(0));
  });

  test('may be shared where it is read in, which is told as if it were new, and then as read', () => {
    expect(flagsAfter(['xfs_iext_insert', 'xfs_read_extent'])).toBe('SHARING_UNKNOWN');
  });

  test.each(exchanges.map(({ name }) => name))('may be shared where it was another file’s, as %s says', (exchange) => {
    expect(flagsAfter([exchange, 'xfs_iext_insert'])).toBe('SHARING_UNKNOWN');
  });

  test('may be shared where it is read in because we ask: of more than that, and the answer may be told to nobody', () => {
    expect(flagsAfter(['xfs_iext_insert'], OURS)).toBe('SHARING_UNKNOWN');
    expect(flagsAfter(['xfs_iext_insert', 'xfs_read_extent'], OURS)).toBe('SHARING_UNKNOWN');
  });

  test.each([0, MapFlag.SHARED])('stays what FIEMAP says, flags %i, where it was read in for that', (flags) => {
    expect(flagsAfter(['xfs_iext_insert', 'xfs_read_extent'], OURS, flags)).toBe(extentFlags.print(flags));
  });
});

test('a place is learnt from writeback, where nothing else says how block numbers are packed: of files that were known before the size of a block, and after', () => {
  const model = createModel(),
    found = formatOf('xfs_iomap_alloc', 3101, [
      ['dev_t', 'dev', 4],
      ['xfs_ino_t', 'ino', 8],
      ['xfs_fsblock_t', 'startblock', 8],
      ['xfs_filblks_t', 'blockcount', 8],
    ]),
    converted = formatOf('xfs_unwritten_convert', 3102, [
      ['dev_t', 'dev', 4],
      ['xfs_ino_t', 'ino', 8],
      ['loff_t', 'offset', 8],
      ['size_t', 'count', 8],
    ]),
    own = [...events, found, converted],
    ours = new Set(own.map(({ name }) => name)),
    volume = new LearnedXfs(DEV, 1),
    stage = new Stage([...[...formatsOf('6.18').values()].filter(({ name }) => !ours.has(name)), ...own], {
      rules: 'xfs',
      identify: (_, ino) => Number(ino),
      volume: () => volume,
    });
  /** In group 1: its place is not its number. */
  const packed = (1 << 20) + 7,
    delayed = 4503599627239429n;
  for (const ino of [21, 22]) {
    const it = { dev: DEV, ino: BigInt(ino) },
      start = packed + (ino - 21) * 64,
      addr = (1000 + (ino - 21) * 64) * 4096,
      waits = { ...it, startoff: 0, startblock: delayed, blockcount: 16 },
      lies = { ...waits, startblock: start };
    stage.put('iomap_iter', { ...it, pos: 0, flags: 1 });
    stage.put('xfs_iext_insert', waits);
    stage.put('xfs_iomap_alloc', { ...it, startblock: delayed, blockcount: 16 });
    stage.put('iomap_iter_dstmap', { ...it, offset: 0, length: 65_536, addr: NO_ADDR, type: MapType.DELALLOC, bdev: DEV });
    stage.put('xfs_bmap_pre_update', waits, WORKER);
    stage.put('xfs_bmap_post_update', { ...lies, state: 1 }, WORKER);
    stage.put('iomap_writeback_folio', { ...it, offset: 0, length: 65_536, size: 65_536 }, WORKER);
    const map = { addr, offset: 0, length: 65_536, type: MapType.UNWRITTEN, bdev: DEV };
    stage.put('iomap_add_to_ioend', { ...it, pos: 0, dirty_len: 65_536, ...map }, WORKER);
    stage.put('xfs_unwritten_convert', { ...it, offset: 0, count: 65_536 }, WORKER);
    stage.put('xfs_bmap_pre_update', { ...lies, state: 1 }, WORKER);
    stage.put('xfs_bmap_post_update', { ...lies, state: 0 }, WORKER);
    stage.rows(model);
    expect(model.files.find(ino)?.data.list(), `file ${ino}`).toMatchObject([
      { from: 0n, to: 65_536n, type: MapType.MAPPED, addr: BigInt(addr) },
    ]);
  }
});
