import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { FolioState, MapType } from '../trace/index.ts';
import { framesOf } from '../fixtures/rows.ts';
import { lawMs, lawRuns } from '../fixtures/runs.ts';
import { anyStream } from '../fixtures/streams.ts';
import { minBig } from '../units/index.ts';
import { BLOCK, BLOCKS } from '../fixtures/world.ts';
import { FileState } from './file-state.ts';
import { createModel } from './model.ts';
import { reduce } from './reduce.ts';
import { totals } from './totals.ts';

vi.setConfig({ testTimeout: lawMs() });

describe('totals', () => {
  test('agrees with counting block by block', () => {
    fc.assert(
      fc.property(anyStream(), (rows) => {
        const model = createModel();
        for (const frame of framesOf(rows)) reduce(model, frame);
        for (const file of model.files.all()) {
          const found = totals(file),
            count = {
              mapped: 0n,
              unwritten: 0n,
              delalloc: 0n,
              inline: 0n,
              hole: 0n,
              shared: 0n,
              cached: 0n,
              dirty: 0n,
              writeback: 0n,
              failed: 0n,
              foliosUnknown: 0n,
            };
          for (let k = 0; k < BLOCKS; k++) {
            const at = BigInt(k) * BLOCK,
              data = file.data.at(at),
              pending = file.pending.at(at),
              folio = file.folios.at(at)?.state;
            if (data?.type === MapType.MAPPED) count.mapped += BLOCK;
            if (data?.type === MapType.UNWRITTEN) count.unwritten += BLOCK;
            if (data?.type === MapType.INLINE) count.inline += BLOCK;
            if (data?.type === MapType.DELALLOC) count.delalloc += BLOCK;
            if (pending?.type === MapType.DELALLOC) count.delalloc += BLOCK;
            if (data?.type === MapType.HOLE && pending?.type !== MapType.DELALLOC && at < file.size)
              count.hole += minBig(BLOCK, file.size - at);
            if (data && (data.flags & 4) !== 0) count.shared += BLOCK;
            if (folio === FolioState.dirty || folio === FolioState.folioDirty) count.dirty += BLOCK;
            if (folio === FolioState.writeback) count.writeback += BLOCK;
            if (folio === FolioState.failed) count.failed += BLOCK;
            if (folio === FolioState.unknown && at < file.size) count.foliosUnknown += minBig(BLOCK, file.size - at);
            if (folio !== undefined && folio !== FolioState.failed && folio !== FolioState.unknown) count.cached += BLOCK;
          }
          expect(found).toMatchObject(count);
        }
      }),
      lawRuns(),
    );
  });

  test('counts holes and the unknown only inside the size', () => {
    const file = new FileState(1),
      value = { addr: 0n, device: 1, flags: 0, how: 1, op: 0, since: 0n } as const;
    file.size = 100n;
    file.data.paint(10n, 1n << 40n, { ...value, type: MapType.HOLE });
    file.data.paint(20n, 30n, { ...value, type: MapType.MAPPED });
    file.data.paint(200n, 300n, { ...value, type: MapType.UNWRITTEN });
    expect(totals(file)).toMatchObject({ unknown: 10n, hole: 80n, mapped: 10n, unwritten: 100n, pieces: 2 });
  });

  test('is the same object until something changes', () => {
    const file = new FileState(1);
    file.size = 4n;
    const first = totals(file);
    expect(totals(file)).toBe(first);
    file.size = 5n;
    expect(totals(file)).not.toBe(first);
  });
});
