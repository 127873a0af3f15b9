import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { Errno, FallocFlag, OpFlag } from '@mapscope/shared/wire';
import { ceilTo, floorTo } from '@mapscope/shared/units';
import type { MemoryOptions } from '../testing/memory-filesystem.ts';
import { BLOCK, openDevice, type Rig, rig } from '../testing/engine-rig.ts';
import { settle } from '../routine.ts';
import { Seek } from './engine.ts';

const DEVICE = 4 << 20, MOST = 40 * BLOCK;
let device: ReturnType<typeof openDevice>;
beforeAll(() => void (device = openDevice(DEVICE)));
afterAll(() => device.close());

type Stroke =
  | { readonly do: 'write' | 'direct' | 'writeback'; readonly at: number; readonly n: number; readonly tag: number }
  | { readonly do: 'truncate'; readonly size: number }
  | { readonly do: 'punch' | 'zero' | 'allocate'; readonly at: number; readonly n: number }
  | { readonly do: 'flush' };

const at = fc.nat(MOST - 1), n = fc.integer({ min: 1, max: 6 * BLOCK }), tag = fc.integer({ min: 1, max: 255 });
const strokes: fc.Arbitrary<Stroke[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('write' as const, 'direct' as const, 'writeback' as const), at, n, tag }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('truncate' as const), size: fc.nat(MOST) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('punch' as const, 'zero' as const, 'allocate' as const), at, n }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
  ),
  { maxLength: 12 },
);
const options: fc.Arbitrary<Partial<MemoryOptions>> = fc.record({
  pieces: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
  isDelalloc: fc.boolean(),
  isCopyOnWrite: fc.boolean(),
  isTwoSided: fc.boolean(),
  inlineBytes: fc.constantFrom(0, 0, 200, BLOCK),
  isSlow: fc.constantFrom(false, false, false, true),
});

/** The stupid twin: a file is its bytes. */
class Dense {
  bytes = new Uint8Array(0);

  write(from: number, data: Uint8Array): void {
    if (from + data.length > this.bytes.length) this.resize(from + data.length);
    this.bytes.set(data, from);
  }

  resize(size: number): void {
    const next = new Uint8Array(size);
    next.set(this.bytes.subarray(0, size));
    this.bytes = next;
  }

  zero(from: number, to: number): void {
    this.bytes.fill(0, from, Math.min(to, this.bytes.length));
  }
}

const opflagsOf = { write: OpFlag.WRITE, direct: (OpFlag.WRITE | OpFlag.DIRECT) >>> 0, writeback: OpFlag.WRITEBACK };

/** The same as the session does around the engine. */
async function apply(r: Rig, dense: Dense, stroke: Stroke): Promise<void> {
  const block = BigInt(BLOCK), { engine, inode, ask, fs } = r;
  switch (stroke.do) {
    case 'write':
    case 'direct':
    case 'writeback': {
      const data = new Uint8Array(stroke.n).map((_, i) => 1 + ((stroke.tag + i) % 250));
      if (stroke.do !== 'write') await r.do(engine.flush(inode, 0));
      expect(await r.do(engine.write(inode, ask, opflagsOf[stroke.do], BigInt(stroke.at), data))).toBe(stroke.n);
      return dense.write(stroke.at, data);
    }
    case 'truncate': {
      const size = BigInt(stroke.size), low = size < inode.size ? size : inode.size;
      expect(await r.do(engine.zero(inode, ask, low, ceilTo(low, block)))).toBe(0);
      await r.do(settle(fs.setattr(inode.node, { size }) as never));
      engine.discard(inode, ceilTo(size, block), ceilTo(inode.size, block));
      inode.size = size;
      return dense.resize(stroke.size);
    }
    case 'punch':
    case 'zero':
    case 'allocate': {
      const from = BigInt(stroke.at), to = from + BigInt(stroke.n), mode = { punch: FallocFlag.PUNCH_HOLE | FallocFlag.KEEP_SIZE, zero: FallocFlag.ZERO_RANGE | FallocFlag.KEEP_SIZE, allocate: 0 }[stroke.do];
      await r.do(engine.flush(inode, 0));
      if (mode !== 0) {
        const head = ceilTo(from, block) < to ? ceilTo(from, block) : to, tail = floorTo(to, block) > head ? floorTo(to, block) : head;
        expect(await r.do(engine.zero(inode, ask, from, head))).toBe(0);
        expect(await r.do(engine.zero(inode, ask, tail, to))).toBe(0);
      }
      await r.do(settle(fs.fallocate(inode.node, mode, from, BigInt(stroke.n)) as never));
      if (mode === 0) {
        if (to > inode.size) inode.size = to;
        if (Number(to) > dense.bytes.length) dense.resize(Number(to));
      } else dense.zero(stroke.at, stroke.at + stroke.n);
      return;
    }
    case 'flush':
      expect(await r.do(engine.flush(inode, 0))).toBe(0);
  }
}

async function contents(r: Rig, opflags = 0): Promise<Uint8Array> {
  const into = new Uint8Array(Number(r.inode.size)).fill(0xaa);
  expect(await r.do(r.engine.read(r.inode, r.ask, opflags, 0n, into))).toBe(into.length);
  return into;
}

describe('the engine', () => {
  test('read gives what was written, after every stroke, however the filesystem splits, delays, copies or inlines', async () => {
    await fc.assert(
      fc.asyncProperty(options, strokes, async (how, list) => {
        const r = rig(device, DEVICE, how), dense = new Dense();
        for (const stroke of list) {
          await apply(r, dense, stroke);
          expect(Number(r.inode.size)).toBe(dense.bytes.length);
          expect(Buffer.compare(await contents(r), dense.bytes)).toBe(0);
        }
        await r.do(r.engine.flush(r.inode, 0));
        expect(r.inode.dirty?.isEmpty ?? true).toBe(true);
        expect(Buffer.compare(await contents(r), dense.bytes)).toBe(0);
        expect(r.rows().filter((row) => row.kind === 'violation')).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('read of a part gives that part', async () => {
    const r = rig(device, DEVICE, { pieces: [1, 3], isCopyOnWrite: true }), dense = new Dense();
    for (const stroke of [{ do: 'write', at: 700, n: 5000, tag: 1 }, { do: 'write', at: 100, n: 1000, tag: 9 }] as const) await apply(r, dense, stroke);
    for (const [from, to] of [[0, 10], [511, 513], [690, 5000], [5000, 5700]] as const) {
      const into = new Uint8Array(to - from);
      expect(await r.do(r.engine.read(r.inode, r.ask, 0, BigInt(from), into))).toBe(to - from);
      expect(Buffer.compare(into, dense.bytes.subarray(from, to))).toBe(0);
    }
  });

  test('seek finds data and holes as a walk over dense blocks does', async () => {
    await fc.assert(
      fc.asyncProperty(options, strokes, fc.nat(MOST), async (how, list, from) => {
        const r = rig(device, DEVICE, { ...how, isTwoSided: false }), dense = new Dense();
        for (const stroke of list) await apply(r, dense, stroke);
        const data = await r.do(r.engine.seek(r.inode, r.ask, BigInt(from), Seek.data)), hole = await r.do(r.engine.seek(r.inode, r.ask, BigInt(from), Seek.hole));
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
