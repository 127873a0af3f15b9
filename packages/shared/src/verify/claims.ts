import { type Extent, type FileState, type FolioRun, layered } from '../model/index.ts';
import { type FolioState, How, type MapType } from '../trace/index.ts';
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

/**
 * What somebody says of a file: a model by what it knows, or the kernel by FIEMAP and cachestat, which is a model that was only asked. Ranges are sorted
 * and apart. Below `size` what no range of `map` covers is unknown, behind it nothing; what no range of `cache` covers is not cached.
 */
export interface FileClaims {
  /** Bytes, to the end of the last block. */
  readonly size: bigint;
  readonly map: readonly MapClaim[];
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
    cache: file.folios.list().map(cacheClaim),
    absence,
  };
}

/** Nothing is known of a file that nobody has told of. */
export const noClaims = (size: bigint, block: bigint): FileClaims => ({
  size: ceilTo(size, block),
  map: [],
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
