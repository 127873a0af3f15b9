import { Errno } from '@mapscope/shared/wire';
import type { Stretch } from './free-space.ts';
import { noteChanged } from './inode.ts';
import type { FileInode } from './inode.ts';
import { homeOf } from './homes.ts';
import type { Store } from './store.ts';
import { withRetry } from './store.ts';
import type { Volume } from './volume.ts';

/**
 * The shape of a striped file, in blocks. Its space comes and goes in whole rows; a row is a chunk on each of `strips` devices:
 *
 *             strip 0    strip 1    strip 2
 *   row 0     chunk 0    chunk 1    chunk 2
 *   row 1     chunk 3    chunk 4    chunk 5
 */
export interface Shape {
  readonly chunk: number;
  readonly strips: number;
  /** Blocks of a row. */
  readonly row: number;
}

export function shapeOf(file: FileInode, volume: Volume): Shape | undefined {
  if (file.layout.kind !== 'interleave') return undefined;
  const chunk = file.layout.chunk / volume.geometry.blockSize,
    { strips } = file.layout;
  return { chunk, strips, row: chunk * strips };
}

/** Files begin on different devices, and each strip of a file has its own. */
export const deviceOfStrip = (file: FileInode, strip: number, volume: Volume): number => (file.ino + strip) % volume.geometry.devices;

/**
 * Give the file the missing row of block `from`, which has none, and those behind it up to `to` as far as there is a gap and space for
 * them side by side. All of it is UNWRITTEN. Answers the end of what was given, at most `to`, or -ENOSPC.
 */
export function placeRows(store: Store, file: FileInode, from: number, to: number): number {
  const { volume } = store,
    shape = shapeOf(file, volume)!,
    first = Math.floor(from / shape.row);
  const gap = Math.floor(file.body.map.around(from).to / shape.row) - first;
  const most = Math.min(Math.ceil(to / shape.row) - first, gap, Math.floor(volume.available / shape.row));
  const found = withRetry(store, () => longest(store, file, shape, first, most));
  if (!found) return -Errno.ENOSPC;
  for (const [strip, { from: at }] of found.stretches.entries()) {
    const device = deviceOfStrip(file, strip, volume);
    for (let i = 0; i < found.rows; i++) {
      const block = (first + i) * shape.row + strip * shape.chunk;
      volume.apply({ do: 'map', ino: file.ino, from: block, to: block + shape.chunk, device, at: at + i * shape.chunk });
    }
  }
  const end = (first + found.rows) * shape.row;
  noteChanged(file, first * shape.row, from);
  noteChanged(file, to, end);
  return Math.min(to, end);
}

/** As many rows as fit without a seam, so that an interleaved extent is long; halved until they do. */
function longest(
  store: Store,
  file: FileInode,
  shape: Shape,
  first: number,
  most: number,
): { rows: number; stretches: Stretch[] } | undefined {
  for (let rows = most; rows > 0; rows = Math.floor(rows / 2)) {
    const stretches = stretchesFor(store, file, shape, first, rows);
    if (stretches) return { rows, stretches };
  }
  return undefined;
}

/** One stretch a strip: as far behind those of the last row before as in the file, so that rows in between fit when they come. */
function stretchesFor({ volume }: Store, file: FileInode, shape: Shape, first: number, rows: number): Stretch[] | undefined {
  const { map } = file.body,
    before = map.run(map.indexFrom(first * shape.row) - 1),
    last = before && Math.floor((before.to - 1) / shape.row);
  const found: Stretch[] = [],
    blocks = rows * shape.chunk;
  for (let strip = 0; strip < shape.strips; strip++) {
    const at = last === undefined ? homeOf(file.ino, volume.geometry) : map.at(last * shape.row + strip * shape.chunk)!.at;
    const stretch = volume.spaces[deviceOfStrip(file, strip, volume)]!.choose(at + (first - (last ?? 0)) * shape.chunk, blocks, blocks);
    if (!stretch) return undefined;
    found.push(stretch);
  }
  return found;
}

/** Rows side by side in the file whose strips go on on their devices: one interleaved extent. Places are those of its first row. */
export interface StripExtent {
  readonly firstRow: number;
  readonly rows: number;
  readonly places: readonly { readonly device: number; readonly at: number }[];
}

/** What `stripExtents` found last, up to row `next`: a file that grows is not walked from the start each time. */
const found = new WeakMap<FileInode, { readonly epoch: number; readonly next: number; readonly extents: readonly StripExtent[] }>();

/** The interleaved extents of a striped file, out of its map: there is no second truth that could differ. */
export function stripExtents(file: FileInode, shape: Shape): readonly StripExtent[] {
  const { map, mapEpoch: epoch } = file.body,
    before = found.get(file),
    known = before?.epoch === epoch ? before : undefined;
  const extents = [...(known?.extents ?? [])];
  const rowFrom = (row: number): number | undefined => {
    const run = map.run(map.indexFrom(row * shape.row));
    return run && Math.max(row, Math.floor(run.from / shape.row));
  };
  let next = known?.next ?? 0;
  for (let row = rowFrom(next); row !== undefined; row = rowFrom(next)) {
    const places = Array.from({ length: shape.strips }, (_, strip) => {
      const { device, at } = map.at(row! * shape.row + strip * shape.chunk)!;
      return { device, at };
    });
    const last = extents.at(-1);
    if (
      last &&
      last.firstRow + last.rows === row &&
      last.places.every((p, i) => p.device === places[i]!.device && p.at + last.rows * shape.chunk === places[i]!.at)
    )
      extents[extents.length - 1] = { ...last, rows: last.rows + 1 };
    else extents.push({ firstRow: row, rows: 1, places });
    next = row + 1;
  }
  found.set(file, { epoch, next, extents });
  return extents;
}
