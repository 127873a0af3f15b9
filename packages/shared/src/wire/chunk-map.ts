import { compareBig, minBig } from '../units/index.ts';
import type { Chunk, OpaqueChunk, Stripe } from './btrfs.ts';

/** A part of a logical range that lies in one piece, on one device or as copies on several. */
export interface ChunkPiece {
  /** Bytes. */
  readonly length: bigint;
  /** Its copies, in the chunk's order. */
  readonly copies: readonly Stripe[];
}

/** The chunk tree of a btrfs at one moment: from logical addresses, which FIEMAP gives, to places on devices. */
export class ChunkMap {
  private readonly chunks: readonly (Chunk | OpaqueChunk)[];

  constructor(chunks: Iterable<Chunk | OpaqueChunk>) {
    this.chunks = [...chunks].sort((a, b) => compareBig(a.logical, b.logical));
  }

  /**
   * Where `length` bytes from `logical` on lie: pieces in order, neighbours on one device joined. undefined: not all of it lies in chunks of profiles that
   * arithmetic follows (`opaque` says which), or it is more than `most` stripes.
   */
  pieces(logical: bigint, length: bigint, most: number): ChunkPiece[] | undefined {
    const out: ChunkPiece[] = [];
    for (let at = logical, stripes = 0; at < logical + length; stripes++) {
      const chunk = this.chunkAt(at);
      if (!chunk || 'profile' in chunk || stripes >= most) return undefined;
      const piece = pieceAt(chunk, at, logical + length),
        last = out.at(-1);
      if (last && continues(last, piece)) out[out.length - 1] = { length: last.length + piece.length, copies: last.copies };
      else out.push(piece);
      at += piece.length;
    }
    return out;
  }

  /** The profile of a chunk here that arithmetic does not follow, as RAID5. */
  opaque(logical: bigint): string | undefined {
    const chunk = this.chunkAt(logical);
    return chunk && 'profile' in chunk ? chunk.profile : undefined;
  }

  private chunkAt(logical: bigint): Chunk | OpaqueChunk | undefined {
    let low = 0,
      high = this.chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.chunks[middle]!.logical <= logical) low = middle + 1;
      else high = middle;
    }
    const chunk = this.chunks[low - 1];
    return chunk && logical < chunk.logical + chunk.length ? chunk : undefined;
  }
}

/** From `at` to the end of its stripe, of the chunk, or to `to`. A chunk of one column is one long stripe. */
function pieceAt({ logical, length, stripeLength, columns }: Chunk, at: bigint, to: bigint): ChunkPiece {
  const n = BigInt(columns.length),
    stripe = n === 1n ? length : stripeLength,
    within = at - logical,
    row = within / stripe,
    inStripe = within % stripe,
    end = minBig(minBig(to, logical + length), at - inStripe + stripe),
    from = (row / n) * stripe + inStripe;
  return { length: end - at, copies: columns[Number(row % n)]!.map(({ devid, offset }) => ({ devid, offset: offset + from })) };
}

const continues = (a: ChunkPiece, b: ChunkPiece): boolean =>
  a.copies.length === b.copies.length &&
  a.copies.every(({ devid, offset }, i) => devid === b.copies[i]!.devid && offset + a.length === b.copies[i]!.offset);
