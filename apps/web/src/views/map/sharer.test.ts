import { MapType } from '@mapscope/shared/trace';
import { MapFlag } from '@mapscope/shared/wire';
import { expect, test } from 'vitest';
import { layMap } from '../gallery/lay.ts';
import { M, story } from '../gallery/story.ts';
import { hit } from './hit.ts';

const shared = { flags: MapFlag.SHARED };
/** Bytes 2 to 4 MiB of `a` are bytes 6 to 8 MiB of `b`; `c` has the last of them at its start. */
const three = () =>
  story()
    .device(1, '/dev/disk', 64n * M)
    .file(1, 'a', 8n * M)
    .file(2, 'b', 16n * M)
    .file(3, 'c', M)
    .extent(1, 2n * M, 2n * M, MapType.MAPPED, 32n * M, shared)
    .extent(2, 6n * M, 2n * M, MapType.MAPPED, 32n * M, shared)
    .extent(3, 0n, M, MapType.MAPPED, 33n * M, shared);

test('sharerLane shows the file that has most of the places, and counts the others', () => {
  const { sharer } = layMap(three().window(1));
  expect(sharer).toMatchObject({ path: 'b', inode: 2, more: 1 });
});

test('sharerLane links the same bytes: ours above, theirs below, at our scale', () => {
  const { sharer, ribbons } = layMap(three().window(1)),
    [link] = sharer!.links;
  expect(sharer!.links).toHaveLength(1);
  expect(link).toMatchObject({ from: 2n * M, to: 4n * M, x0: ribbons[0]!.x2, x1: ribbons[0]!.x3 });
  expect(link!.x3 - link!.x2).toBeCloseTo(ribbons[0]!.x1 - ribbons[0]!.x0, 3);
});

test('sharerLane follows what is in view', () => {
  const { sharer, lanes } = layMap(three().window(1), { range: [2n * M, 3n * M] }),
    [link] = sharer!.links;
  expect(link).toMatchObject({ from: 2n * M, to: 3n * M, x2: lanes.left, x3: lanes.right });
  expect(sharer!.ruler.marks.find(({ at }) => at === 6n * M)?.x).toBeCloseTo(0, 3);
});

test('sharerLane says which parts of the other file were not told', () => {
  const { sharer, lanes } = layMap(three().window(1)),
    [piece] = sharer!.map.pieces;
  expect(sharer!.untold).toHaveLength(2);
  expect(sharer!.untold[0]!.x + sharer!.untold[0]!.w).toBeCloseTo(piece!.box.x, 3);
  expect(sharer!.untold[1]!.x + sharer!.untold[1]!.w).toBeLessThanOrEqual(lanes.right + 1e-6);
});

test('hit answers the piece of the other file, and over a ribbon to it the piece of ours', () => {
  const scene = layMap(three().window(1)),
    { links, map } = scene.sharer!,
    { box } = map.pieces[0]!,
    { y, h } = scene.lanes.links!;
  expect(hit(scene, box.x + box.w / 2, box.y + 3)).toMatchObject({
    target: { inode: 2, from: 6n * M },
    lines: [expect.stringMatching(/^b MAPPED/), expect.anything(), expect.anything(), expect.anything()],
  });
  const { x0, x1, x2, x3 } = links[0]!;
  expect(hit(scene, (x0 + x1 + x2 + x3) / 4, y + h / 2)?.target).toMatchObject({ inode: 1, from: 2n * M, to: 4n * M });
});
