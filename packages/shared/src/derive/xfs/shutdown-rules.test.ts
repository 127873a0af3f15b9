import { describe, expect, test } from 'vitest';
import { formatOf } from '../../fixtures/ftrace/formats.ts';
import { formatsOf } from '../../fixtures/ftrace/records.ts';
import { Stage } from '../../fixtures/ftrace/stage.ts';
import { createModel } from '../../model/index.ts';
import { FolioState, MapType } from '../../trace/index.ts';

const DEV = 7 << 20;
const OTHER = DEV | 1;
const FILE = 131n;
const shutdown = formatOf('xfs_force_shutdown', 3001, [
  ['dev_t', 'dev', 4],
  ['int', 'ptag', 4],
  ['int', 'flags', 4],
]);

/** What is known of the file's first page on two XFS, both of which have cached it and read where it lies, and what was said beside. */
function afterShutdownOf(dev: number) {
  const model = createModel(),
    stage = new Stage([...formatsOf('6.18').values(), shutdown], {
      rules: 'xfs',
      identify: (of, ino) => (ino === FILE ? (of === DEV ? 1 : 2) : -1),
      volume: (of) => ({ dev: of, filesystem: 'xfs', device: 1, blockSize: 4096 }),
    });
  for (const of of [DEV, OTHER]) {
    stage.put('iomap_iter', { dev: of, ino: FILE, pos: 0, flags: 1 });
    stage.put('iomap_iter_dstmap', { dev: of, ino: FILE, offset: 0, length: 4096, addr: 1 << 20, type: MapType.MAPPED, bdev: of });
    stage.put('mm_filemap_add_to_page_cache', { s_dev: of, i_ino: FILE, index: 0, order: 0 });
  }
  stage.put('xfs_force_shutdown', { dev });
  const rows = stage.rows(model);
  const known = [1, 2].map((inode) => {
    const file = model.files.find(inode)!;
    return [file.data.at(0n)?.type ?? MapType.UNKNOWN, file.folios.at(0n)?.state];
  });
  return { known, marks: rows.filter((row) => 'mark' in row) };
}

describe('an XFS that shuts itself down', () => {
  const before = [MapType.MAPPED, FolioState.added],
    nothing = [MapType.UNKNOWN, FolioState.unknown];

  test('leaves nothing known of its files, and says so', () => {
    const { known, marks } = afterShutdownOf(DEV);
    expect(known).toEqual([nothing, before]);
    expect(marks).toEqual([{ mark: 'the filesystem on device 7:0 has shut itself down' }]);
  });

  test('is none of ours where nobody asked for a file of it', () => {
    expect(afterShutdownOf(DEV + 2).known).toEqual([before, before]);
  });
});
