import type { FileMap } from '@mapscope/fuse';
import type { FileInode } from './inode.ts';
import { shapeOf, stripExtents } from './rows.ts';
import type { Volume } from './volume.ts';

/** What a famfs message can carry (spec/protocol.md 2.4). */
const MAX_EXTENTS = 32;

/**
 * The layout of a striped file as famfs tells it: an interleaved extent for each run of rows whose strips go on without a seam. It covers
 * whole rows, also past the end of the file; devindex counts from 0, cookies of mappings from 1.
 * A file of more extents than famfs can say, or of none yet, has no layout to tell.
 */
export function fileMap(file: FileInode, volume: Volume): FileMap | undefined {
  const shape = shapeOf(file, volume);
  if (!shape) return undefined;
  const bytes = (blocks: number): bigint => BigInt(blocks) * BigInt(volume.geometry.blockSize);
  const found = stripExtents(file, shape);
  if (found.length === 0 || found.length > MAX_EXTENTS) return undefined;
  const extents = found.map(({ firstRow, rows, places }) => ({
    kind: 'interleaved' as const,
    fileOffset: bytes(firstRow * shape.row),
    chunkSize: shape.chunk * volume.geometry.blockSize,
    nbytes: bytes(rows * shape.row),
    strips: places.map(({ device, at }) => ({ devindex: device, offset: bytes(at), length: bytes(rows * shape.chunk) })),
  }));
  return { fileSize: file.size, extents };
}
