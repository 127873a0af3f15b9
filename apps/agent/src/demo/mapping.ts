import type { Mapping } from '@mapscope/fuse';
import { MapType, NO_ADDR } from '@mapscope/shared/trace';
import type { FileInode, Place } from './inode.ts';
import type { Geometry } from './volume.ts';

/** What blocks [from, to) of a file are. `place` of `from`, where there is one. */
export interface Stretched {
  readonly from: number;
  readonly to: number;
  readonly type: number;
  readonly place?: Place;
}

/** The mapping around a block, as long as it is the same; the last hole of a file reaches to the largest file size. */
export function around(file: FileInode, block: number): Stretched {
  const { map, delayed, inline } = file.body;
  if (inline && block === 0) return { from: 0, to: 1, type: MapType.INLINE };
  const run = map.around(block);
  if (run.value) return { from: run.from, to: run.to, type: run.value.unwritten ? MapType.UNWRITTEN : MapType.MAPPED, place: run.value };
  const waiting = delayed.around(block),
    from = Math.max(run.from, waiting.from, inline ? 1 : 0),
    to = Math.min(run.to, waiting.to);
  return { from, to, type: waiting.value ? MapType.DELALLOC : MapType.HOLE };
}

/** All mappings of a file in order, from the one that holds block `from` to the largest file size. */
export function* everything(file: FileInode, from: number, end: number): Generator<Stretched> {
  for (let block = from; block < end;) {
    const found = around(file, block);
    yield found;
    block = found.to;
  }
}

/** What of it lies in [from, to). */
export function part(whole: Stretched, from: number, to: number): Stretched {
  const start = Math.max(from, whole.from),
    { type, place } = whole;
  return { from: start, to: Math.min(to, whole.to), type, ...(place && { place: { ...place, at: place.at + start - whole.from } }) };
}

/** `Stretched` as it goes out. Device cookies are counted from 1, indexes from 0. */
export function toMapping({ from, to, type, place }: Stretched, { blockSize }: Geometry, flags = 0): Mapping {
  const size = BigInt(blockSize);
  return {
    offset: BigInt(from) * size,
    length: BigInt(to - from) * size,
    addr: place ? BigInt(place.at) * size : NO_ADDR,
    type,
    flags,
    dev: place ? place.device + 1 : 0,
  };
}
