import { BlockType, encodeBlock, encodeTrailer, Packing } from './block.ts';
import type { OpenBlock } from './block-cutter.ts';
import { type BlockEntry, IndexEncoder } from './block-index.ts';

/** Gives blocks their place in the file, in the order in which they are to be appended, and keeps the index of them. */
export class BlockPlacer {
  /** Of every block placed so far. */
  readonly blocks: BlockEntry[] = [];
  private readonly entries = new IndexEncoder();
  private until = 0n;
  /** Bytes placed so far: where the next will be in the file. */
  size = 0;

  /** The bytes of a block. `packed`: its payload deflated, which is left where it is no smaller. */
  place(block: OpenBlock, packed?: Uint8Array): Uint8Array {
    const { type, continues, payload, counter } = block;
    if (counter.until < this.until) counter.until = this.until;
    const at = this.size,
      bytes = this.encoded(type, continues, payload, packed, counter);
    const entry = counter.entry(type, continues, at, bytes.length);
    this.blocks.push(entry);
    this.entries.add(entry);
    this.until = counter.until;
    return bytes;
  }

  /** The payload of the index block. */
  index(): Uint8Array {
    return this.entries.payload();
  }

  /** Index block and trailer. Nothing may follow. */
  end(index: Uint8Array, packed?: Uint8Array): readonly [Uint8Array, Uint8Array] {
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
    packed: Uint8Array | undefined,
    { rows, first, until }: { readonly rows: number; readonly first: bigint; readonly until: bigint },
  ): Uint8Array {
    const isSmaller = packed !== undefined && packed.length < payload.length,
      packing = isSmaller ? Packing.deflateRaw : Packing.none;
    return this.placed(
      encodeBlock({ type, continues, packing, unpacked: payload.length, rows, first, until }, isSmaller ? packed : payload),
    );
  }
}
