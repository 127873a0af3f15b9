import { FolioState } from '@mapscope/shared/trace';
import { describe, expect, test } from 'vitest';
import { layFolios } from '../gallery/lay.ts';
import { pictures } from '../gallery/scenes.ts';
import { K, M, story } from '../gallery/story.ts';
import { hit } from './hit.ts';
import { type FoliosInput, UNSEEN } from './scene.ts';

const { clean, dirty, folioDirty, writeback } = FolioState;
const B = 4n * K;
const file = () => story().file(1, 'a.dat', 8n * M);

describe('lensOf', () => {
  test('shows 32 blocks around the byte, and marks them on the strip', () => {
    const { lens, now } = layFolios(
      file()
        .folio(1, 0n, 8n * M, clean)
        .window(1),
      { lensAt: 4n * M },
    );
    expect(lens).toMatchObject({ from: 4n * M - 16n * B, to: 4n * M + 16n * B });
    expect(lens!.cells).toHaveLength(32);
    expect(lens!.mark.x).toBeGreaterThan(now.x);
  });

  test('stays in the file at both ends, and in a file of a few blocks', () => {
    const at = (size: bigint, lensAt: bigint): readonly [bigint, number] => {
      const { lens } = layFolios(story().file(1, 'a', size).window(1), { lensAt });
      return [lens!.from, lens!.cells.length];
    };
    expect(at(8n * M, 0n)).toEqual([0n, 32]);
    expect(at(8n * M, 8n * M - 1n)).toEqual([8n * M - 32n * B, 32]);
    expect(at(3n * B + 1n, 0n)).toEqual([0n, 4]);
  });

  test('looks at what is dirty when nobody points', () => {
    const { lens } = layFolios(
      file()
        .folio(1, 0n, 8n * M, clean)
        .folio(1, 6n * M, B, dirty)
        .window(1),
    );
    expect(lens!.cells.some(({ state }) => state === dirty)).toBe(true);
  });

  test('frames a folio once, whole, wherever in it the first block is', () => {
    // Folios of four pages; the lens begins in the middle of one.
    const { lens } = layFolios(file().folio(1, 0n, M, FolioState.added, 2).folio(1, 0n, M, clean, 2).window(1), { lensAt: 18n * B }),
      w = lens!.box.w / 32;
    expect(lens!.from).toBe(2n * B);
    expect(lens!.frames.map(({ x, w: wide }) => [Math.round((x - lens!.box.x) / w), Math.round(wide / w)])).toEqual([
      [0, 2],
      ...Array.from({ length: 7 }, (_, k) => [2 + 4 * k, 4]),
      [30, 2],
    ]);
  });

  test('tells a touched block from those that are dirty with their folio', () => {
    const { lens } = layFolios(
      file()
        .folio(1, 0n, 4n * B, folioDirty, 2)
        .folio(1, 0n, B, dirty)
        .window(1),
      { lensAt: 0n },
    );
    expect(lens!.cells.slice(0, 5).map(({ state }) => state)).toEqual([dirty, folioDirty, folioDirty, folioDirty, undefined]);
  });
});

/** Moments a second apart. */
const pastOf = (
  ...steps: readonly ((it: ReturnType<typeof story>) => unknown)[]
): { window: ReturnType<ReturnType<typeof story>['window']>; past: FoliosInput['past'] } => {
  const it = file(),
    past: FoliosInput['past'][number][] = [];
  for (const step of steps) {
    step(it.wait(1_000_000_000n));
    const { until: at, folios, totals } = it.window(1);
    past.push({ at, folios, dirty: totals.dirty });
  }
  return { window: it.wait(1_000_000_000n).folio(1, 0n, B, clean).window(1), past };
};

describe('waterfall', () => {
  test('gives a moment the height of its time, the newest at the bottom', () => {
    const { window, past } = pastOf(
        (it) => it.folio(1, 0n, M, dirty),
        (it) => it.wait(2_000_000_000n).folio(1, M, M, dirty),
      ),
      { rows, fall } = layFolios(window, { past });
    expect(rows[0]!.y).toBe(fall.y);
    // Three seconds, then one, of at least ten from top to bottom.
    expect(rows[0]!.h / rows[1]!.h).toBeCloseTo(3, 1);
    expect(rows[1]!.y + rows[1]!.h - fall.y).toBeCloseTo(fall.h * 0.4, -1);
  });

  test('calls fresh what was not dirty a moment before, and nothing in the first', () => {
    const { window, past } = pastOf(
        (it) => it.folio(1, 0n, 4n * M, dirty),
        (it) => it.folio(1, 4n * M, 4n * M, dirty),
        (it) => it.folio(1, 0n, 2n * M, writeback),
      ),
      { rows } = layFolios(window, { past });
    expect(rows.map(({ stretches }) => stretches.map(({ state, isFresh }) => [state, isFresh]))).toEqual([
      [[dirty, false]],
      [
        [dirty, false],
        [dirty, true],
      ],
      [
        [writeback, false],
        [dirty, false],
      ],
    ]);
  });

  test('has a silhouette as wide as the dirty bytes are many', () => {
    const { window, past } = pastOf(
        (it) => it.folio(1, 0n, 2n * M, dirty),
        (it) => it.folio(1, 2n * M, 2n * M, dirty),
      ),
      { rows, silhouette } = layFolios(window, { past });
    expect(rows.map(({ dirtyW }) => dirtyW / silhouette.w)).toEqual([0.5, 1]);
  });

  test('says where nobody looked, instead of calling it empty', () => {
    const { window, past } = pastOf((it) => it.folio(1, 0n, 8n * M, clean)),
      seen = past.map((moment) => ({ ...moment, from: 2n * M, to: 4n * M })),
      { rows } = layFolios(window, { past: seen });
    expect(rows[0]!.stretches.map(({ state }) => state)).toEqual([UNSEEN, clean, UNSEEN]);
  });
});

describe('hit', () => {
  test('answers every block under the lens, every run of the strip and every stretch of the waterfall', () => {
    const { window, past } = pictures['folios-walk']!(),
      scene = layFolios(window, { past: past! });
    for (const { box, from, to, state } of scene.lens!.cells)
      expect(hit(scene, box.x + box.w / 2, box.y + box.h / 2)?.target).toEqual(
        state === undefined ? undefined : { kind: 'folio', inode: 1, from, to },
      );
    scene.rows.forEach((row, i) => {
      const y = row.y + row.h / 2,
        top = scene.rows.slice(i).findLast((it) => y >= it.y && y < it.y + it.h);
      if (top === row) for (const { x, w } of row.stretches) expect(hit(scene, x + w / 2, y)?.lines[0]).toMatch(/^a\.dat was /);
    });
    expect(hit(scene, scene.left - 9, scene.fall.y + 20)).toBeUndefined();
  });

  test('says the size of a folio, and that it is not known where nobody told', () => {
    const lines = (order?: number): readonly string[] => {
      const scene = layFolios(
        file()
          .folio(1, 0n, 8n * M, FolioState.added, order)
          .window(1),
      );
      return hit(scene, scene.now.x + 5, scene.now.y + 5)!.lines;
    };
    expect(lines(4)).toContain('folios of order 4, 64 KiB');
    expect(lines(0)).toContain('folios of one page');
  });
});

test('layout leaves the lanes the width that the axis of the page has, and nothing leaves the canvas', () => {
  for (const name of ['folios-large', 'folios-zoom', 'folios-walk']) {
    const { window, past, range } = pictures[name]!(),
      scene = layFolios(window, { past: past ?? [], range, width: 836, height: 448 });
    expect(scene.right).toBe(836 - 116);
    expect(scene.silhouette.x + scene.silhouette.w).toBeLessThanOrEqual(836);
    for (const { x, w } of scene.rows.flatMap(({ stretches }) => stretches)) {
      expect(x).toBeGreaterThanOrEqual(scene.left);
      expect(x + w).toBeLessThanOrEqual(scene.right);
    }
    for (const { y, h } of scene.rows) expect(y + h).toBeLessThanOrEqual(448);
  }
});
