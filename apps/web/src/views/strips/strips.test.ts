import { toPlace } from '@mapscope/shared/model';
import { NO_ADDR } from '@mapscope/shared/trace';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { axisOver } from '../../axis/index.ts';
import { layStrips } from '../gallery/lay.ts';
import { pictures } from '../gallery/scenes.ts';
import { K, M, story } from '../gallery/story.ts';
import { arithmetic, byteAt, stripsView } from './index.ts';
import { GUTTER } from '../gutter.ts';

/** A file of `size` bytes dealt to `n` strips, each `length` long, 64 MiB into its device. */
function dealt(n: number, chunk: bigint, size: bigint, length: bigint) {
  const it = story().file(1, 'striped/t.bin', size);
  for (let k = 1; k <= n; k++) it.device(k, `/dev/disk${k}`, 1n << 40n);
  return it
    .layout(
      1,
      0n,
      size,
      Number(chunk),
      Array.from({ length: n }, (_, k) => ({ device: k + 1, addr: 64n * M, length })),
    )
    .window(1);
}

describe('layout', () => {
  test('deals chunks to strips in turn, row by row', () => {
    const { grid } = layStrips(dealt(3, M, 7n * M, 3n * M));
    expect(grid.cells.map(({ chunk, row, strip }) => [chunk, row, strip]).sort((a, b) => Number(a[0]) - Number(b[0]))).toEqual(
      Array.from({ length: 7 }, (_, k) => [BigInt(k), BigInt(Math.floor(k / 3)), k % 3]),
    );
    expect(layStrips(dealt(3, M, 7n * M, 3n * M)).say).toBe('3 strips · 1 MiB chunks · 7 chunks in 3 rows · 7 MiB');
  });

  test('cuts the last chunk short, and says what its strip has left', () => {
    const { grid, words } = layStrips(dealt(4, 2n * M, 13n * M, 4n * M)),
      last = grid.cells.find(({ chunk }) => chunk === 6n)!;
    expect(last.used / last.box.w).toBeCloseTo(0.5, 6);
    expect(last.to - last.from).toBe(M);
    expect(grid.slack.filter(({ bytes }) => bytes > 0n).map(({ strip, bytes }) => [strip, bytes])).toEqual([
      [2, M],
      [3, 2n * M],
    ]);
    expect(words.map(({ text }) => text)).toEqual(expect.arrayContaining(['slack 1 MiB', 'slack 2 MiB', 'chunk 6']));
  });

  test('counts what an extent has behind the end of the file as slack of its strips', () => {
    const whole = dealt(2, M, 4n * M, 2n * M),
      { grid } = layStrips({ ...whole, size: 3n * M });
    expect(grid.slack.filter(({ bytes }) => bytes > 0n).map(({ strip, bytes }) => [strip, bytes])).toEqual([[1, M]]);
  });

  test('shows a row of storage behind the end, with the size of all that is left', () => {
    const { grid } = layStrips(dealt(2, M, 4n * M, 9n * M));
    expect(grid.rowLabels.map(({ text }) => text)).toEqual(['row 0', 'row 1', 'row 2']);
    expect(grid.slack.filter(({ bytes }) => bytes > 0n).map(({ bytes }) => bytes)).toEqual([7n * M, 7n * M]);
  });

  test('says which strips overlap, and frames the cells that do', () => {
    const it = story()
        .file(1, 'striped/t.bin', 8n * M)
        .device(1, '/dev/disk1', 1n << 40n),
      strips = [64n, 66n, 200n, 300n].map((at) => ({ device: 1, addr: at * M, length: 4n * M }));
    const { grid, words, say } = layStrips(it.layout(1, 0n, 8n * M, Number(M), strips).window(1));
    expect(grid.heads.map(({ flaw }) => flaw)).toEqual(['overlaps strip 1', 'overlaps strip 0', undefined, undefined]);
    // Bytes 66 to 68 MiB of the device: no row in use of strip 0, both of strip 1.
    expect(grid.cells.filter(({ isOverlapped }) => isOverlapped).map(({ strip, row }) => [strip, row])).toEqual([
      [1, 0n],
      [1, 1n],
    ]);
    expect(words.map(({ text }) => text)).toContain('overlaps strip 1');
    expect(say).toContain('strips overlap');
  });

  test('says where a strip is too short for its chunks, or was not told yet', () => {
    const short = layStrips(dealt(2, M, 4n * M, M)).grid,
      it = story()
        .device(1, '/dev/a', 1n << 40n)
        .file(1, 'a', 4n * M)
        .layout(1, 0n, 4n * M, Number(M), []),
      window = it.window(1),
      untold = layStrips({
        ...window,
        layouts: [{ index: 0, from: 0n, nbytes: 4n * M, chunkSize: M, strips: [{ device: 0, addr: NO_ADDR, length: 0n }] }],
      });
    expect(short.heads.map(({ flaw }) => flaw)).toEqual(['short by 1 MiB', 'short by 1 MiB']);
    expect(short.cells.filter(({ isShort }) => isShort).map(({ row }) => row)).toEqual([1n, 1n]);
    expect(untold.grid.heads[0]!.flaw).toBe('not told yet');
    expect(untold.grid.slack).toEqual([]);
  });

  test('turns to a weave where rows have no room: a column a row, a line a strip', () => {
    const { grid, ribbons } = layStrips(dealt(5, 64n * K, 5n * 64n * K * 141n, 64n * K * 141n));
    expect(grid.isWeave).toBe(true);
    expect(ribbons).toEqual([]);
    expect(new Set(grid.cells.map(({ box }) => Math.round(box.y))).size).toBe(5);
    expect(grid.cells.filter(({ strip }) => strip === 0)).toHaveLength(141);
  });

  test('stands for several rows a column when there are more of them than pixels, and leaves no row out', () => {
    const { grid } = layStrips(dealt(4, 64n * K, 4n * 64n * K * 4000n, 64n * K * 4000n)),
      line = grid.cells.filter(({ strip }) => strip === 2);
    expect(line.reduce((sum, { rows }) => sum + rows, 0n)).toBe(4000n);
    for (let k = 1; k < line.length; k++) expect(line[k]!.row).toBe(line[k - 1]!.row + line[k - 1]!.rows);
  });

  test('shows the rows in view when zoomed, with the chunks over them', () => {
    const window = dealt(2, M, 40n * M, 20n * M),
      { grid, chunks } = layStrips(window, { range: [10n * M, 14n * M] });
    expect(grid.cells.map(({ row }) => row)).toEqual([5n, 6n, 7n, 5n, 6n, 7n].filter((row) => grid.cells.some((cell) => cell.row === row)));
    expect(chunks.map(({ chunk }) => chunk)).toEqual([10n, 11n, 12n, 13n]);
  });

  test('leads a chunk to its cell as wide as what it holds', () => {
    const { ribbons, grid } = layStrips(dealt(4, 2n * M, 13n * M, 4n * M));
    for (const { chunk, x2, x3 } of ribbons) {
      const cell = grid.cells.find((it) => it.chunk === chunk)!;
      expect([x2, x3]).toEqual([cell.box.x, cell.box.x + cell.used]);
    }
  });

  test('says so when nothing is interleaved', () => {
    const scene = layStrips(story().file(1, 'a', M).window(1));
    expect(scene.layout).toBeUndefined();
    expect(scene.words[0]!.text).toBe('No part of this file is interleaved.');
  });

  test.each(Object.keys(pictures).filter((name) => name.startsWith('strips-')))('keeps all of %s inside the lanes', (name) => {
    for (const [width, height] of [
      [946, 588],
      [836, 448],
      [500, 300],
    ] as const) {
      const { window, at } = pictures[name]!(),
        { grid, chunks, ribbons, slack = grid.slack, left, right } = { ...layStrips(window, { at, width, height }), slack: undefined };
      for (const { x, w } of [...grid.cells, ...chunks, ...slack].map(({ box }) => box)) {
        expect(x).toBeGreaterThanOrEqual(left - 1e-6);
        expect(x + w).toBeLessThanOrEqual(right + 1e-6);
      }
      for (const { x2, x3 } of ribbons) expect([x2 >= left - 1e-6, x3 <= right + 1e-6]).toEqual([true, true]);
    }
  });
});

describe('hit', () => {
  test.each(['strips-4', 'strips-rows', 'strips-weave', 'strips-far', 'strips-1', 'strips-32'])(
    'answers every cell and chunk of %s at its middle',
    (name) => {
      const scene = layStrips(pictures[name]!().window);
      for (const { box, used, from, to } of scene.grid.cells)
        expect(stripsView.hit(scene, box.x + used / 2, box.y + box.h / 2)?.target).toEqual({
          kind: 'chunk',
          inode: 1,
          layout: 0,
          from,
          to,
        });
      if (!scene.grid.isWeave)
        for (const { box, from, to } of scene.chunks)
          expect(stripsView.hit(scene, box.x + box.w / 2, box.y + 3)?.target).toMatchObject({ from, to });
    },
  );

  test('answers no chunk over slack', () => {
    const scene = layStrips(pictures['strips-4']!().window);
    for (const { box } of scene.grid.slack) expect(stripsView.hit(scene, box.x + box.w / 2, box.y + box.h / 2)).toBeUndefined();
  });

  test('byteAt finds the byte along the file and in its cell', () => {
    const window = dealt(4, 2n * M, 13n * M, 4n * M),
      scene = layStrips(window),
      axis = axisOver(0n, 13n * M, 850),
      cell = scene.grid.cells.find(({ chunk }) => chunk === 5n)!;
    expect(byteAt(scene, axis, cell.box.x + cell.box.w / 4, cell.box.y + 2)).toBe(10n * M + 512n * K);
    expect(byteAt(scene, axis, GUTTER + 425, scene.along.y + 2)).toBe((13n * M) / 2n);
    expect(byteAt(scene, axis, 10, 10)).toBeUndefined();
  });
});

describe('arithmetic', () => {
  const names = new Map([[3, 'disk3']]);

  test('spells the way of a byte out', () => {
    const window = dealt(4, 2n * M, 13n * M, 4n * M);
    expect(arithmetic(window, window.layouts[0]!, 12_582_912n, names).map((line) => line.replaceAll('\u2009', ' '))).toEqual([
      'chunk  = 12 582 912 / 2 097 152 = 6',
      'within = 12 582 912 % 2 097 152 = 0',
      'row    = 6 / 4 = 1',
      'strip  = 6 % 4 = 2',
      'device = strips[2] = disk3',
      'offset = 67 108 864 + 1 × 2 097 152 + 0 = 69 206 016',
      'run    = 1 048 576',
    ]);
  });

  test('ends where the reference does, for every byte', () => {
    const window = dealt(3, 64n * K, 5n * M + 77n, 4n * M),
      [layout] = window.layouts;
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: window.size - 1n }), (at) => {
        const place = toPlace([layout!], window.size, at)!,
          said = arithmetic(window, layout!, at, names)
            .find((line) => line.startsWith('offset'))!
            .replaceAll('\u2009', '');
        const [base, row, chunk, within, sum] = /= (\d+) \+ (\d+) × (\d+) \+ (\d+) = (\d+)/.exec(said)!.slice(1).map(BigInt) as [
          bigint,
          bigint,
          bigint,
          bigint,
          bigint,
        ];
        expect(base + row * chunk + within).toBe(sum);
        expect(sum).toBe(place.addr);
      }),
    );
  });

  test('says what cannot be computed', () => {
    const window = dealt(2, M, 3n * M, 2n * M),
      untold = { ...window.layouts[0]!, strips: window.layouts[0]!.strips.map((strip) => ({ ...strip, addr: NO_ADDR })) };
    expect(arithmetic(window, window.layouts[0]!, 3n * M, names)).toEqual([expect.stringContaining('past the end')]);
    expect(arithmetic(window, untold, 0n, names)).toContain('device = strips[0] = not told yet');
    expect(arithmetic(window, untold, 0n, names).some((line) => line.startsWith('offset'))).toBe(false);
  });
});
