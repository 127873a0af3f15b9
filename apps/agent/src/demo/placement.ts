import { Errno } from '@mapscope/shared/wire';
import type { Stretch } from './free-space.ts';
import { homeOf } from './homes.ts';
import type { FileInode } from './inode.ts';
import { placeRows } from './rows.ts';
import type { Store } from './store.ts';
import { withRetry } from './store.ts';

/** Blocks of a fragment: few enough that a small file is in many pieces. */
const FRAGMENT_BLOCKS = 4;

interface Wish {
  readonly device: number;
  readonly goal: number;
  readonly blocks: number;
}

/**
 * Give UNWRITTEN blocks to the file from block `from` on, which has none, at most to `to`; the caller sees to it that no block in between
 * has one. Answers the end of what was given (for strips whole rows, and `to` at most is answered), or -ENOSPC.
 */
export function place(store: Store, file: FileInode, from: number, to: number): number {
  if (file.layout.kind === 'interleave') return placeRows(store, file, from, to);
  const { volume } = store;
  // Blocks that were promised to this range are part of what it may have.
  const promised = file.body.delayed.within(from, to).reduce((sum, run) => sum + run.to - run.from, 0);
  const room = Math.min(to - from, volume.available + promised);
  if (room <= 0) return -Errno.ENOSPC;
  const wish = file.layout.kind === 'fragment' ? scattered(store, file, from, room) : following(store, file, from, room);
  const found = withRetry(store, () => anywhere(store, wish));
  if (!found) return -Errno.ENOSPC;
  const { device, stretch } = found,
    blocks = stretch.to - stretch.from;
  volume.apply({ do: 'map', ino: file.ino, from, to: from + blocks, device, at: stretch.from });
  return from + blocks;
}

/**
 * Behind what the file has before this block, as far behind as in the file: a hole that is filled later fits in between. A file's first
 * blocks go to a home of its own, so that files that grow side by side do not cut each other to pieces.
 */
function following(store: Store, file: FileInode, from: number, blocks: number): Wish {
  const { geometry } = store.volume,
    { map } = file.body,
    before = map.run(map.indexFrom(from) - 1);
  if (before) return { device: before.value.device, goal: before.value.at + from - before.from, blocks };
  return { device: file.ino % geometry.devices, goal: homeOf(file.ino, geometry) + from, blocks };
}

/** The next device for each few blocks, and far from the last place on it. The same file is cut the same way each time. */
function scattered(store: Store, file: FileInode, from: number, room: number): Wish {
  const { geometry } = store.volume,
    piece = Math.floor(from / FRAGMENT_BLOCKS),
    end = (piece + 1) * FRAGMENT_BLOCKS;
  return {
    device: (file.ino + piece) % geometry.devices,
    goal: homeOf(file.ino * 31 + piece, geometry),
    blocks: Math.min(room, end - from),
  };
}

/** On the wished device, else on the one with most space: only a full volume refuses. */
function anywhere(store: Store, { device, goal, blocks }: Wish): { device: number; stretch: Stretch } | undefined {
  const { spaces } = store.volume;
  const others = spaces
    .map((_, i) => i)
    .filter((i) => i !== device)
    .sort((a, b) => spaces[b]!.free - spaces[a]!.free);
  for (const i of [device, ...others]) {
    const stretch = spaces[i]!.choose(goal, blocks);
    if (stretch) return { device: i, stretch };
  }
  return undefined;
}
