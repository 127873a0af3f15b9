import { describe, expect, test } from 'vitest';
import { formatOf } from '../../fixtures/ftrace/formats.ts';
import { formatsOf } from '../../fixtures/ftrace/records.ts';
import { Stage } from '../../fixtures/ftrace/stage.ts';
import { createModel } from '../../model/index.ts';
import { extentFlags } from '../../wire/index.ts';
import { forkEvents } from './fork-rules.ts';

const DEV = 7 << 20;
const FILE = 131n;
const OURS = 5;
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

/** What the map says of 16 blocks of a file after these events about a record of them. */
function flagsAfter(told: readonly string[], pid = 100): string {
  const model = createModel(),
    ours = new Set(events.map(({ name }) => name)),
    stage = new Stage([...[...formatsOf('6.18').values()].filter(({ name }) => !ours.has(name)), ...events], {
      rules: 'xfs',
      identify: () => 1,
      volume: (dev) => ({ dev, filesystem: 'xfs', device: 1, blockSize: 4096, groups: { blocks: 1 << 16, log: 16 } }),
      ownPids: new Set([OURS]),
    });
  for (const event of told) stage.put(event, { dev: DEV, ino: FILE, startoff: 0, startblock: 256, blockcount: 16 }, pid);
  stage.rows(model);
  const extent = model.files.find(1)?.data.at(0n);
  return extent ? extentFlags.print(extent.flags) : 'no extent';
}

describe('a record of an XFS file of which nothing was told', () => {
  test('is not shared where it is new', () => {
    expect(flagsAfter(['xfs_iext_insert'])).toBe(extentFlags.print(0));
  });

  test('may be shared where it is read in, which is told as if it were new, and then as read', () => {
    expect(flagsAfter(['xfs_iext_insert', 'xfs_read_extent'])).toBe('SHARING_UNKNOWN');
  });

  test('is what FIEMAP says where we have asked: it is read in for that', () => {
    expect(flagsAfter(['xfs_iext_insert', 'xfs_read_extent'], OURS)).toBe(extentFlags.print(0));
  });
});
