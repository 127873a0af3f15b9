/** One of the places of some bytes. */
export interface Place {
  /** A path that can be opened; null: the device is missing. */
  readonly device: string | null;
  /** Bytes from its start. */
  readonly addr: bigint;
}

/** Bytes that lie in one piece, and all their copies: one at least. */
export interface Piece {
  readonly length: bigint;
  readonly places: readonly Place[];
}

/** What the addresses are that a filesystem gives by FIEMAP, GETFSMAP and tracepoints. */
export type Addressing =
  /** Places on one block device, a path that can be opened. */
  | { readonly kind: 'device'; readonly device: string }
  /** Logical ones of btrfs, with its chunk tree of one moment. */
  | Chunked
  /** The filesystem's own, shown as they are, and why. */
  | Logical;

export interface Chunked {
  readonly kind: 'chunks';
  readonly pieces: (addr: bigint, length: bigint) => readonly Piece[] | Unplaced;
}

/** An address that the chunk tree leads nowhere. */
export interface Unplaced {
  /** A sentence without a full stop. */
  readonly why: string;
  /** It was another tree: ask anew for both, the file's map and the tree. */
  readonly isPassing: boolean;
}

export interface Logical {
  readonly kind: 'logical';
  /** One sentence without a full stop. */
  readonly why: string;
  readonly help: string;
}

export const logical = (why: string, help: string): Logical => ({ kind: 'logical', why, help });
