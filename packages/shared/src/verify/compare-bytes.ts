import { FolioState, MapType, NO_ADDR } from '../trace/index.ts';
import { ceilTo, floorTo, minBig } from '../units/index.ts';
import { ExtentFlag } from '../wire/index.ts';
import { type ByteRange, type FileClaims, folioBytes, isClean, type MapClaim } from './claims.ts';
import { has, Strokes } from './strokes.ts';

/** Bytes of a file that must be those of a device. */
export interface PlacedBytes extends ByteRange {
  readonly device: string;
  /** Bytes from the start of the device. */
  readonly addr: bigint;
}

export interface BlockRules {
  /** Bytes of a block. */
  readonly block: bigint;
  /** See `isClean`. */
  readonly tellsBlocks: boolean;
}

const Layer = { clean: 0, unclean: 1, wanted: 2 } as const;
/** On top of these the bytes at the place are not those of the file. */
const OTHER = ExtentFlag.ENCODED | ExtentFlag.DATA_ENCRYPTED | ExtentFlag.NOT_ALIGNED;

/**
 * The bytes by which a model can be held to what it says of blocks: where it calls them clean, and knows the place of plain data, they are on the device as
 * the cache has them. Only what is cached is named, so that reading changes nothing of it; only what lies in `wanted`, block by block.
 */
export function comparableBytes(
  model: FileClaims,
  wanted: readonly ByteRange[],
  size: bigint,
  { block, tellsBlocks }: BlockRules,
): readonly PlacedBytes[] {
  const strokes = new Strokes(),
    out: PlacedBytes[] = [];
  for (const claim of model.cache) {
    const { from, to } = claim;
    if (isClean(claim, tellsBlocks)) strokes.add(Layer.clean, ceilTo(from, block), floorTo(to, block));
    else strokes.add(Layer.unclean, floorTo(from, block), ceilTo(to, block));
  }
  for (const { from, to } of wanted) strokes.add(Layer.wanted, from, to);
  const plain = model.map.filter(isPlain);
  let k = 0;
  for (const { from, to, layers } of strokes.pieces(0n, size)) {
    if (!has(layers, Layer.clean) || !has(layers, Layer.wanted) || has(layers, Layer.unclean)) continue;
    while (k < plain.length && plain[k]!.to <= from) k++;
    for (let j = k; j < plain.length && plain[j]!.from < to; j++) {
      const { from: start, to: end, addr, device } = plain[j]!,
        first = start > from ? start : from;
      out.push({ from: first, to: minBig(end, to), device, addr: addr + (first - start) });
    }
  }
  return out;
}

const isPlain = ({ type, addr, device, flags }: MapClaim): boolean =>
  type === MapType.MAPPED && addr !== NO_ADDR && device !== '' && (flags & OTHER) === 0;

/** The pages around what the model calls dirty: of the blocks in them alone it says more than the kernel can be asked. */
export const dirtyFolios = ({ cache }: FileClaims, page: bigint): readonly ByteRange[] =>
  cache
    .filter(({ state }) => state === FolioState.dirty || state === FolioState.folioDirty)
    .map(({ from, to, order }) => {
      const folio = folioBytes(order, page);
      return { from: floorTo(from, folio), to: ceilTo(to, folio) };
    });
