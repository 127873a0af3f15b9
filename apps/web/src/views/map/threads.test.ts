import { FolioState, MapType } from '@mapscope/shared/trace';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layMap } from '../gallery/lay.ts';
import { K, M, story } from '../gallery/story.ts';
import type { MapScene, Thread } from './scene.ts';
import { GUTTER } from '../gutter.ts';

const { MAPPED, UNWRITTEN, DELALLOC, INLINE } = MapType;
const { dirty, writeback, folioDirty, clean } = FolioState;
const B = 4n * K;
/** A file of 64 blocks on 850 px. */
const file = () =>
  story()
    .device(1, '/dev/disk', 64n * M)
    .file(1, 'a.dat', 64n * B);
const lay = (it: ReturnType<typeof story>): MapScene => layMap(it.window(1));
const px = (blocks: number): number => GUTTER + (blocks * 850) / 64;

describe('threadsOf', () => {
  test('leads dirty bytes to their very place, as wide as they are', () => {
    const { threads, ribbons } = lay(
      file()
        .extent(1, 0n, 64n * B, MAPPED, M)
        .folio(1, 8n * B, 4n * B, dirty),
    );
    expect(threads).toHaveLength(1);
    const [thread] = threads,
      end = thread!.end as readonly [number, number];
    expect(thread).toMatchObject({ x0: expect.closeTo(px(8), 6), x1: expect.closeTo(px(12), 6), isWriteback: false });
    expect(end[0] - ribbons[0]!.x2).toBeCloseTo((thread!.x0 - ribbons[0]!.x0) * ((ribbons[0]!.x3 - ribbons[0]!.x2) / 850), 3);
  });

  test('prefers the pending place: copy on write goes away from the shared one', () => {
    const { threads, ribbons } = lay(
      file()
        .extent(1, 0n, 64n * B, MAPPED, M)
        .pending(1, 8n * B, 4n * B, UNWRITTEN, 40n * M)
        .folio(1, 6n * B, 8n * B, writeback),
    );
    const fresh = ribbons.find(({ piece }) => piece.layer === 'pending')!;
    expect(threads.map(({ from, to, isWriteback }) => [from / B, to / B, isWriteback])).toEqual([
      [6n, 8n, true],
      [8n, 12n, true],
      [12n, 14n, true],
    ]);
    expect(threads[1]!.end).toEqual([expect.closeTo(fresh.x2, 3), expect.closeTo(fresh.x3, 3)]);
  });

  test('frays out over delalloc, and says that a hole or an unknown range was not asked for yet', () => {
    const { threads, stubs, words } = lay(
      file()
        .hole(1, 0n, 32n * B)
        .pending(1, 0n, 16n * B, DELALLOC)
        .folio(1, 12n * B, 24n * B, dirty),
    );
    expect(threads.map(({ from, to, end }) => [from / B, to / B, end])).toEqual([
      [12n, 16n, 'delalloc'],
      // Neighbours without a place are one thread, whether there is a hole or nothing known below.
      [16n, 36n, 'unasked'],
    ]);
    expect(stubs).toHaveLength(1);
    expect(words.filter(({ text }) => text === 'not asked yet')).toHaveLength(1);
    expect(words.filter(({ text }) => text === 'no place yet')).toHaveLength(1);
  });

  test('never calls dirty bytes delalloc that nobody was asked about', () => {
    const { words, stubs } = lay(
      file()
        .hole(1, 0n, 64n * B)
        .folio(1, 0n, 8n * B, dirty),
    );
    expect(stubs).toEqual([]);
    expect(words.some(({ text }) => /delalloc|no place/.test(text))).toBe(false);
  });

  test('ends inline data in the box of the inode', () => {
    const { threads, inodeBox } = lay(
      file()
        .extent(1, 0n, B, INLINE)
        .extent(1, B, 63n * B, MAPPED, M)
        .folio(1, 0n, B, folioDirty),
    );
    expect(threads[0]!.end).toEqual([inodeBox!.x, expect.any(Number)]);
  });

  test('agrees with asking for every block alone', () => {
    const stroke = fc.record({ from: fc.nat(63), length: fc.integer({ min: 1, max: 20 }), kind: fc.nat(5), addr: fc.nat(50) });
    fc.assert(
      fc.property(
        fc.array(stroke, { maxLength: 12 }),
        fc.array(stroke, { maxLength: 6 }),
        fc.array(stroke, { minLength: 1, maxLength: 10 }),
        (data, pending, folios) => {
          const it = file();
          const types = [MAPPED, UNWRITTEN, MapType.HOLE, MAPPED, UNWRITTEN, MapType.UNKNOWN];
          for (const { from, length, kind, addr } of data)
            it.extent(1, BigInt(from) * B, BigInt(length) * B, types[kind]!, kind === 2 || kind === 5 ? undefined : BigInt(addr) * M);
          for (const { from, length, kind, addr } of pending)
            it.pending(
              1,
              BigInt(from) * B,
              BigInt(length) * B,
              kind < 3 ? DELALLOC : UNWRITTEN,
              kind < 3 ? undefined : BigInt(addr) * M + 512n * K,
            );
          for (const { from, length, kind } of folios)
            it.folio(1, BigInt(from) * B, BigInt(length) * B, [dirty, writeback, clean, dirty, folioDirty, clean][kind]!);
          const scene = lay(it),
            window = it.window(1);
          for (let block = 0; block < 64; block++) {
            const at = BigInt(block) * B;
            expect(said(scene.threads, at)).toBe(asked(window, at));
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** What the scene says of a block: a colour, and where it goes. */
function said(threads: readonly Thread[], at: bigint): string {
  const over = threads.filter(({ from, to }) => from <= at && at < to);
  expect(over.length).toBeLessThanOrEqual(1);
  const [thread] = over;
  return thread ? `${thread.isWriteback ? 'out' : 'dirty'} ${typeof thread.end === 'string' ? thread.end : 'place'}` : '-';
}

/** The naive twin: one block, looked up alone. */
function asked(window: ReturnType<ReturnType<typeof story>['window']>, at: bigint): string {
  const find = (runs: { n: number; from: BigUint64Array; to: BigUint64Array }): number =>
    Array.from({ length: runs.n }, (_, i) => i).find((i) => runs.from[i]! <= at && at < runs.to[i]!) ?? -1;
  const folio = find(window.folios),
    state = folio < 0 ? 0 : window.folios.state[folio]!;
  if ((state !== dirty && state !== folioDirty && state !== writeback) || at >= window.size) return '-';
  const pending = find(window.pending),
    data = find(window.data);
  const type = pending >= 0 ? window.pending.type[pending]! : data >= 0 ? window.data.type[data]! : MapType.UNKNOWN;
  const end = type === DELALLOC ? 'delalloc' : type === MAPPED || type === UNWRITTEN ? 'place' : 'unasked';
  return `${state === writeback ? 'out' : 'dirty'} ${end}`;
}
