import { expect, test } from 'vitest';
import { formatOf } from '../fixtures/ftrace/formats.ts';
import type { Filesystem } from './volume.ts';
import { ownEvent, traced } from './traced.ts';

const XFS = (7 << 20) | 1,
  EXT4 = (7 << 20) | 2,
  TMPFS = 40,
  formats = [
    formatOf('xfs_iomap_found', 1, [['dev_t', 'dev', 4]]),
    formatOf('ext4_da_write_begin', 2, [['dev_t', 'dev', 4]]),
    formatOf('iomap_iter', 3, [['dev_t', 'dev', 4]]),
  ];

test('ownEvent is one that a filesystem alone tells, and reads which device that is', () => {
  const record = new DataView(new ArrayBuffer(16));
  record.setUint32(8, XFS, true);
  expect(formats.map((format) => ownEvent(format)?.filesystem)).toEqual(['xfs', 'ext4', undefined]);
  expect(ownEvent(formats[0]!)?.dev(record, 0)).toBe(XFS);
});

test('traced takes each device for what named it by its own events, and those that none named for nothing that is known', () => {
  const owners = new Map<number, Filesystem>([
      [XFS, 'xfs'],
      [EXT4, 'ext4'],
    ]),
    { filesystems, volume } = traced(formats, owners),
    of = (dev: number): Filesystem => volume(dev, () => 1).filesystem;
  expect([XFS, EXT4, 254 << 20, TMPFS].map(of)).toEqual(['xfs', 'ext4', 'other', 'fuse']);
  expect(filesystems).toEqual(expect.arrayContaining(['xfs', 'ext4', 'other', 'fuse']));
  expect(volume(XFS, () => 1).disk, 'where the ends of its I/O are looked for').toEqual({ dev: XFS, from: 0n });
});
