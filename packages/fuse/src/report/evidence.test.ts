import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { How, MapLayer, MapType, NO_ADDR } from '@mapscope/shared/trace';
import { BLOCK, openDevice, type Rig, rig } from '../testing/engine-rig.ts';
import type { RowObject } from '../testing/rows.ts';
import { apply, Dense, options, strokes } from '../testing/strokes.ts';

const DEVICE = 4 << 20,
  BLOCKS = 64;
let device: ReturnType<typeof openDevice>;
beforeAll(() => void (device = openDevice(DEVICE)));
afterAll(() => device.close());

/** A map with one cell a block: `type@addr`, painted over by every row. */
class Cells {
  readonly cells = Array.from({ length: BLOCKS }, () => 'unknown');

  paint(row: RowObject): void {
    for (let i = 0; i < BLOCKS; i++) {
      const at = BigInt(i * BLOCK);
      if (at < row.offset || at >= row.offset + row.length) continue;
      this.cells[i] = row.addr === NO_ADDR ? `${row.type}` : `${row.type}@${row.addr + at - row.offset}`;
    }
  }
}

function truth(r: Rig): string[] {
  const cells = Array.from({ length: BLOCKS }, () => `${MapType.HOLE}`);
  for (const m of r.fs.mapOf(r.inode.node))
    if (m.type !== MapType.DELALLOC) cells[Number(m.offset) / BLOCK] = m.addr === NO_ADDR ? `${m.type}` : `${m.type}@${m.addr}`;
  return cells;
}

describe('extent rows', () => {
  test('extent rows of the data map are what the filesystem has, wherever they say anything', async () => {
    await fc.assert(
      fc.asyncProperty(options, strokes, async (how, list) => {
        const r = rig(device, DEVICE, how),
          dense = new Dense(),
          data = new Cells(),
          pending = new Cells();
        for (const stroke of list) {
          await apply(r, dense, stroke);
          // As the session does after what only the filesystem knows the outcome of.
          if (!['write', 'direct', 'writeback', 'flush'].includes(stroke.do) || how.inlineBytes)
            await r.do(r.engine.walk(r.inode, 0, 0n, BigInt(BLOCKS * BLOCK)));
          for (const row of r.rows().filter(({ kind }) => kind === 'extent')) (row.role === MapLayer.data ? data : pending).paint(row);
          const have = truth(r);
          data.cells.forEach((cell, i) => cell === 'unknown' || expect(`${i}: ${cell}`).toBe(`${i}: ${have[i]}`));
          const used = Math.ceil(dense.bytes.length / BLOCK);
          expect(data.cells.slice(0, used)).not.toContain('unknown');
          // Pending is exactly what has no place yet.
          pending.cells.forEach((cell, i) =>
            expect(`${i}: ${cell === `${MapType.DELALLOC}`}`).toBe(`${i}: ${r.inode.dirty?.has(i) ?? false}`),
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  test('extent rows name the op that made them so, and how it is known', async () => {
    const r = rig(device, DEVICE, {});
    await apply(r, new Dense(), { do: 'direct', at: 0, n: 2 * BLOCK, tag: 1 });
    const rows = r.rows(),
      op = rows.find(({ kind }) => kind === 'opBegin')!.op;
    expect(
      rows.filter(({ kind }) => kind === 'extent').map(({ type, how, op: by, length }) => ({ type, how, isBy: by === op, length })),
    ).toEqual([
      { type: MapType.UNWRITTEN, how: How.reported, isBy: true, length: BigInt(2 * BLOCK) },
      { type: MapType.MAPPED, how: How.observed, isBy: true, length: BigInt(2 * BLOCK) },
    ]);
  });

  test('a copy on write is pending from begin to end, and in the data map only after it', async () => {
    const r = rig(device, DEVICE, { isCopyOnWrite: true }),
      dense = new Dense();
    await apply(r, dense, { do: 'direct', at: 0, n: BLOCK, tag: 1 });
    r.rows();
    await apply(r, dense, { do: 'direct', at: 10, n: 20, tag: 5 });
    const extents = r.rows().filter(({ kind }) => kind === 'extent');
    expect(extents.map(({ role, type, how }) => [role, type, how])).toEqual([
      [MapLayer.data, MapType.MAPPED, How.reported],
      [MapLayer.pending, MapType.MAPPED, How.reported],
      [MapLayer.data, MapType.MAPPED, How.observed],
      [MapLayer.pending, MapType.HOLE, How.observed],
    ]);
    const [old, copy, now] = extents.map(({ addr }) => addr);
    expect(copy).toBe(now);
    expect(copy).not.toBe(old);
  });

  test('an answer that says the same again adds no row', async () => {
    const r = rig(device, DEVICE, {});
    await apply(r, new Dense(), { do: 'direct', at: 0, n: 4 * BLOCK, tag: 1 });
    const read = async (): Promise<number> => {
      await r.do(r.engine.read(r.inode, r.ask, 0, 0n, new Uint8Array(4 * BLOCK)));
      return r.rows().filter(({ kind }) => kind === 'extent').length;
    };
    await read();
    expect(await read()).toBe(0);
  });
});
