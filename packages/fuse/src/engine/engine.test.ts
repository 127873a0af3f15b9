import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { MapType, NO_ADDR } from '@mapscope/shared/trace';
import { Errno, MapFlag, OpFlag } from '@mapscope/shared/wire';
import type { Begin, BeginReply } from '../filesystem.ts';
import { BLOCK, openDevice, type Rig, rig } from '../testing/engine-rig.ts';
import type { MemoryFilesystem } from '../testing/memory-filesystem.ts';
import { apply, Dense, MOST, options, strokes } from '../testing/strokes.ts';
import { Seek } from './walk.ts';

const DEVICE = 4 << 20;
let device: ReturnType<typeof openDevice>;
beforeAll(() => void (device = openDevice(DEVICE)));
afterAll(() => device.close());

async function contents(r: Rig, opflags = 0): Promise<Uint8Array> {
  const into = new Uint8Array(Number(r.inode.size)).fill(0xaa);
  expect(await r.do(r.engine.read(r.inode, r.ask, opflags, 0n, into))).toBe(into.length);
  return into;
}

describe('the engine', () => {
  test('read gives what was written, after every stroke, however the filesystem splits, delays, copies or inlines', async () => {
    await fc.assert(
      fc.asyncProperty(options, strokes, async (how, list) => {
        const r = rig(device, DEVICE, how),
          dense = new Dense();
        for (const stroke of list) {
          await apply(r, dense, stroke);
          expect(Number(r.inode.size)).toBe(dense.bytes.length);
          expect(Buffer.compare(await contents(r), dense.bytes)).toBe(0);
        }
        await r.do(r.engine.flush(r.inode, 0));
        expect(r.inode.dirty?.isEmpty ?? true).toBe(true);
        expect(Buffer.compare(await contents(r), dense.bytes)).toBe(0);
        expect(r.rows().filter((row) => row.kind === 'violation')).toEqual([]);
        expect(r.failures).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('read of a part gives that part', async () => {
    const r = rig(device, DEVICE, { pieces: [1, 3], isCopyOnWrite: true }),
      dense = new Dense();
    for (const stroke of [
      { do: 'write', at: 700, n: 5000, tag: 1 },
      { do: 'write', at: 100, n: 1000, tag: 9 },
    ] as const)
      await apply(r, dense, stroke);
    for (const [from, to] of [
      [0, 10],
      [511, 513],
      [690, 5000],
      [5000, 5700],
    ] as const) {
      const into = new Uint8Array(to - from);
      expect(await r.do(r.engine.read(r.inode, r.ask, 0, BigInt(from), into))).toBe(to - from);
      expect(Buffer.compare(into, dense.bytes.subarray(from, to))).toBe(0);
    }
  });

  test('write of a part of a block that is to get another place keeps the rest of it, while it waits and after', async () => {
    // As XFS has it for what is shared: where the new bytes go is decided at writeback.
    const delaying = (fs: MemoryFilesystem): MemoryFilesystem => {
      const begin = fs.iomapBegin.bind(fs);
      return Object.assign(fs, {
        iomapBegin: (asked: Begin) => {
          const isCached = (asked.opflags & OpFlag.WRITE) !== 0 && !(asked.opflags & OpFlag.DIRECT),
            now = begin({ ...asked, opflags: isCached ? OpFlag.REPORT : asked.opflags });
          if (!isCached || typeof now === 'number') return now;
          const { read } = now as BeginReply;
          return { read, write: { ...read, type: MapType.DELALLOC, addr: NO_ADDR, dev: 0, flags: MapFlag.NEW } };
        },
      });
    };
    const r = rig(device, DEVICE, { isCopyOnWrite: true }, delaying),
      put = (opflags: number, at: number, n: number, byte: number): Promise<number> =>
        r.do(r.engine.write(r.inode, r.ask, opflags, BigInt(at), new Uint8Array(n).fill(byte))),
      wanted = new Uint8Array(2 * BLOCK).fill(1).fill(2, 100, 110);
    expect(await put((OpFlag.WRITE | OpFlag.DIRECT) >>> 0, 0, 2 * BLOCK, 1)).toBe(2 * BLOCK);
    expect(await put(OpFlag.WRITE, 100, 10, 2)).toBe(10);
    expect(await contents(r)).toEqual(wanted);
    await r.do(r.engine.flush(r.inode, 0));
    expect(await contents(r)).toEqual(wanted);
    expect(r.rows().filter((row) => row.kind === 'violation')).toEqual([]);
  });

  test('seek takes blocks that wait for a place for data, and looks for a hole behind them, not at their end', async () => {
    // As FIEMAP has it: what waits is not in the map yet.
    const withoutPending = (fs: MemoryFilesystem): MemoryFilesystem => {
      const begin = fs.iomapBegin.bind(fs);
      return Object.assign(fs, {
        iomapBegin: (asked: Begin) => {
          const answer = begin(asked);
          if (!(asked.opflags & OpFlag.REPORT) || !('read' in Object(answer))) return answer;
          const { read } = answer as BeginReply;
          return { read: read.type === MapType.DELALLOC ? { ...read, type: MapType.HOLE } : read };
        },
      });
    };
    const r = rig(device, DEVICE, { isDelalloc: true }, withoutPending),
      put = (block: number): Promise<number> =>
        r.do(r.engine.write(r.inode, r.ask, OpFlag.WRITE, BigInt(block * BLOCK), new Uint8Array(BLOCK).fill(1)));
    for (const block of [1, 3]) await put(block);
    await r.do(r.engine.flush(r.inode, 0));
    await put(0);
    const seek = (from: number, whence: number): Promise<bigint> => r.do(r.engine.seek(r.inode, r.ask, BigInt(from * BLOCK), whence));
    expect([await seek(0, Seek.data), await seek(0, Seek.hole), await seek(2, Seek.data)]).toEqual(
      [0, 2, 3].map((block) => BigInt(block * BLOCK)),
    );
  });

  test('seek finds data and holes as a walk over dense blocks does', async () => {
    await fc.assert(
      fc.asyncProperty(options, strokes, fc.nat(MOST), async (how, list, from) => {
        const r = rig(device, DEVICE, { ...how, isTwoSided: false }),
          dense = new Dense();
        for (const stroke of list) await apply(r, dense, stroke);
        const data = await r.do(r.engine.seek(r.inode, r.ask, BigInt(from), Seek.data)),
          hole = await r.do(r.engine.seek(r.inode, r.ask, BigInt(from), Seek.hole));
        if (from >= dense.bytes.length) {
          expect([data, hole]).toEqual([BigInt(-Errno.ENXIO), BigInt(-Errno.ENXIO)]);
          return;
        }
        // What is called a hole reads as zeroes, and what is called data begins where it says.
        const zeroesTo = data < 0n ? dense.bytes.length : Number(data);
        expect(dense.bytes.subarray(from, zeroesTo).every((b) => b === 0)).toBe(true);
        expect(hole >= BigInt(from) && hole <= BigInt(dense.bytes.length)).toBe(true);
        expect(data < 0n || hole === BigInt(from) || data === BigInt(from)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
