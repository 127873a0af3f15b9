import type { FileMap } from '@mapscope/fuse';
import { MapType } from '@mapscope/shared/trace';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BLOCK, bytes, filled, ok, Rig } from './testing/rig.ts';

const CHUNK = 2 * BLOCK,
  ROW = 3 * CHUNK;
let rig: Rig;
beforeEach(() => {
  rig = new Rig({ chunk: CHUNK, strips: 3 });
});
afterEach(() => {
  expect(rig.fs.check()).toEqual([]);
  rig.fs.destroy();
});

const fmap = (node: bigint): FileMap => ok(rig.fs.getFmap(node)) as FileMap;

/** Where a file byte is by the arithmetic of spec/protocol.md 3.1, as `device index:offset`. */
function byArithmetic(map: FileMap, offset: bigint): string | undefined {
  let base = 0n;
  for (const extent of map.extents) {
    if (extent.kind !== 'interleaved') throw new Error('a striped file is interleaved');
    base = extent.fileOffset ?? base;
    const local = offset - base,
      size = BigInt(extent.chunkSize),
      n = BigInt(extent.strips.length);
    if (local >= 0n && local < extent.nbytes) {
      const chunk = local / size,
        strip = extent.strips[Number(chunk % n)]!;
      return `${strip.devindex}:${strip.offset + (chunk / n) * size + (local % size)}`;
    }
    base += extent.nbytes;
  }
  return undefined;
}

describe('a striped file', () => {
  test('takes whole rows, a chunk on each of its devices, and says which blocks came unasked', () => {
    const node = rig.create('striped/a');
    rig.engine.write(node, 0, filled(100, 1), 'direct');
    const map = rig.map(node),
      devices = map.map((text) => /d(\d)/.exec(text)![1]);
    expect(map.map((text) => text.split(' ').slice(0, 2).join(' '))).toEqual([
      'MAPPED 0+1',
      'UNWRITTEN 1+1',
      'UNWRITTEN 2+2',
      'UNWRITTEN 4+2',
    ]);
    expect(new Set(devices).size).toBe(3);
    expect(rig.fs.takeChanged(node)).toEqual({ offset: BigInt(BLOCK), length: BigInt(ROW - BLOCK) });
  });

  test('is one interleaved extent as long as its strips go on', () => {
    const node = rig.create('striped/a'),
      other = rig.create('striped/b');
    for (let row = 0; row < 4; row++)
      for (const file of [node, other]) rig.engine.write(file, row * ROW, filled(ROW, row + 1), 'writeback');
    for (const file of [node, other])
      expect(
        fmap(file).extents.map((e) => (e.kind === 'interleaved' ? [e.nbytes, e.chunkSize, e.strips.map((s) => s.length)] : [])),
      ).toEqual([[BigInt(4 * ROW), CHUNK, [BigInt(4 * CHUNK), BigInt(4 * CHUNK), BigInt(4 * CHUNK)]]]);
  });

  test('has another extent where somebody stands in its way, and goes on until no device has a chunk for it', () => {
    const small = new Rig({ chunk: CHUNK, strips: 3, deviceBytes: (1 << 20) + 32 * CHUNK }),
      nodes = ['a', 'b', 'c'].map((name) => small.create(`striped/${name}`));
    for (let row = 0; nodes.every((node) => small.engine.write(node, row * ROW, filled(ROW, 1), 'writeback') === ROW); row++);
    const maps = nodes.map((node) => ok(small.fs.getFmap(node)) as FileMap);
    expect(maps.some(({ extents }) => extents.length > 1)).toBe(true);
    expect(maps.flatMap(({ extents }) => extents).reduce((sum, e) => sum + (e.kind === 'interleaved' ? e.nbytes : 0n), 0n)).toBeGreaterThan(
      BigInt(28 * ROW),
    );
    small.fs.destroy();
  });

  test('tells no fmap when it is in more extents than famfs can say, nor before it has any', () => {
    const node = rig.create('striped/a');
    expect(rig.fs.getFmap(node)).toBeUndefined();
    for (let i = 0; i < 33; i++) rig.engine.write(node, 2 * i * ROW, filled(1, 1), 'writeback');
    expect(rig.fs.getFmap(node)).toBeUndefined();
    rig.engine.truncate(node, 62 * ROW + 1);
    expect(fmap(node).extents).toHaveLength(32);
  });

  test('begins on another device for each file', () => {
    const first = ['a', 'b', 'c', 'd'].map((name) => {
      const node = rig.create(`striped/${name}`);
      rig.engine.write(node, 0, filled(1, 1), 'writeback');
      return /d(\d)/.exec(rig.map(node)[0]!)![1];
    });
    expect(new Set(first).size).toBe(4);
  });

  test('a hole of whole rows stays a hole, and its fmap says where the next extent begins', () => {
    const node = rig.create('striped/a');
    rig.engine.write(node, 0, filled(ROW, 1), 'writeback');
    rig.engine.write(node, 10 * ROW, filled(ROW, 2), 'writeback');
    expect(fmap(node).extents.map((e) => (e.kind === 'interleaved' ? e.fileOffset : 0n))).toEqual([0n, BigInt(10 * ROW)]);
  });

  test('punch gives back whole rows, of others it makes the blocks UNWRITTEN', () => {
    const node = rig.create('striped/a'),
      free = rig.fs.statfs().free;
    rig.engine.write(node, 0, filled(3 * ROW, 1), 'writeback');
    rig.engine.fallocate(node, 3, CHUNK, 2 * ROW);
    expect(rig.fs.statfs().free).toBe(free - BigInt((2 * ROW) / BLOCK));
    const types = [...rig.fs.mapOf(node)].map((m) => [m.type, m.offset / BigInt(BLOCK)]);
    expect(types.filter(([type]) => type === MapType.HOLE)[0]).toEqual([MapType.HOLE, 6n]);
    const want = filled(3 * ROW, 1);
    want.fill(0, CHUNK, CHUNK + 2 * ROW);
    expect(Buffer.compare(rig.engine.read(node, 0, 3 * ROW), want)).toBe(0);
  });

  test('follows the layout of the directory that it was made in', () => {
    const dir = rig.node('plain'),
      attribute = bytes('user.mapscope.layout');
    expect(rig.fs.setxattr(dir, attribute, bytes(`interleave:chunk=${BLOCK},strips=2`), 0)).toBe(0);
    const node = rig.create('plain/a');
    expect(Buffer.from(ok(rig.fs.getxattr(node, attribute)) as Uint8Array).toString()).toBe(`interleave:chunk=${BLOCK},strips=2`);
    rig.engine.write(node, 0, filled(5 * BLOCK, 1), 'writeback');
    expect(fmap(node).extents[0]).toMatchObject({ kind: 'interleaved', chunkSize: BLOCK, nbytes: BigInt(6 * BLOCK) });
  });

  test('no other file has an fmap', () => {
    expect(rig.fs.getFmap(rig.create('plain/a'))).toBeUndefined();
  });

  test('getFmap and iomapBegin agree on every block, however it grew, shrank and was punched', () => {
    const step = fc.record({
      does: fc.constantFrom('write', 'write', 'truncate', 'punch', 'other'),
      at: fc.nat(30),
      length: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const one = new Rig({ chunk: CHUNK, strips: 3 }),
          node = one.create('striped/a'),
          other = one.create('striped/b');
        try {
          for (const { does, at, length } of steps) {
            if (does === 'write') one.engine.write(node, at * BLOCK, filled(length * BLOCK, 1), 'writeback');
            if (does === 'truncate') one.engine.truncate(node, at * BLOCK);
            if (does === 'punch') one.engine.fallocate(node, 3, at * BLOCK, length * BLOCK);
            if (does === 'other') one.engine.write(other, at * BLOCK, filled(BLOCK, 2), 'writeback');
            const map = (ok(one.fs.getFmap(node)) as FileMap | undefined) ?? { fileSize: 0n, extents: [] };
            for (const { offset, length: bytesLong, addr, dev, type } of one.fs.mapOf(node))
              for (let at = offset; at < offset + bytesLong && at < BigInt(60 * BLOCK); at += BigInt(BLOCK))
                expect(byArithmetic(map, at)).toBe(type === MapType.HOLE ? undefined : `${dev - 1}:${addr + at - offset}`);
          }
          expect(one.fs.check()).toEqual([]);
        } finally {
          one.fs.destroy();
        }
      }),
      { numRuns: 60 },
    );
  });
});
