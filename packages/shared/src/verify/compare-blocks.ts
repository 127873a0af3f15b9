import { FolioState } from '../trace/index.ts';
import { ceilTo, floorTo } from '../units/index.ts';
import { type ByteRange, type CacheClaim, type FileClaims, isClean } from './claims.ts';
import { has, Strokes } from './strokes.ts';

/** Blocks that the model took for dirty and writeback did not write, or the other way. */
export interface BlockDifference {
  readonly from: bigint;
  readonly to: bigint;
  readonly model: 'dirty' | 'clean';
  readonly kernel: 'written' | 'not written';
}

/** What became of a file that was written back. */
export interface WrittenBack {
  /** The runs that were put into I/Os. */
  readonly written: readonly ByteRange[];
  /** What the model says once all of it is done. */
  readonly after: FileClaims;
}

const Layer = { dirty: 0, open: 1, written: 2, failed: 3 } as const;

/**
 * Which blocks inside a folio are dirty no question to the kernel tells (spec/live-facts.md 14). But once the file was written back it is known from what
 * was written. `before` is what the model said while nothing of the file was under way, and nobody may have written to it since. Of a folio whose dirty
 * blocks the model does not know nothing is compared, nor of one that failed before it was put into an I/O. For filesystems whose writes and writeback go
 * through iomap.
 */
export function compareBlocks(before: FileClaims, { written, after }: WrittenBack, block: bigint): readonly BlockDifference[] {
  const strokes = new Strokes(),
    out: BlockDifference[] = [];
  for (const claim of before.cache) {
    const layer = layerOf(claim);
    if (layer !== undefined) strokes.add(layer, floorTo(claim.from, block), ceilTo(claim.to, block));
  }
  for (const { state, from, to } of after.cache)
    if (state === FolioState.failed) strokes.add(Layer.failed, floorTo(from, block), ceilTo(to, block));
  for (const { from, to } of written) strokes.add(Layer.written, floorTo(from, block), ceilTo(to, block));
  for (const { from, to, layers } of strokes.pieces(0n, before.size)) {
    const isWritten = has(layers, Layer.written),
      isDirty = has(layers, Layer.dirty);
    if (isWritten === isDirty || has(layers, isDirty ? Layer.failed : Layer.open)) continue;
    const kernel = isWritten ? 'written' : 'not written',
      last = out.at(-1);
    if (last && last.to === from && last.kernel === kernel) out[out.length - 1] = { ...last, to };
    else out.push({ from, to, model: isDirty ? 'dirty' : 'clean', kernel });
  }
  return out;
}

/** `open`: it may be dirty, or be written without being so. undefined: it is clean. */
function layerOf(claim: CacheClaim): number | undefined {
  if (claim.state === FolioState.dirty) return Layer.dirty;
  return isClean(claim, true) || claim.state === FolioState.added ? undefined : Layer.open;
}
