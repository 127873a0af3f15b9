import { FolioState, MapType } from '../trace/index.ts';
import { ceilTo, floorTo, minBig } from '../units/index.ts';
import type { FileClaims, MapClaim } from './claims.ts';
import { Strokes } from './strokes.ts';

/** A range that lseek(2) finds by SEEK_DATA and SEEK_HOLE, bytes. */
export interface DataRange {
  readonly from: bigint;
  readonly to: bigint;
}

/** A range that the model takes for data and lseek for a hole, or the other way. */
export interface SeekDifference {
  readonly from: bigint;
  readonly to: bigint;
  readonly model: 'data' | 'hole';
  readonly kernel: 'data' | 'hole';
}

const Layer = { data: 0, hole: 1, unwritten: 2, cached: 3, doubtful: 4, isData: 5 } as const;
const has = (layers: number, layer: number): boolean => (layers & (1 << layer)) !== 0;

/**
 * The data that lseek found against what the model would answer: a place that is written, what waits for one, and what is cached over a place that is not
 * written or over a hole that a copy on write fills, are data. Where the model does not know, nothing is compared. Fact: iomap_seek_data and
 * iomap_seek_hole, fs/iomap/seek.c; xfs_seek_iomap_begin, fs/xfs/xfs_iomap.c. `block`: what a filesystem tells data and holes apart by, bytes.
 */
export function compareSeek(model: FileClaims, found: readonly DataRange[], size: bigint, block: bigint): readonly SeekDifference[] {
  const strokes = new Strokes(),
    out: SeekDifference[] = [];
  for (const claim of model.map) strokes.add(layerOf(claim), floorTo(claim.from, block), ceilTo(claim.to, block));
  // A page that came in for a part of it alone holds data there only.
  for (const { from, to, state } of model.cache)
    strokes.add(
      state === FolioState.added || state === FolioState.unknown || state === FolioState.failed ? Layer.doubtful : Layer.cached,
      floorTo(from, block),
      ceilTo(to, block),
    );
  for (const { from, to } of found) strokes.add(Layer.isData, from, to);
  for (const { from, to: end, layers } of strokes.pieces(0n, size)) {
    const to = minBig(end, size),
      said = saidOf(layers),
      is = has(layers, Layer.isData) ? 'data' : 'hole';
    if (said === undefined || said === is) continue;
    const last = out.at(-1);
    if (last && last.to === from && last.model === said) out[out.length - 1] = { ...last, to };
    else out.push({ from, to, model: said, kernel: is });
  }
  return out;
}

function layerOf({ type }: MapClaim): number {
  if (type === MapType.HOLE) return Layer.hole;
  if (type === MapType.UNWRITTEN) return Layer.unwritten;
  return type === MapType.UNKNOWN ? Layer.doubtful : Layer.data;
}

/** undefined: the model does not know. */
function saidOf(layers: number): 'data' | 'hole' | undefined {
  if (has(layers, Layer.data)) return 'data';
  if (has(layers, Layer.doubtful)) return undefined;
  if (has(layers, Layer.unwritten)) return has(layers, Layer.cached) ? 'data' : 'hole';
  if (!has(layers, Layer.hole)) return undefined;
  // What is cached over a hole was read there, or waits for a copy on write that the model tells apart only by the pending map.
  return has(layers, Layer.cached) ? undefined : 'hole';
}
