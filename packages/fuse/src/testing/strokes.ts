import fc from 'fast-check';
import { ceilTo, floorTo } from '@mapscope/shared/units';
import { FallocFlag, OpFlag } from '@mapscope/shared/wire';
import { settle } from '../routine.ts';
import { BLOCK, type Rig } from './engine-rig.ts';
import type { MemoryOptions } from './memory-filesystem.ts';

/** Files of the strokes stay below this. */
export const MOST = 40 * BLOCK;

/** One thing done to a file. */
export type Stroke =
  | { readonly do: 'write' | 'direct' | 'writeback'; readonly at: number; readonly n: number; readonly tag: number }
  | { readonly do: 'truncate'; readonly size: number }
  | { readonly do: 'punch' | 'zero' | 'allocate'; readonly at: number; readonly n: number }
  | { readonly do: 'flush' };

const at = fc.nat(MOST - 1),
  n = fc.integer({ min: 1, max: 6 * BLOCK }),
  tag = fc.integer({ min: 1, max: 255 });
export const strokes: fc.Arbitrary<Stroke[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('write' as const, 'direct' as const, 'writeback' as const), at, n, tag }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('truncate' as const), size: fc.nat(MOST) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('punch' as const, 'zero' as const, 'allocate' as const), at, n }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
  ),
  { maxLength: 12 },
);
/** Ways a filesystem may answer. */
export const options: fc.Arbitrary<Partial<MemoryOptions>> = fc.record({
  pieces: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
  isDelalloc: fc.boolean(),
  isCopyOnWrite: fc.boolean(),
  isTwoSided: fc.boolean(),
  inlineBytes: fc.constantFrom(0, 0, 200, BLOCK),
  isSlow: fc.constantFrom(false, false, false, true),
});

/** The stupid twin: a file is its bytes. */
export class Dense {
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

/** Do it to the engine, as the session does around it, and to the twin. */
export async function apply(r: Rig, dense: Dense, stroke: Stroke): Promise<void> {
  const block = BigInt(BLOCK),
    { engine, inode, ask, fs } = r;
  switch (stroke.do) {
    case 'write':
    case 'direct':
    case 'writeback': {
      const data = new Uint8Array(stroke.n).map((_, i) => 1 + ((stroke.tag + i) % 250));
      if (stroke.do !== 'write') await r.do(engine.flush(inode, 0));
      must(stroke.n, await r.do(engine.write(inode, ask, opflagsOf[stroke.do], BigInt(stroke.at), data)));
      return dense.write(stroke.at, data);
    }
    case 'truncate': {
      const size = BigInt(stroke.size),
        low = size < inode.size ? size : inode.size;
      must(0, await r.do(engine.zero(inode, ask, low, ceilTo(low, block))));
      await r.do(settle(fs.setattr(inode.node, { size }) as never));
      engine.discard(inode, ceilTo(size, block), ceilTo(inode.size, block));
      inode.size = size;
      return dense.resize(stroke.size);
    }
    case 'punch':
    case 'zero':
    case 'allocate': {
      const from = BigInt(stroke.at),
        to = from + BigInt(stroke.n),
        mode = { punch: FallocFlag.PUNCH_HOLE | FallocFlag.KEEP_SIZE, zero: FallocFlag.ZERO_RANGE | FallocFlag.KEEP_SIZE, allocate: 0 }[
          stroke.do
        ];
      await r.do(engine.flush(inode, 0));
      if (mode !== 0) {
        const head = ceilTo(from, block) < to ? ceilTo(from, block) : to,
          tail = floorTo(to, block) > head ? floorTo(to, block) : head;
        must(0, await r.do(engine.zero(inode, ask, from, head)));
        must(0, await r.do(engine.zero(inode, ask, tail, to)));
      }
      await r.do(settle(fs.fallocate(inode.node, mode, from, BigInt(stroke.n)) as never));
      if (mode === 0) {
        if (to > inode.size) inode.size = to;
        if (Number(to) > dense.bytes.length) dense.resize(Number(to));
      } else dense.zero(stroke.at, stroke.at + stroke.n);
      return;
    }
    case 'flush':
      must(0, await r.do(engine.flush(inode, 0)));
  }
}

function must(want: number, got: number): void {
  if (got !== want) throw new Error(`${got}, not ${want}`);
}
