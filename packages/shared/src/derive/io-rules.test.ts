import { beforeEach, describe, expect, test } from 'vitest';
import { formatOf } from '../fixtures/ftrace/formats.ts';
import { formatsOf } from '../fixtures/ftrace/records.ts';
import { Stage } from '../fixtures/ftrace/stage.ts';
import { createModel, readIn } from '../model/index.ts';
import { EndFlag, FolioState, How, IoStage, MapType, OpType } from '../trace/index.ts';
import { OpFlag } from '../wire/index.ts';

const DEV = 7 << 20;
const FILE = 131n;
const it = { dev: DEV, ino: FILE };
/** A kworker. */
const WORKER = 9;
const SECTOR = 512;

const bounced = formatOf('xfs_reflink_bounce_dio_write', 3001, [
  ['dev_t', 'dev', 4],
  ['xfs_ino_t', 'ino', 8],
  ['loff_t', 'offset', 8],
  ['size_t', 'count', 8],
]);

/** XFS on a loop device, with one file, as 6.18 traces it. */
class Disk extends Stage {
  constructor() {
    super([...formatsOf('6.18').values(), bounced], {
      rules: 'xfs',
      identify: (dev, ino) => (dev === DEV && ino === FILE ? 7 : -1),
      volume: (dev) => (dev === DEV ? { dev, filesystem: 'xfs', device: 1, blockSize: 4096, disk: { dev, from: 0n } } : undefined),
    });
  }

  /** A call of the iterator and the mapping that it got, at 1 MiB of the device. */
  step(pos: number, flags: number): void {
    this.put('iomap_iter', { ...it, pos, flags });
    this.put('iomap_iter_dstmap', { ...it, offset: 0, length: 1 << 20, addr: 1 << 20, type: MapType.MAPPED, bdev: DEV });
  }
  /** Writeback takes a folio and puts all of it into an I/O. */
  write(offset: number, { addr = (1 << 20) + offset, length = 4096 } = {}): void {
    this.put('iomap_writeback_folio', { ...it, offset, length, size: 1 << 20 }, WORKER);
    const map = { addr, offset, length, type: MapType.MAPPED, bdev: DEV };
    this.put('iomap_add_to_ioend', { ...it, pos: offset, dirty_len: length, ...map }, WORKER);
  }
  landed(addr: number, length: number, error = 0): void {
    this.put('block_rq_complete', { dev: DEV, sector: addr / SECTOR, nr_sector: length / SECTOR, error }, 0);
  }
}

let disk: Disk;
beforeEach(() => void (disk = new Disk()));
const told = (...names: readonly string[]): object[] => disk.rows().filter((row) => names.some((name) => name in row));

describe('createDeriver tells of writeback', () => {
  test('what was put into one I/O, handed over, and come back', () => {
    disk.write(0);
    disk.write(4096);
    disk.put('block_bio_queue', { dev: DEV, sector: (1 << 20) / SECTOR, nr_sector: 16, rwbs: 'W' }, WORKER);
    disk.landed(1 << 20, 8192);
    const rows = disk.rows();
    expect(rows.filter((row) => 'begin' in row)).toMatchObject([{ begin: 1, type: OpType.writeback, pid: WORKER }]);
    expect(rows.filter((row) => 'io' in row)).toMatchObject([
      { io: IoStage.submit, of: 1, from: 0n, length: 8192n, addr: 1n << 20n },
      { io: IoStage.done, of: 1, errno: 0, result: 8192n },
    ]);
    expect(rows.filter((row) => 'folio' in row).at(-1)).toMatchObject({ folio: FolioState.clean, of: 1, from: 0n, length: 8192n });
    expect(rows.at(-1)).toMatchObject({ end: 1, result: 8192n, errno: 0 });
  });

  test('that the device failed it: the bytes are lost, and the op says why', () => {
    disk.write(0);
    disk.landed(1 << 20, 4096, -5);
    const rows = disk.rows();
    expect(rows).toContainEqual(expect.objectContaining({ io: IoStage.done, errno: 5, result: -5n }));
    expect(rows.filter((row) => 'folio' in row).at(-1)).toMatchObject({ folio: FolioState.failed, errno: 5, from: 0n, length: 4096n });
    expect(rows.at(-1)).toMatchObject({ end: 1, errno: 5, result: -5n });
  });

  test('that it is over when its pages leave the cache, though nobody told that its I/O was handed over', () => {
    disk.write(0);
    disk.put('mm_filemap_delete_from_page_cache', { s_dev: DEV, i_ino: FILE, index: 0n, order: 0 });
    disk.landed(1 << 20, 4096);
    const { clean, removed, writeback, taken } = FolioState;
    expect(told('folio').map((row) => [(row as { folio: number }).folio, (row as { from: bigint }).from])).toEqual([
      [taken, 0n],
      [writeback, 0n],
      [clean, 0n],
      [removed, 0n],
    ]);
  });

  test('that no place could be had: what was dirty is dropped without an I/O', () => {
    disk.put('iomap_writeback_folio', { ...it, offset: 8192, length: 4096, size: 1 << 20 }, WORKER);
    disk.put('filemap_set_wb_err', { s_dev: DEV, i_ino: FILE, errseq: 28 }, WORKER);
    expect(told('folio')).toMatchObject([
      { folio: FolioState.taken, from: 8192n },
      { folio: FolioState.failed, errno: 28, from: 8192n, length: 4096n },
    ]);
  });

  test('that a mapping became old before all of it was used', () => {
    disk.write(0);
    disk.put('xfs_wb_data_iomap_invalid', it, WORKER);
    // The next folio lies elsewhere: another I/O.
    disk.write(4096, { addr: 8 << 20 });
    disk.landed(1 << 20, 4096);
    disk.landed(8 << 20, 4096);
    expect(told('end')).toMatchObject([
      { end: 1, flags: EndFlag.stale },
      { end: 3, flags: 0 },
    ]);
  });
});

describe('createDeriver tells of writes', () => {
  test('how much of a write was done when its buffer could not be read on', () => {
    disk.step(1000, OpFlag.WRITE);
    disk.put('iomap_iter', { ...it, pos: 4096, flags: OpFlag.WRITE, status: -14 });
    const rows = disk.rows();
    expect(rows).toContainEqual(expect.objectContaining({ folio: FolioState.dirty, from: 1000n, length: 3096n }));
    expect(rows.at(-1)).toMatchObject({ end: 1, result: 3096n, errno: 14 });
  });

  test('that a mapping became old and was asked for again', () => {
    disk.step(0, OpFlag.WRITE);
    disk.put('xfs_iomap_invalid', it);
    disk.step(0, OpFlag.WRITE);
    disk.put('iomap_iter', { ...it, pos: 4096, flags: OpFlag.WRITE });
    expect(told('end')).toMatchObject([
      { end: 1, result: 0n, flags: EndFlag.stale },
      { end: 2, result: 4096n, flags: 0 },
    ]);
  });
});

describe('createDeriver tells of direct I/O', () => {
  const direct = (fields: object = {}): void => disk.put('iomap_dio_rw_begin', { ...it, pos: 4096, count: 8192, ...fields });

  test('its begin, its steps and its end', () => {
    disk.put('xfs_file_direct_write', it);
    direct();
    disk.step(4096, OpFlag.WRITE | OpFlag.DIRECT);
    disk.put('iomap_iter', { ...it, pos: 12_288, flags: OpFlag.WRITE | OpFlag.DIRECT });
    disk.put('iomap_dio_complete', { ...it, pos: 12_288, ret: 8192 });
    const rows = disk.rows();
    expect(rows.filter((row) => 'begin' in row)).toMatchObject([
      { begin: 1, type: OpType.direct, flags: OpFlag.WRITE | OpFlag.DIRECT, from: 4096n, length: 8192n },
      { begin: 2, type: OpType.iomap, of: 1 },
    ]);
    expect(rows.at(-1)).toMatchObject({ end: 1, result: 8192n, errno: 0 });
  });

  test('that it was queued, and completed by another task', () => {
    disk.put('xfs_file_direct_write', it);
    direct({ aio: 1 });
    disk.put('iomap_dio_rw_queued', { ...it, offset: 4096, length: 8192 });
    disk.put('iomap_dio_complete', { ...it, pos: 12_288, ret: 8192, aio: 1 }, WORKER);
    expect(told('begin', 'reply', 'end')).toMatchObject([{ begin: 1 }, { reply: 1, errno: 529 }, { end: 1, result: 8192n, pid: WORKER }]);
  });

  test('that the kernel gave it up before it began (ENOTBLK), and the buffered write that it became', () => {
    disk.put('xfs_file_direct_write', it);
    direct();
    disk.step(4096, OpFlag.WRITE);
    disk.put('iomap_iter', { ...it, pos: 12_288, flags: OpFlag.WRITE });
    expect(told('begin', 'end', 'folio')).toMatchObject([
      { begin: 1, type: OpType.direct },
      { end: 1, errno: 15, result: -15n, how: How.derived },
      { begin: 2, type: OpType.iomap, flags: OpFlag.WRITE, of: 1 },
      { folio: FolioState.dirty, from: 4096n, length: 8192n },
      { end: 2, result: 8192n },
    ]);
  });

  test('that XFS gave it up for a shared block (ENOTBLK), and no write but that one as what it became', () => {
    disk.put('xfs_reflink_bounce_dio_write', { ...it, offset: 512, count: 512 });
    for (const pos of [512, 512, 4096]) {
      disk.step(pos, OpFlag.WRITE);
      disk.put('iomap_iter', { ...it, pos: pos + 512, flags: OpFlag.WRITE });
    }
    expect(told('begin', 'end')).toMatchObject([
      { begin: 1, type: OpType.direct, flags: OpFlag.WRITE | OpFlag.DIRECT, from: 512n },
      { end: 1, errno: 15, how: How.derived },
      { begin: 2, type: OpType.iomap, of: 1 },
      { end: 2 },
      { begin: 3, of: 0 },
      { end: 3 },
      { begin: 4, of: 0 },
      { end: 4 },
    ]);
  });

  test('that it gave less than was asked, and the buffered write of the rest', () => {
    disk.put('xfs_file_direct_write', it);
    direct();
    disk.put('iomap_dio_complete', { ...it, pos: 8192, ret: 4096 });
    disk.step(8192, OpFlag.WRITE);
    expect(told('begin', 'end')).toMatchObject([{ begin: 1 }, { end: 1, result: 4096n, errno: 0 }, { begin: 2, of: 1, from: 8192n }]);
  });

  test('that pages of its range stayed in the cache, older than the device', () => {
    disk.put('iomap_dio_invalidate_fail', { ...it, offset: 4096, length: 8192 });
    expect(disk.rows()).toEqual([{ mark: 'direct write: 8192 bytes at 4096 stayed in the page cache, older than the device' }]);
  });
});

test('createDeriver claims no map of an ext4 whose block size is not known: what becomes of an unwritten extent is told in blocks', () => {
  const of = (blockSize: number): number => {
    const stage = new Stage([...formatsOf('6.18').values()], {
      rules: 'ext4',
      identify: () => 7,
      volume: (dev) => ({ dev, filesystem: 'ext4', device: 1, blockSize }),
    });
    const model = createModel();
    stage.put('iomap_iter', { ...it, pos: 0, flags: OpFlag.WRITE | OpFlag.DIRECT });
    stage.put('iomap_iter_dstmap', { ...it, offset: 0, length: 4096, addr: 1 << 20, type: MapType.UNWRITTEN, bdev: DEV });
    stage.rows(model);
    return model.files.find(7)?.data.at(0n)?.type ?? MapType.UNKNOWN;
  };
  expect(of(0)).toBe(MapType.UNKNOWN);
});

describe('createDeriver tells of reads', () => {
  const read = (index: number, last: number): void =>
    disk.put('mm_filemap_get_pages', { s_dev: DEV, i_ino: FILE, index, last_index: last });

  test('what was read into the cache, and each read of a program out of it, however many batches of folios it takes', () => {
    disk.step(0, 0);
    disk.put('iomap_iter', { ...it, pos: 65_536, flags: 0 });
    read(0, 7);
    read(4, 7);
    read(0, 0);
    const model = createModel(),
      rows = disk.rows(model);
    expect(rows.filter((row) => 'begin' in row)).toMatchObject([
      { begin: 1, from: 0n },
      { begin: 2, from: 0n, length: 32_768n },
      { begin: 3, from: 0n, length: 4096n },
    ]);
    // Half of what was read ahead was wanted, so far.
    const ops = model.ops.endedSlots().map((slot) => model.ops.at(slot));
    expect(ops.map((op) => readIn(model.ops, op))).toEqual([{ bytes: 65_536n, used: 32_768n }, undefined, undefined]);
  });
});
