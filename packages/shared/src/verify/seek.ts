import { FolioState, MapType } from '../trace/index.ts';
import { ceilTo, floorTo, minBig } from '../units/index.ts';
import type { FileClaims, MapClaim } from './claims.ts';
import { has, Strokes } from './strokes.ts';

/** A range that lseek(2) finds by SEEK_DATA and SEEK_HOLE, bytes. */
export interface DataRange {
  readonly from: bigint;
  readonly to: bigint;
}

/** What lseek found of a file. */
export interface Sought {
  readonly ranges: readonly DataRange[];
  /** Pages of it were taken back: where they were, and nothing is written, lseek still says data. */
  readonly hasEvicted: boolean;
}

/** A range that the model takes for data and lseek for a hole, or the other way. */
export interface SeekDifference {
  readonly from: bigint;
  readonly to: bigint;
  readonly model: 'data' | 'hole';
  readonly kernel: 'data' | 'hole';
}

/** How a filesystem looks for data. */
export interface SeekRules {
  /** What it tells data and holes apart by, bytes. */
  readonly block: bigint;
  /** Bytes of a page. */
  readonly page: bigint;
  /** What is cached over a place that is not written is data, dirty or not. */
  readonly looksIntoCache: boolean;
}

const Layer = { data: 0, hole: 1, unwritten: 2, cached: 3, doubtful: 4, isData: 5, written: 6 } as const;

/**
 * The data that lseek found against what the model would answer: a place that is written, what waits for one, and what is cached over a place that is not
 * written or over a hole that a copy on write fills, are data. Where the model does not know, nothing is compared. Fact: iomap_seek_data and
 * iomap_seek_hole, fs/iomap/seek.c; mapping_seek_hole_data, mm/filemap.c; xfs_seek_iomap_begin, fs/xfs/xfs_iomap.c.
 */
export function compareSeek(
  model: FileClaims,
  { ranges, hasEvicted }: Sought,
  size: bigint,
  { block, page, looksIntoCache }: SeekRules,
): readonly SeekDifference[] {
  const strokes = new Strokes(),
    out: SeekDifference[] = [];
  for (const claim of model.map) strokes.add(layerOf(claim), floorTo(claim.from, block), ceilTo(claim.to, block));
  for (const { from, to, state } of model.cache) strokes.add(cacheLayerOf(state), floorTo(from, block), ceilTo(to, block));
  for (const { from, to } of ranges) strokes.add(Layer.isData, from, to);
  for (const { from, to: end, layers } of strokes.pieces(0n, size)) {
    const to = minBig(end, size),
      said = saidOf(layers, looksIntoCache ? { isWhole: block >= page, hasEvicted } : undefined),
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

/** Only of what was written is it known that every block of it is there. */
function cacheLayerOf(state: FolioState): number {
  if (state === FolioState.dirty) return Layer.written;
  return state === FolioState.added || state === FolioState.unknown || state === FolioState.failed ? Layer.doubtful : Layer.cached;
}

/** `cache`: how pages over a place that is not written count, where they do. undefined: the model does not know. */
function saidOf(
  layers: number,
  cache: { readonly isWhole: boolean; readonly hasEvicted: boolean } | undefined,
): 'data' | 'hole' | undefined {
  const isCached = has(layers, Layer.cached) || has(layers, Layer.written);
  if (has(layers, Layer.data)) return 'data';
  if (has(layers, Layer.doubtful)) return undefined;
  if (has(layers, Layer.unwritten)) {
    if (!isCached) return cache?.hasEvicted ? undefined : 'hole';
    return cache && (cache.isWhole || has(layers, Layer.written)) ? 'data' : undefined;
  }
  // What is cached over a hole was read there, or waits for a copy on write that the model tells apart only by the pending map.
  return has(layers, Layer.hole) && !isCached ? 'hole' : undefined;
}
