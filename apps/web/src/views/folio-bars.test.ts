import { FolioState } from '@mapscope/shared/trace';
import { describe, expect, test } from 'vitest';
import { axisOver } from '../axis/index.ts';
import { laneIn } from '../draw/index.ts';
import { folioLane, sayDirt } from './folio-bars.ts';
import { K, M, story } from './gallery/story.ts';

const { clean, dirty, writeback, failed, unknown } = FolioState;
const box = { x: 76, y: 62, w: 850, h: 22 };
const lane = laneIn(axisOver(0n, 8n * M, 850), box);
const file = () => story().file(1, 'a.dat', 8n * M);
const lay = (it: ReturnType<typeof story>) => folioLane(it.window(1).folios, lane);

describe('folioLane', () => {
  test('is a bar a run while every run is 2 px or more', () => {
    const { bars, columns } = lay(
      file()
        .folio(1, 0n, 4n * M, clean)
        .folio(1, 4n * M, M, dirty),
    );
    expect(bars.map(({ state, x0, x1 }) => [state, Math.round(x0), Math.round(x1)])).toEqual([
      [clean, 76, 501],
      [dirty, 501, 607],
    ]);
    expect(columns).toEqual([]);
  });

  test('is columns as soon as a run is thinner, and one dirty block takes half of its column', () => {
    const { bars, columns } = lay(
      file()
        .folio(1, 0n, 8n * M, clean)
        .folio(1, 4n * M, 4n * K, dirty),
    );
    expect(columns).toHaveLength(850);
    const spots = columns.filter(({ parts }) => parts.some(({ state }) => state === dirty));
    expect(spots).toHaveLength(1);
    expect(spots[0]!.parts).toMatchObject([
      { state: clean, h: 11 },
      { state: dirty, y: 62, h: 11 },
    ]);
    expect(bars[spots[0]!.gravest]!.state).toBe(dirty);
  });

  test('puts the gravest on top, and leaves paper for what is not cached', () => {
    const it = file();
    for (let k = 0n; k < 200n; k += 4n)
      it.folio(1, k * 4n * K, 4n * K, clean)
        .folio(1, (k + 1n) * 4n * K, 4n * K, writeback)
        .folio(1, (k + 2n) * 4n * K, 4n * K, failed);
    for (const { parts } of lay(it).columns.slice(1, 40)) {
      const order = parts.map(({ state }) => state);
      expect(order).toEqual([clean, writeback, failed].filter((state) => order.includes(state)));
      expect(parts.reduce((sum, { h }) => sum + h, 0)).toBeLessThanOrEqual(22 + 1e-9);
      for (const { state, h } of parts) if (state === failed) expect(h).toBeGreaterThanOrEqual(11);
    }
  });

  test('does not take a run for thin that is cut at the end of the lane', () => {
    const near = laneIn(axisOver(M - 4n * K, 2n * M, 850), box);
    expect(folioLane(file().folio(1, 0n, M, dirty).folio(1, M, M, clean).window(1).folios, near).columns).toEqual([]);
  });

  test('shows what is not known any more as a state of its own', () => {
    expect(
      lay(
        file()
          .folio(1, 0n, 8n * M, clean)
          .lost(1n),
      ).bars.map(({ state }) => state),
    ).toEqual([unknown]);
  });
});

describe('sayDirt', () => {
  const texts = (it: ReturnType<typeof story>): string[] => sayDirt(lay(it).bars, lane).map(({ text }) => text);

  test('says runs that are near each other together, and others alone', () => {
    const it = file()
      .folio(1, M, 8n * K, dirty)
      .folio(1, M + 64n * K, 4n * K, dirty)
      .folio(1, 6n * M, 4n * K, dirty);
    expect(texts(it)).toEqual(['12 KiB dirty in 2 runs', '4 KiB dirty']);
  });

  test('says what a failed writeback dropped beside what is dirty', () => {
    expect(
      texts(
        file()
          .folio(1, M, M, dirty)
          .folio(1, 5n * M, M, failed),
      ),
    ).toEqual(['1 MiB dirty', '1 MiB failed']);
  });

  test('writes into a run that is wide, and never outside the lane', () => {
    const [wide] = sayDirt(lay(file().folio(1, 0n, 4n * M, dirty)).bars, lane),
      [last] = sayDirt(lay(file().folio(1, 8n * M - 8n * K, 8n * K, dirty)).bars, lane);
    expect(wide).toMatchObject({ align: 'center', role: 'boldOnData' });
    expect(last).toMatchObject({ align: 'right' });
  });
});
