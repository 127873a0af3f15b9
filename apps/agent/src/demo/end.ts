import type { End } from '@mapscope/fuse';
import { MapType } from '@mapscope/shared/trace';
import { isWriteLike, MapFlag, OpFlag } from '@mapscope/shared/wire';
import type { FileInode } from './inode.ts';
import type { Store } from './store.ts';

/**
 * What a write did is so from now on: blocks that were written become MAPPED, whole, since the engine padded them. Fresh blocks and
 * promises that it did not come to go back (spec/protocol.md 4.2).
 */
export function end(store: Store, file: FileInode, { pos, count, written, opflags, map }: End): number {
  if (!isWriteLike(opflags)) return 0;
  const { volume } = store,
    size = BigInt(volume.geometry.blockSize);
  const up = (at: bigint): number => Number((at + size - 1n) / size);
  const first = Number(pos / size),
    mapEnd = up(map.offset + map.length),
    last = Math.min(up(pos + count), mapEnd);
  const done = written > 0n ? Math.min(up(pos + written), mapEnd) : first;
  if (map.dev !== 0 && written > 0n) store.images.touch(map.dev - 1);
  // Zeroing passes over what reads as zeroes already: nothing was put there.
  if (opflags & OpFlag.ZERO) return 0;
  if (map.type === MapType.UNWRITTEN && done > first) volume.apply({ do: 'written', ino: file.ino, from: first, to: done });
  if (map.flags & MapFlag.NEW && done < last) {
    if (map.type === MapType.DELALLOC) volume.unreserve(file, done, last);
    // Rows of strips stay whole; and bytes that a writeback could not bring yet find their place when it tries again.
    const stays = file.layout.kind === 'interleave' || opflags & OpFlag.WRITEBACK;
    if (map.type === MapType.UNWRITTEN && !stays) volume.apply({ do: 'unmap', ino: file.ino, from: done, to: last });
  }
  return 0;
}
