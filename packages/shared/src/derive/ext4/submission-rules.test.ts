import { beforeEach, describe, expect, test } from 'vitest';
import { formatOf, type FormatField } from '../../fixtures/ftrace/formats.ts';
import { formatsOf } from '../../fixtures/ftrace/records.ts';
import { Stage } from '../../fixtures/ftrace/stage.ts';
import { createModel } from '../../model/index.ts';
import { FolioState } from '../../trace/index.ts';

const DEV = (7 << 20) | 1,
  FILE = 12n,
  PAGE = 4096n;
const WRITER = 100,
  JOURNAL = 7,
  FLUSHER = 3;
const ENOSPC = -28;
const SYNC_ALL = 1,
  SYNC_NONE = 0;

const dev: FormatField = ['dev_t', 'dev', 4],
  ino: FormatField = ['ino_t', 'ino', 8];
/** As Linux 6.18 has them, without the fields that nobody reads. */
const events: Readonly<Record<string, readonly FormatField[]>> = {
  ext4_da_write_begin: [dev, ino, ['loff_t', 'pos', 8], ['unsigned int', 'len', 4]],
  ext4_da_write_end: [dev, ino, ['loff_t', 'pos', 8], ['unsigned int', 'len', 4], ['unsigned int', 'copied', 4]],
  jbd2_submit_inode_data: [dev, ino],
  ext4_writepages: [
    dev,
    ino,
    ['long', 'nr_to_write', 8],
    ['loff_t', 'range_start', 8],
    ['loff_t', 'range_end', 8],
    ['char', 'range_cyclic', 2],
    ['int', 'sync_mode', 4],
  ],
  ext4_writepages_result: [dev, ino, ['int', 'ret', 4], ['int', 'pages_written', 4]],
  ext4_da_write_folios_start: [dev, ino, ['loff_t', 'start_pos', 8], ['int', 'sync_mode', 4]],
  ext4_da_write_folios_end: [dev, ino, ['loff_t', 'start_pos', 8], ['loff_t', 'next_pos', 8], ['int', 'ret', 4]],
  sb_mark_inode_writeback: [dev, ino],
  sb_clear_inode_writeback: [dev, ino],
  ext4_es_insert_extent: [dev, ino],
  ext4_es_insert_delayed_extent: [dev, ino, ['u32', 'lblk', 4], ['u32', 'len', 4], ['u64', 'pblk', 8], ['char', 'status', 2]],
  ext4_es_remove_extent: [dev, ino],
  ext4_ext_remove_space: [dev, ino],
};
const formats = [...formatsOf('6.18').values(), ...Object.entries(events).map(([name, fields], i) => formatOf(name, 3001 + i, fields))];

/** A file on ext4, which tells of it as the kernel would, and a model that lives on that. */
class Ext4 extends Stage {
  private readonly model = createModel();

  constructor(blockSize = 4096, without: readonly string[] = []) {
    super(
      formats.filter(({ name }) => !without.includes(name)),
      {
        rules: 'ext4',
        identify: (_, it) => (it === FILE ? 1 : -1),
        volume: (it) => ({ dev: it, filesystem: 'ext4', device: 1, blockSize }),
      },
    );
  }

  tell(event: string, fields: Readonly<Record<string, number | bigint>>, pid: number): void {
    this.put(event, { dev: DEV, ino: FILE, ...fields }, pid);
  }

  /** A folio of 2^order pages comes to the cache. */
  add(page: number, order = 0): void {
    this.put('mm_filemap_add_to_page_cache', { s_dev: DEV, i_ino: FILE, index: page, order }, WRITER);
  }
  /** A clean folio becomes dirty. */
  dirty(page: number, pid = WRITER): void {
    this.put('writeback_dirty_folio', { name: '7:1\0', ino: FILE, index: page }, pid);
  }
  /** Bytes are written into a folio that begins at `page`. */
  write(page: number, pos: number, length: number): void {
    this.tell('ext4_da_write_begin', { pos, len: length }, WRITER);
    this.tell('ext4_da_write_end', { pos, len: length, copied: length }, WRITER);
    this.dirty(page);
  }
  /** Blocks wait for a place. */
  delay(block: number, count: number): void {
    this.tell('ext4_es_insert_delayed_extent', { lblk: block, len: count, status: 4 }, WRITER);
  }
  /** A writeback of bytes `from` to `last`, by a commit when it is the journal's; `meanwhile` happens in it. */
  writeBack(
    from: number,
    last: bigint | number,
    written: number,
    pid: number,
    meanwhile: () => void = () => undefined,
    mode = SYNC_ALL,
    most = (1n << 63n) - 1n,
    ret = 0,
  ): void {
    if (pid === JOURNAL) this.tell('jbd2_submit_inode_data', {}, pid);
    this.tell('ext4_writepages', { nr_to_write: most, range_start: from, range_end: last, sync_mode: mode }, pid);
    this.tell('sb_mark_inode_writeback', {}, pid);
    meanwhile();
    this.tell('ext4_writepages_result', { ret, pages_written: written }, pid);
    this.tell('sb_clear_inode_writeback', {}, pid);
  }

  /** State of each page from `from` to before `to`. */
  states(from: number, to: number): string[] {
    this.rows(this.model);
    const folios = this.model.files.find(1)?.folios;
    return Array.from({ length: to - from }, (_, k) => {
      const found = folios?.list(BigInt(from + k) * PAGE, BigInt(from + k + 1) * PAGE) ?? [];
      return found.length === 0
        ? 'absent'
        : [...new Set(found.map(({ state }) => Object.entries(FolioState).find(([, it]) => it === state)![0]))].join('+');
    });
  }
}

describe('a writeback of a range of an ext4 file', () => {
  let stage: Ext4;
  beforeEach(() => void (stage = new Ext4()));

  test('writes the pages of the range, and leaves the others dirty', () => {
    for (const page of [0, 1, 2]) {
      stage.add(page);
      stage.write(page, page * 4096, 4096);
    }
    stage.writeBack(4096, 8191, 1, WRITER);
    expect(stage.states(0, 3)).toEqual(['dirty', 'clean', 'dirty']);
  });

  test('writes a folio whole of which the range has a part', () => {
    stage.add(4, 2);
    stage.write(4, 4 * 4096, 4 * 4096);
    stage.add(8, 1);
    stage.write(8, 8 * 4096, 2 * 4096);
    stage.writeBack(7 * 4096, 8 * 4096, 6, WRITER);
    expect(stage.states(4, 10)).toEqual(Array(6).fill('clean'));
  });

  test('leaves open of pages around it whether they are in a folio with one of its own, where the sizes of folios were not told', () => {
    stage.add(8);
    for (const page of [5, 6, 7, 8]) stage.write(page, page * 4096, 4096);
    stage.writeBack(6 * 4096, 7 * 4096 - 1, 1, WRITER);
    expect(stage.states(5, 9)).toEqual(['unknown', 'clean', 'unknown', 'dirty']);
  });
});

describe('a writeback of an ext4 file that ends where it has written as much as it was asked for', () => {
  const all = (1n << 63n) - 1n;
  /** Pages 0 to 5 are dirty, with folios of two pages from 2 on; `delayed` blocks wait for a place, and two pages of them get one. */
  function partly(delayed: readonly [block: number, count: number], without: readonly string[] = [], result = 0): string[] {
    const stage = new Ext4(4096, without);
    for (const [page, order] of [[0], [1], [2, 1], [4, 1]] as const) {
      stage.add(page, order);
      stage.write(page, page * 4096, 4096 << (order ?? 0));
    }
    stage.delay(...delayed);
    const placed = (): void => {
      stage.tell('ext4_da_write_folios_start', { start_pos: 0, sync_mode: SYNC_NONE }, FLUSHER);
      stage.tell('ext4_da_write_folios_end', { start_pos: 2 * 4096, next_pos: 2 * 4096, ret: 0 }, FLUSHER);
    };
    stage.writeBack(0, all, 2, FLUSHER, without.length > 0 ? undefined : placed, SYNC_NONE, 2n, result);
    return stage.states(0, 6);
  }

  test('leaves dirty what waits for a place and was not told to get one', () => {
    expect(partly([0, 6])).toEqual(['clean', 'clean', 'dirty', 'dirty', 'dirty', 'dirty']);
  });

  test('leaves open what has a place, with the whole of its folio: it is written without a word', () => {
    expect(partly([0, 3])).toEqual(['clean', 'clean', 'unknown', 'unknown', 'unknown', 'unknown']);
    expect(partly([3, 3])).toEqual(['clean', 'clean', 'unknown', 'unknown', 'dirty', 'dirty']);
  });

  test('leaves all of it open where it failed: what finds no place then is dropped', () => {
    expect(partly([0, 6], [], ENOSPC).slice(2)).toEqual(Array(4).fill('unknown'));
  });

  test('leaves all of it open on kernels that do not tell what gets a place', () => {
    expect(partly([0, 6], ['ext4_da_write_folios_start', 'ext4_da_write_folios_end'])).toEqual(Array(6).fill('unknown'));
  });
});

describe('the writeback of an ext4 file’s ordered data by a commit', () => {
  const page = (stage: Ext4): void => {
    stage.add(1);
    stage.delay(7, 1);
    stage.write(1, 4096, 100);
  };

  test('keeps a page dirty that it makes dirty again, since blocks of it wait for a place', () => {
    const stage = new Ext4(1024);
    page(stage);
    stage.writeBack(4096, 8191, 1, JOURNAL, () => stage.dirty(1, JOURNAL));
    expect(stage.states(1, 2)).toEqual(['folioDirty']);
  });

  test('writes a page that it does not make dirty again, be there a clean block in it that waits for a place', () => {
    const stage = new Ext4(1024);
    page(stage);
    stage.writeBack(4096, 8191, 1, JOURNAL);
    expect(stage.states(1, 2)).toEqual(['clean']);
  });

  test('leaves such a page open on kernels that may pass over it without a word', () => {
    const stage = new Ext4(1024, ['ext4_da_write_folios_start', 'ext4_da_write_folios_end']);
    page(stage);
    stage.writeBack(4096, 8191, 1, JOURNAL);
    expect(stage.states(1, 2)).toEqual(['unknown']);
  });
});

describe('a writeback of an ext4 file while pages of it are being written already', () => {
  /** A page is being written and becomes dirty meanwhile; then writeback comes by again. `comesBack`: not before the first has ended. */
  function again(mode: number, comesBack: boolean): string[] {
    const stage = new Ext4(),
      all = (1n << 63n) - 1n;
    for (const page of [0, 1]) stage.add(page);
    stage.write(0, 0, 4096);
    stage.writeBack(0, all, 1, FLUSHER, () => {
      stage.tell('ext4_da_write_folios_start', { start_pos: 0, sync_mode: SYNC_NONE }, FLUSHER);
      stage.tell('ext4_da_write_folios_end', { start_pos: 4096, next_pos: 4096, ret: 0 }, FLUSHER);
      stage.write(0, 0, 4096);
      stage.write(1, 4096, 4096);
      if (comesBack) stage.tell('sb_clear_inode_writeback', {}, FLUSHER);
      stage.writeBack(0, all, 1, JOURNAL + 1, undefined, mode);
    });
    return stage.states(0, 2);
  }

  test('waits for them when it must, and writes them again', () => {
    expect(again(SYNC_ALL, false)).toEqual(['clean', 'clean']);
  });

  test('may pass them by in the background: they stay dirty, or had come back', () => {
    expect(again(SYNC_NONE, false)).toEqual(['unknown', 'clean']);
    expect(again(SYNC_NONE, true)).toEqual(['clean', 'clean']);
  });
});

describe('ext4_da_write_folios_end', () => {
  const EAGAIN = -11;
  /** Three dirty pages, and one turn of writeback that found them all; what it leaves is not written in the end. */
  function turn(done: number, result: number): string[] {
    const stage = new Ext4();
    for (const page of [0, 1, 2]) {
      stage.add(page);
      stage.write(page, page * 4096, 4096);
    }
    stage.tell('ext4_da_write_folios_start', { start_pos: 0, sync_mode: 0 }, FLUSHER);
    stage.tell('ext4_da_write_folios_end', { start_pos: done, next_pos: 3 * 4096, ret: result }, FLUSHER);
    return stage.states(0, 3);
  }

  test('tells up to where folios are being written', () => {
    expect(turn(3 * 4096, 0)).toEqual(['writeback', 'writeback', 'writeback']);
  });

  test('tells up to where they are where the journal had no room for more: the rest is left dirty for the next turn', () => {
    expect(turn(4096, EAGAIN)).toEqual(['writeback', 'dirty', 'dirty']);
  });
});
