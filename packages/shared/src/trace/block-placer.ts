import { BlockType, encodeBlock, encodeTrailer, Packing } from './block.ts';
import type { OpenBlock } from './block-cutter.ts';
import { IndexEncoder, type IndexedEntry } from './block-index.ts';

/** A payload, packed. */
export interface Packed {
  readonly packing: Packing;
  readonly bytes: Uint8Array;
}

/** Who packs, at once or aside (`Out`). Without them blocks are stored as they are. */
export interface Packers<Out> {
  /** Deflate without a wrapper. */
  readonly deflate?: ((bytes: Uint8Array) => Out) | undefined;
  /** The same for blocks of events, ended by a flush to a whole byte and not by a last block (`Packing.deflatePart`); where there is none, `deflate` is taken. */
  readonly deflatePart?: ((bytes: Uint8Array) => Out) | undefined;
}

/** How blocks of this type are packed, and by whom. */
export function packerOf<Out>(
  { deflate, deflatePart }: Packers<Out>,
  type: BlockType,
): { packing: Packing; pack: (bytes: Uint8Array) => Out } | undefined {
  if (type === BlockType.events && deflatePart) return { packing: Packing.deflatePart, pack: deflatePart };
  return deflate && { packing: Packing.deflateRaw, pack: deflate };
}

/** The bytes of a block, and what the index says of it. */
export interface PlacedBlock extends IndexedEntry {
  readonly bytes: Uint8Array;
}

/** Gives blocks their place in the file, in the order in which they are to be appended, and makes the index of them. */
export class BlockPlacer {
  private readonly entries = new IndexEncoder();
  private until = 0n;
  /** Bytes placed so far: where the next will be in the file. */
  size = 0;

  /** `packed`: its payload deflated, which is left where it is no smaller. */
  place(block: OpenBlock, packed?: Packed): PlacedBlock {
    const { type, continues, payload, counter } = block;
    if (counter.until < this.until) counter.until = this.until;
    const at = this.size,
      bytes = this.encoded(type, continues, payload, packed, counter);
    this.until = counter.until;
    return { bytes, ...this.entries.add(counter.entry(type, continues, at, bytes.length)) };
  }

  /** The payload of the index block. */
  index(): Uint8Array {
    return this.entries.payload();
  }

  /** Index block and trailer. Nothing may follow. */
  end(index: Uint8Array, packed?: Packed): readonly [Uint8Array, Uint8Array] {
    const at = this.size;
    return [this.encoded(BlockType.index, false, index, packed, { rows: 0, first: 0n, until: this.until }), this.placed(encodeTrailer(at))];
  }

  placed(bytes: Uint8Array): Uint8Array {
    this.size += bytes.length;
    return bytes;
  }

  private encoded(
    type: BlockType,
    continues: boolean,
    payload: Uint8Array,
    packed: Packed | undefined,
    { rows, first, until }: { readonly rows: number; readonly first: bigint; readonly until: bigint },
  ): Uint8Array {
    const { packing, bytes } = packed && packed.bytes.length < payload.length ? packed : { packing: Packing.none, bytes: payload };
    return this.placed(encodeBlock({ type, continues, packing, unpacked: payload.length, rows, first, until }, bytes));
  }
}
