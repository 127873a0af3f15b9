import { How, MapType, NO_ADDR } from '../trace/index.ts';
import { minBig } from '../units/index.ts';
import { type Extent, ExtentMap } from './extents.ts';
import type { FileState } from './file-state.ts';

/** Wire flag SHARED (trace does not know the wire): on the pending map, what waits is a copy on write. */
const SHARED = 4;

/**
 * What is so of every byte below `size`, as strokes over one another: nothing known, holes, what waits for a place, what has one. So
 * DELALLOC shows where the data map has a hole, as FIEMAP says it; a copy on write that waits does not hide what is there.
 */
export function layered({ data, pending }: Pick<FileState, 'data' | 'pending'>, size: bigint): readonly Extent[] {
  const out = new ExtentMap(),
    known = data.list();
  const lay = (extents: readonly Extent[]): void => extents.forEach((extent) => out.paint(extent.from, extent.to, extent));
  if (size > 0n) out.paint(0n, size, { addr: NO_ADDR, device: 0, type: MapType.UNKNOWN, flags: 0, how: How.unknown, op: 0, since: 0n });
  // Past the size there is something only where something is.
  lay(known.filter((extent) => isEmpty(extent) && extent.from < size).map((extent) => ({ ...extent, to: minBig(extent.to, size) })));
  // Something may wait in a hole of which nobody knows.
  lay(
    pending
      .list()
      .filter(({ type, from }) => type === MapType.UNKNOWN && from < size)
      .map((extent) => ({ ...extent, to: minBig(extent.to, size) })),
  );
  lay(pending.list().filter(({ type, flags }) => type === MapType.DELALLOC && (flags & SHARED) === 0));
  lay(known.filter((extent) => !isEmpty(extent)));
  return out.list();
}

/** Where a copy on write waits, or may: `layered` does not show it. */
export const copiesOf = ({ pending }: Pick<FileState, 'pending'>): readonly Extent[] =>
  pending.list().filter(({ type, flags }) => type === MapType.UNKNOWN || (flags & SHARED) !== 0);

const isEmpty = ({ type }: Extent): boolean => type === MapType.HOLE || type === MapType.UNKNOWN;
