import { copiesOf, type Extent, type FileState, type FolioRun, layered, NO_ORDER } from '../model/index.ts';
import { FolioState, How, type MapType } from '../trace/index.ts';
import { ceilTo } from '../units/index.ts';

/** What is said of a range of a file's map. */
export interface MapClaim {
  readonly from: bigint;
  readonly to: bigint;
  readonly type: MapType;
  /** Bytes from the start of the device; NO_ADDR: no place. */
  readonly addr: bigint;
  /** A path that can be opened; empty: none, or its name is not known. */
  readonly device: string;
  /** Wire flags. */
  readonly flags: number;
  readonly how: How;
}

/** What is said of a range of a file's page cache. */
export interface CacheClaim {
  readonly from: bigint;
  readonly to: bigint;
  readonly state: FolioState;
  /** Each folio of the range has 2^order pages; `NO_ORDER` where that is not known. */
  readonly order: number;
  readonly how: How;
}

/** Bytes of a file. */
export interface ByteRange {
  readonly from: bigint;
  readonly to: bigint;
}

/** A range in which a copy on write waits; `unknown`: or does not. */
export interface CopyClaim extends ByteRange {
  readonly how: How;
}

/**
 * Whether the blocks of a range are claimed to be clean. `tellsBlocks`: events tell of each write which bytes it made dirty, as iomap's do. Then what is dirty for its folio alone
 * holds no dirty block, unless nobody saw who wrote to it.
 */
export const isClean = ({ state, how }: CacheClaim, tellsBlocks: boolean): boolean =>
  state === FolioState.clean || (tellsBlocks && state === FolioState.folioDirty && how === How.observed);

/** Bytes of a folio of this order; of one whose order is not known, of its one page that is. */
export const folioBytes = (order: number, page: bigint): bigint => page << BigInt(order === NO_ORDER ? 0 : order & 0x1f);

/**
 * What somebody says of a file: a model by what it knows, or the kernel by FIEMAP and cachestat, which is a model that was only asked. Ranges are sorted
 * and apart. Below `size` what no range of `map` covers is unknown, behind it nothing; what no range of `cache` covers is not cached.
 */
export interface FileClaims {
  /** Bytes, to the end of the last block. */
  readonly size: bigint;
  readonly map: readonly MapClaim[];
  /** Where a copy on write waits: it hides nothing of `map`, but lseek(2) looks there too. */
  readonly copies: readonly CopyClaim[];
  readonly cache: readonly CacheClaim[];
  /** How it is known that the rest is not cached; `unknown`: it is not. */
  readonly absence: How;
}

/** Which path a device of the stream has; empty: none that is known. */
export type PathOf = (device: number) => string;

/** All that a model says of `file`, as if it were `size` bytes long: the kernel's size, since maps end there. `absence` as in `FileClaims`. */
export function claimsOf(file: FileState, size: bigint, block: bigint, absence: How, pathOf: PathOf): FileClaims {
  const end = ceilTo(size, block);
  return {
    size: end,
    map: layered(file, end).map((extent) => mapClaim(extent, pathOf)),
    copies: copiesOf(file).map(({ from, to, how }) => ({ from, to, how })),
    cache: file.folios.list().map(cacheClaim),
    absence,
  };
}

/** Nothing is known of a file that nobody has told of. */
export const noClaims = (size: bigint, block: bigint): FileClaims => ({
  size: ceilTo(size, block),
  map: [],
  copies: [],
  cache: [],
  absence: How.unknown,
});

const mapClaim = ({ from, to, type, addr, device, flags, how }: Extent, pathOf: PathOf): MapClaim => ({
  from,
  to,
  type,
  addr,
  device: device === 0 ? '' : pathOf(device),
  flags,
  how,
});

const cacheClaim = ({ from, to, state, order, how }: FolioRun): CacheClaim => ({ from, to, state, order, how });
