import type { Attributes, BeginReply } from '@mapscope/fuse';
import { MapType } from '@mapscope/shared/trace';
import { Errno, MapFlag, OpFlag } from '@mapscope/shared/wire';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BLOCK, bytes, filled, folder, ok, removeFolders, Rig, root, say } from './testing/rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => {
  expect(rig.fs.check()).toEqual([]);
  rig.fs.destroy();
  removeFolders();
});

const begin = (node: bigint, pos: number, count: number, opflags: number): BeginReply | number =>
  rig.fs.iomapBegin({ node, ino: node, pos: BigInt(pos), count: BigInt(count), opflags, caller: root });
const answered = (node: bigint, pos: number, count: number, opflags: number): BeginReply =>
  ok(begin(node, pos, count, opflags)) as BeginReply;
const end = (node: bigint, pos: number, count: number, opflags: number, written: number, map: BeginReply['read']): number =>
  rig.fs.iomapEnd({ node, ino: node, pos: BigInt(pos), count: BigInt(count), opflags, caller: root, written: BigInt(written), map });
const DIRECT_WRITE = (OpFlag.WRITE | OpFlag.DIRECT) >>> 0;

describe('iomapBegin', () => {
  test('answers a read of an empty file with one hole up to the largest file', () => {
    const { read, write } = answered(rig.create('plain/a'), 5000, 10, 0);
    expect([read.offset, read.length, read.type, write]).toEqual([0n, 1n << 63n, MapType.HOLE, undefined]);
  });

  test('REPORT allocates nothing, whatever comes with it', () => {
    const node = rig.create('plain/a'),
      before = rig.fs.statfs();
    answered(node, 0, BLOCK, (OpFlag.REPORT | OpFlag.WRITE) >>> 0);
    expect(rig.fs.statfs()).toEqual(before);
  });

  test('gives a direct write UNWRITTEN blocks that want an end, and leaves the hole as what is read', () => {
    const { read, write } = answered(rig.create('plain/a'), BLOCK + 100, BLOCK, DIRECT_WRITE);
    expect(read.type).toBe(MapType.HOLE);
    expect([write!.offset, write!.length, write!.type, write!.flags]).toEqual([
      BigInt(BLOCK),
      BigInt(2 * BLOCK),
      MapType.UNWRITTEN,
      MapFlag.NEW | MapFlag.WANT_IOMAP_END,
    ]);
  });

  test('promises space to a cached write and chooses the place at writeback', () => {
    const node = rig.create('plain/a'),
      free = rig.fs.statfs().available;
    const { write } = answered(node, 0, 3 * BLOCK, OpFlag.WRITE);
    expect([say(write!), write!.flags]).toEqual(['DELALLOC 0+3', MapFlag.NEW]);
    expect(rig.fs.statfs().available).toBe(free - 3n);
    expect(rig.fs.statfs().free).toBe(free);
    const back = answered(node, 0, 3 * BLOCK, OpFlag.WRITEBACK);
    expect(say(back.read)).toBe('DELALLOC 0+3');
    expect(say(back.write!)).toMatch(/^UNWRITTEN 0\+3 d/);
    expect(rig.fs.statfs().available).toBe(free - 3n);
  });

  test('answers an overwrite with the read mapping alone', () => {
    const node = rig.create('plain/a');
    rig.engine.write(node, 0, filled(2 * BLOCK, 1), 'direct');
    const { read, write } = answered(node, 10, 20, DIRECT_WRITE);
    expect([say(read).slice(0, 10), read.flags, write]).toEqual(['MAPPED 0+2', 0, undefined]);
  });

  test('wants an end of an overwrite too in a volume that is kept, or fsync could miss a device', () => {
    rig.fs.destroy();
    rig = new Rig({ dir: folder() });
    const node = rig.create('plain/a');
    rig.engine.write(node, 0, filled(BLOCK, 1), 'direct');
    expect(answered(node, 0, 10, DIRECT_WRITE).read.flags).toBe(MapFlag.WANT_IOMAP_END);
  });

  test('a write that is seen sets mtime; what comes by writeback brings its own', () => {
    rig.fs.destroy();
    let now = 5n;
    rig = new Rig({ now: () => ++now });
    const node = rig.create('plain/a'),
      mtime = (): bigint => (ok(rig.fs.getattr(node)) as Attributes).mtimeNs,
      made = mtime();
    answered(node, 0, BLOCK, OpFlag.WRITEBACK);
    expect(mtime()).toBe(made);
    answered(node, 0, BLOCK, DIRECT_WRITE);
    expect(mtime()).toBeGreaterThan(made);
  });

  test('zeroing allocates nothing', () => {
    const node = rig.create('plain/a');
    const { read, write } = answered(node, 0, BLOCK, OpFlag.ZERO);
    expect([read.type, write]).toEqual([MapType.HOLE, undefined]);
  });

  test('OVERWRITE_ONLY is EAGAIN for a hole, for two extents, and for part of an unwritten block', () => {
    const node = rig.create('plain/a'),
      only = (DIRECT_WRITE | OpFlag.OVERWRITE_ONLY) >>> 0;
    expect(begin(node, 0, BLOCK, only)).toBe(-Errno.EAGAIN);
    rig.engine.fallocate(node, 0, 0, 2 * BLOCK);
    expect(begin(node, 0, 100, only)).toBe(-Errno.EAGAIN);
    expect(typeof begin(node, 0, 2 * BLOCK, only)).toBe('object');
    rig.engine.write(node, 0, filled(BLOCK, 1), 'direct');
    expect(begin(node, 0, 2 * BLOCK, only)).toBe(-Errno.EAGAIN);
    expect(typeof begin(node, 10, 20, only)).toBe('object');
  });

  test('ATOMIC and DAX are not supported by images that are files', () => {
    const node = rig.create('plain/a');
    expect(begin(node, 0, BLOCK, (DIRECT_WRITE | OpFlag.ATOMIC) >>> 0)).toBe(-Errno.EOPNOTSUPP);
    expect(begin(node, 0, BLOCK, (OpFlag.WRITE | OpFlag.DAX) >>> 0)).toBe(-Errno.EOPNOTSUPP);
  });

  test('a file is as large as the VFS allows, and not larger', () => {
    const node = rig.create('plain/a'),
      last = Number.MAX_SAFE_INTEGER;
    const far = { node, ino: node, count: 1n, caller: root };
    expect(typeof rig.fs.iomapBegin({ ...far, pos: (1n << 63n) - 2n, opflags: OpFlag.WRITE })).toBe('object');
    expect(rig.fs.iomapBegin({ ...far, pos: (1n << 63n) - 1n, opflags: OpFlag.WRITE })).toBe(-Errno.EFBIG);
    expect(typeof begin(node, last, 1, 0)).toBe('object');
  });

  test('a directory is EISDIR, a number nobody has ESTALE', () => {
    expect(begin(1n, 0, 1, 0)).toBe(-Errno.EISDIR);
    expect(begin(999n, 0, 1, 0)).toBe(-Errno.ESTALE);
  });

  test('cuts a file in /fragmented into pieces on alternating devices', () => {
    const node = rig.create('fragmented/a');
    rig.engine.write(node, 0, filled(32 * BLOCK, 1), 'writeback');
    const map = rig.map(node),
      devices = map.map((text) => /d(\d)/.exec(text)![1]);
    expect(map.length).toBeGreaterThanOrEqual(8);
    for (let i = 1; i < devices.length; i++) expect(devices[i]).not.toBe(devices[i - 1]);
  });

  test('keeps a file in /plain in one piece, also when it grows a little at a time', () => {
    const node = rig.create('plain/a');
    for (let i = 0; i < 50; i++) rig.engine.write(node, i * 3000, filled(3000, i), 'writeback');
    expect(rig.map(node)).toHaveLength(1);
  });
});

describe('iomapEnd', () => {
  test('makes MAPPED of the blocks that were written, and gives the rest of a fresh allocation back', () => {
    const node = rig.create('plain/a'),
      free = rig.fs.statfs().free;
    const { write } = answered(node, 0, 4 * BLOCK, DIRECT_WRITE);
    expect(end(node, 0, 4 * BLOCK, DIRECT_WRITE, BLOCK + 1, write!)).toBe(0);
    expect(rig.map(node)[0]).toMatch(/^MAPPED 0\+2/);
    expect(rig.map(node)).toHaveLength(1);
    expect(rig.fs.statfs().free).toBe(free - 2n);
  });

  test('gives everything back when a direct write failed', () => {
    const node = rig.create('plain/a'),
      free = rig.fs.statfs().free;
    const { write } = answered(node, 100, 4 * BLOCK, DIRECT_WRITE);
    end(node, 100, 4 * BLOCK, DIRECT_WRITE, -Errno.EIO, write!);
    expect([rig.map(node), rig.fs.statfs().free]).toEqual([[], free]);
  });

  test('takes back the promise of what a cached write did not bring', () => {
    const node = rig.create('plain/a'),
      free = rig.fs.statfs().available;
    const { write } = answered(node, 0, 4 * BLOCK, OpFlag.WRITE);
    end(node, 0, 4 * BLOCK, OpFlag.WRITE, 10, write!);
    expect([rig.map(node), rig.fs.statfs().available]).toEqual([['DELALLOC 0+1'], free - 1n]);
  });

  test('keeps the place of a writeback that failed, so that trying again finds space', () => {
    const node = rig.create('plain/a');
    const { write } = answered(node, 0, BLOCK, OpFlag.WRITEBACK);
    end(node, 0, BLOCK, OpFlag.WRITEBACK, -Errno.EIO, write!);
    expect(rig.map(node)[0]).toMatch(/^UNWRITTEN 0\+1/);
  });

  test('of zeroing converts nothing', () => {
    const node = rig.create('plain/a');
    rig.engine.fallocate(node, 0, 0, BLOCK);
    const { read } = answered(node, 0, BLOCK, OpFlag.ZERO);
    end(node, 0, BLOCK, OpFlag.ZERO, BLOCK, read);
    expect(rig.map(node)[0]).toMatch(/^UNWRITTEN/);
  });
});

describe('a tiny file', () => {
  test('is INLINE when its writer is seen, and moves to a block when it grows', () => {
    const node = rig.create('tiny/a');
    rig.engine.write(node, 0, bytes('hello'), 'cached');
    expect(rig.map(node)).toEqual(['INLINE 0+1']);
    expect(rig.engine.write(node, 2000, bytes('there'), 'direct')).toBe(5);
    expect(rig.map(node)[0]).toMatch(/^MAPPED 0\+1 d/);
    expect(rig.fs.takeChanged(node)).toEqual({ offset: 0n, length: BigInt(BLOCK) });
    expect(Buffer.from(rig.engine.read(node, 0, 6)).toString()).toBe('hello\0');
  });

  test('is MAPPED when it arrives by writeback, and packed when it is closed', () => {
    const node = rig.create('tiny/a'),
      free = rig.fs.statfs().free;
    rig.engine.write(node, 0, filled(1024, 7), 'writeback');
    expect(rig.map(node)[0]).toMatch(/^MAPPED 0\+1 d/);
    rig.engine.release(node);
    expect([rig.map(node), rig.fs.takeChanged(node), rig.fs.takeChanged(node)]).toEqual([
      ['INLINE 0+1'],
      { offset: 0n, length: 4096n },
      undefined,
    ]);
    expect([rig.fs.statfs().free, Buffer.compare(rig.engine.read(node, 0, 2000), filled(1024, 7))]).toEqual([free, 0]);
    // Dirty pages that come later find a place again.
    rig.engine.write(node, 0, filled(10, 8), 'writeback');
    expect(rig.map(node)[0]).toMatch(/^MAPPED/);
  });

  test('is not packed with a byte too many, nor when space was asked for', () => {
    const long = rig.create('tiny/long'),
      wanted = rig.create('tiny/wanted');
    rig.engine.write(long, 0, filled(1025, 1), 'writeback');
    rig.engine.fallocate(wanted, 0, 0, 100);
    for (const node of [long, wanted]) rig.engine.release(node);
    expect([rig.map(long)[0], rig.map(wanted)[0]]).toEqual([expect.stringMatching(/^MAPPED/), expect.stringMatching(/^UNWRITTEN/)]);
  });

  test('gets a block for a page that will be stored to', () => {
    const node = rig.create('tiny/a');
    rig.engine.write(node, 0, bytes('x'), 'cached');
    expect(say(answered(node, 0, BLOCK, (OpFlag.WRITE | OpFlag.FAULT) >>> 0).read)).toMatch(/^MAPPED 0\+1/);
  });

  test('stays inline over truncate and punch, and reads zeroes where it was cut', () => {
    const node = rig.create('tiny/a');
    rig.engine.write(node, 0, filled(600, 1), 'cached');
    rig.engine.truncate(node, 100);
    rig.engine.truncate(node, 300);
    expect(rig.engine.fallocate(node, 3, 50, 20)).toBe(0);
    expect(rig.map(node)).toEqual(['INLINE 0+1']);
    const want = filled(300, 0);
    want.fill(1, 0, 50).fill(1, 70, 100);
    expect(Buffer.compare(rig.engine.read(node, 0, 400), want)).toBe(0);
  });
});

describe('fallocate', () => {
  test('makes UNWRITTEN blocks that read as zeroes, and the size follows unless it is to be kept', () => {
    const node = rig.create('plain/a');
    expect(rig.engine.fallocate(node, 1, 0, 3 * BLOCK)).toBe(0);
    expect([rig.engine.size(node), rig.map(node)[0]]).toEqual([0, expect.stringMatching(/^UNWRITTEN 0\+3/)]);
    rig.engine.fallocate(node, 0, 100, 5000);
    expect(rig.engine.size(node)).toBe(5100);
    rig.engine.truncate(node, 5100);
    expect(rig.map(node)[0]).toMatch(/^UNWRITTEN 0\+2/);
    expect(rig.fs.takeChanged(node)).toEqual({ offset: BigInt(2 * BLOCK), length: BigInt(BLOCK) });
  });

  test('punch gives whole blocks back and leaves the rest', () => {
    const node = rig.create('plain/a');
    rig.engine.write(node, 0, filled(4 * BLOCK, 9), 'direct');
    rig.engine.fallocate(node, 3, 100, 2 * BLOCK);
    expect(rig.map(node).map((text) => text.split(' ').slice(0, 2).join(' '))).toEqual(['MAPPED 0+1', 'HOLE 1+1', 'MAPPED 2+2']);
    const want = filled(4 * BLOCK, 9);
    want.fill(0, 100, 100 + 2 * BLOCK);
    expect(Buffer.compare(rig.engine.read(node, 0, 4 * BLOCK), want)).toBe(0);
  });

  test('zero range keeps the blocks where they are and makes them UNWRITTEN', () => {
    const node = rig.create('plain/a');
    rig.engine.write(node, 0, filled(4 * BLOCK, 9), 'direct');
    const before = rig.map(node);
    rig.engine.fallocate(node, 0x10, BLOCK, BLOCK);
    expect(rig.map(node)[1]).toMatch(/^UNWRITTEN 1\+1/);
    rig.engine.write(node, BLOCK, filled(BLOCK, 1), 'direct');
    expect(rig.map(node)).toEqual(before);
  });

  test('refuses with ENOSPC at once what can not fit, and takes nothing', () => {
    const node = rig.create('plain/a'),
      before = rig.fs.statfs();
    expect(rig.engine.fallocate(node, 0, 0, 2 ** 50)).toBe(-Errno.ENOSPC);
    expect(rig.fs.statfs()).toEqual(before);
  });

  test('does not know other modes', () => {
    const node = rig.create('plain/a');
    expect(rig.fs.fallocate(node, 2, 0n, 10n)).toBe(-Errno.EOPNOTSUPP);
    expect(rig.fs.fallocate(node, 8, 0n, 10n)).toBe(-Errno.EOPNOTSUPP);
  });
});
