import { FolioState, MapType } from '@mapscope/shared/trace';
import { describe, expect, test } from 'vitest';
import { type Box, isInside, isOnStrand, shareAcross } from '../../draw/index.ts';
import { layMap } from '../gallery/lay.ts';
import { pictures } from '../gallery/scenes.ts';
import { K, M, story } from '../gallery/story.ts';
import { hit } from './hit.ts';
import type { MapScene } from './scene.ts';

const names = [
  'map-plain',
  'map-zoom',
  'map-delalloc',
  'map-cow',
  'map-unasked',
  'map-inline',
  'map-600',
  'map-600-zoom',
  'map-striped',
  'map-compact',
];
const sceneOf = (name: string): MapScene => {
  const { window, range, isCompact } = pictures[name]!();
  return layMap(window, { range, isCompact });
};
const middle = ({ x, y, w, h }: Box): readonly [number, number] => [x + w / 2, y + h / 2];
const targetAt = (scene: MapScene, x: number, y: number) => {
  const target = hit(scene, x, y)?.target;
  return target && { kind: target.kind, from: target.from, to: target.to };
};

describe.each(names)('hit on %s', (name) => {
  const scene = sceneOf(name);

  test('answers a piece at its middle, or what is drawn over it', () => {
    const { pieces, columns } = scene.map;
    pieces.forEach((piece, i) => {
      const [x, y] = middle(piece.box),
        column = columns.find((it) => x >= it.x && x < it.x + 1),
        top = column ?? pieces.slice(i).findLast(({ box }) => isInside(box, x, y))!;
      expect(targetAt(scene, x, y)).toEqual({ kind: 'extent', from: top.from, to: top.to });
    });
  });

  test('answers every pending piece and every place on the device', () => {
    for (const { box, from, to } of scene.pending) expect(targetAt(scene, ...middle(box))).toEqual({ kind: 'extent', from, to });
    scene.deviceBars.forEach(({ box }, i) => {
      const [x, y] = middle(box),
        { piece } = scene.deviceBars.slice(i).findLast((bar) => isInside(bar.box, x, y))!;
      expect(targetAt(scene, x, y)).toEqual({ kind: 'extent', from: piece.from, to: piece.to });
    });
  });

  test('answers a ribbon at half its height, or the one drawn over it', () => {
    const { y, h } = scene.lanes.ribbons;
    scene.ribbons.forEach((ribbon, i) => {
      const x = (ribbon.x0 + ribbon.x1 + ribbon.x2 + ribbon.x3) / 4,
        { piece } = scene.ribbons.slice(i).findLast((it) => isOnStrand(it, x, shareAcross(0.5)))!;
      expect(targetAt(scene, x, y + h / 2)).toEqual({ kind: 'extent', from: piece.from, to: piece.to });
    });
  });

  test('answers a run of the page cache at its middle, or the gravest of its column', () => {
    const { bars, columns } = scene.folios;
    for (const bar of bars) {
      const [x, y] = middle(bar.box),
        column = columns.find((it) => x >= it.x && x < it.x + 1),
        top = column ? bars[column.gravest]! : columns.length > 0 ? undefined : bar;
      expect(targetAt(scene, x, y)).toEqual(top && { kind: 'folio', from: top.from, to: top.to });
    }
  });

  test('answers nothing in the gutter and right of the lanes', () => {
    for (let y = 0; y < scene.height; y += 7) {
      expect(hit(scene, scene.lanes.left - 8, y)).toBeUndefined();
      expect(hit(scene, scene.lanes.right + 8, y)).toBeUndefined();
    }
  });
});

test('hit takes a piece of 2 px from a little beside it, but never from another piece', () => {
  const scene = layMap(
      story()
        .device(1, '/dev/d', 64n * M)
        .file(1, 'a', 8n * M)
        .pending(1, 4n * M, 4n * K, MapType.DELALLOC)
        .window(1),
    ),
    { box } = scene.pending[0]!;
  expect(targetAt(scene, box.x - 2.5, box.y + 3)).toMatchObject({ from: 4n * M });
  expect(targetAt(scene, box.x - 3.5, box.y + 3)).toBeUndefined();
});

test('hit says name and tags, where it is, its dirt, how it is known and since when', () => {
  const scene = layMap(
    story()
      .device(1, '/dev/disk7', 64n * M)
      .file(1, 'dir/a.dat', 8n * M)
      .extent(1, M, M, MapType.MAPPED, 26n * M, { flags: 4 })
      .folio(1, M, 8n * K, FolioState.dirty)
      .window(1),
    { origin: 0n },
  );
  const piece = scene.map.pieces.find(({ type }) => type === MapType.MAPPED)!;
  expect(hit(scene, ...middle(piece.box))!.lines).toEqual([
    'a.dat MAPPED · SHARED',
    'file 1\u2009048\u2009576 +1 MiB',
    'disk7 27\u2009262\u2009976',
    '8 KiB dirty',
    expect.stringMatching(/^reported at \d+\.\d+ s$/),
  ]);
});

test('hit says what a column stands for', () => {
  const scene = sceneOf('map-600'),
    column = scene.map.columns[20]!;
  expect(hit(scene, column.x + 0.5, scene.lanes.map.y + 3)!.lines[0]).toMatch(/^db\.sqlite \d+ pieces?(, \d+ holes?)?$/);
});
