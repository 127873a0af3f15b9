import { FolioState, How, MapType } from '../trace/index.ts';
import { ceilTo, floorTo, minBig } from '../units/index.ts';
import type { ByteRange, FileClaims, MapClaim } from './claims.ts';
import { has, Strokes } from './strokes.ts';

/** What lseek(2) found of a file by SEEK_DATA and SEEK_HOLE. */
export interface Sought {
  /** Data. */
  readonly ranges: readonly ByteRange[];
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
  /** What is cached over a place that is not written, or over a copy on write that waits, is data, dirty or not. */
  readonly looksIntoCache: boolean;
}

const Layer = { data: 0, hole: 1, unwritten: 2, cached: 3, doubtful: 4, isData: 5, written: 6, copied: 7, untold: 8 } as const;

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
  const add = (layer: number, it: ByteRange): void => strokes.add(layer, floorTo(it.from, block), ceilTo(it.to, block));
  for (const claim of model.map) {
    add(layerOf(claim), claim);
    // FIEMAP does not tell of a copy on write that waits.
    if (claim.how === How.reported) add(Layer.untold, claim);
  }
  for (const copy of model.copies) add(copy.how === How.unknown ? Layer.untold : Layer.copied, copy);
  for (const claim of model.cache) add(cacheLayerOf(claim.state), claim);
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
  const isCached = has(layers, Layer.cached) || has(layers, Layer.written),
    isHole = has(layers, Layer.hole),
    isCopied = isHole && has(layers, Layer.copied);
  if (has(layers, Layer.data)) return 'data';
  if (has(layers, Layer.doubtful)) return undefined;
  if (has(layers, Layer.unwritten) || isCopied) {
    if (!isCached) return cache?.hasEvicted ? undefined : 'hole';
    return cache && (cache.isWhole || has(layers, Layer.written)) ? 'data' : undefined;
  }
  // What is cached over a hole, or was, is data where a copy on write waits.
  return isHole && !(has(layers, Layer.untold) && (isCached || cache?.hasEvicted)) ? 'hole' : undefined;
}
