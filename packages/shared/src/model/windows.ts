import { FolioState, MapType, NO_ADDR } from '../trace/index.ts';
import type { Chunk } from './chunk.ts';
import { extentCounting, extentTypes, folioCounting, folioStates, UNKNOWN_CLASS } from './counting.ts';
import { addrOf, deviceOf, type ExtentMap, flagsOf, howOf, opOf, sinceOf, typeOf } from './extents.ts';
import { type FolioMap, folioHowOf, folioOrderOf, folioSinceOf, folioStateOf } from './folios.ts';
import { type Binned, binned } from './overview.ts';
import type { RunMap } from './runs.ts';

/** Extents as typed arrays, ready to be transferred; sorted by file offset. */
export interface ExtentRuns {
  readonly n: number;
  readonly from: BigUint64Array;
  readonly to: BigUint64Array;
  /** 2^64 - 1: no place. */
  readonly addr: BigUint64Array;
  readonly device: Uint16Array;
  /** MapType. */
  readonly type: Uint16Array;
  readonly flags: Uint32Array;
  readonly how: Uint8Array;
  readonly op: Uint32Array;
  readonly since: BigUint64Array;
  /** Extents that a run stands for: 1, or as many of its type as lie in its bin. */
  readonly pieces: Uint32Array;
  /** More runs than the limit: each bin shows every type in it by its share, places inside a bin are not exact. */
  readonly binned: boolean;
}

/** The page cache as runs of one state. */
export interface FolioRuns {
  readonly n: number;
  readonly from: BigUint64Array;
  readonly to: BigUint64Array;
  /** FolioState. */
  readonly state: Uint8Array;
  /** 0xff: not known, or several. */
  readonly order: Uint8Array;
  readonly how: Uint8Array;
  readonly since: BigUint64Array;
  readonly binned: boolean;
}

export interface WindowOptions {
  /** Say UNKNOWN where nothing was ever painted, so that the runs cover the window. Runs are then cut at its edges only by being unknown. */
  readonly gaps?: boolean;
}

/** The extents that overlap `[from, to)`, whole (they may reach beyond the window); more than `limit` become bins. */
export function extentRuns(map: ExtentMap, from: bigint, to: bigint, limit = 1 << 14, options: WindowOptions = {}): ExtentRuns {
  const rows: { chunk: Chunk | undefined; i: number; from: bigint; to: bigint }[] = [];
  let at = from;
  map.each(from, to, (chunk, i) => {
    const start = chunk.from(i),
      end = chunk.to(i);
    if (options.gaps && start > at) rows.push({ chunk: undefined, i: 0, from: at, to: start });
    rows.push({ chunk, i, from: start, to: end });
    at = end;
    return rows.length <= limit;
  });
  if (options.gaps && at < to && rows.length <= limit) rows.push({ chunk: undefined, i: 0, from: at, to });
  if (rows.length > limit) return extentOverview(map, from, to, limit, options);
  const out = extentArrays(rows.length, false);
  rows.forEach(({ chunk, i, ...range }, k) => {
    out.from[k] = range.from;
    out.to[k] = range.to;
    if (!chunk) {
      out.addr[k] = NO_ADDR;
      out.type[k] = MapType.UNKNOWN;
      return;
    }
    out.addr[k] = addrOf(chunk, i);
    out.device[k] = deviceOf(chunk, i);
    out.type[k] = typeOf(chunk, i);
    out.flags[k] = flagsOf(chunk, i);
    out.how[k] = howOf(chunk, i);
    out.op[k] = opOf(chunk, i);
    out.since[k] = sinceOf(chunk, i);
  });
  return out;
}

/** `[from, to)` in at most `limit` runs. A bin gives each type in it a share of its width: no hole is hidden, none invented. */
export function extentOverview(map: ExtentMap, from: bigint, to: bigint, limit = 512, options: WindowOptions = {}): ExtentRuns {
  if (fits(map, from, to, limit)) return extentRuns(map, from, to, limit * 2 + 1, options);
  const bins = binned(map, extentCounting, from, to, limit, options.gaps ? UNKNOWN_CLASS : undefined);
  const out = extentArrays(bins.length, true);
  bins.forEach((bin, k) => {
    range(out, k, bin);
    out.addr[k] = bin.part.addr;
    out.device[k] = bin.part.device;
    out.type[k] = extentTypes[bin.kind]!;
    out.flags[k] = bin.part.flags;
    out.how[k] = bin.part.how;
    out.since[k] = bin.part.since;
    out.pieces[k] = bin.part.runs;
  });
  return out;
}

/** The cached ranges that overlap `[from, to)`; more than `limit` become bins. */
export function folioRuns(map: FolioMap, from: bigint, to: bigint, limit = 1 << 14): FolioRuns {
  const rows: { chunk: Chunk; i: number }[] = [];
  map.each(from, to, (chunk, i) => rows.push({ chunk, i }) <= limit);
  if (rows.length > limit) return folioOverview(map, from, to, limit);
  const out = folioArrays(rows.length, false);
  rows.forEach(({ chunk, i }, k) => {
    out.from[k] = chunk.from(i);
    out.to[k] = chunk.to(i);
    out.state[k] = folioStateOf(chunk, i);
    out.order[k] = folioOrderOf(chunk, i);
    out.how[k] = folioHowOf(chunk, i);
    out.since[k] = folioSinceOf(chunk, i);
  });
  return out;
}

/** `[from, to)` in at most `limit` runs; a bin with a failed or dirty part shows it, however small. */
export function folioOverview(map: FolioMap, from: bigint, to: bigint, limit = 512): FolioRuns {
  if (fits(map, from, to, limit)) return folioRuns(map, from, to, limit);
  const bins = binned(map, folioCounting, from, to, limit, undefined);
  const out = folioArrays(bins.length, true);
  bins.forEach((bin, k) => {
    range(out, k, bin);
    out.state[k] = folioStates[bin.kind] ?? FolioState.unknown;
    out.order[k] = bin.part.order;
    out.how[k] = bin.part.how;
    out.since[k] = bin.part.since;
  });
  return out;
}

function fits(map: RunMap, from: bigint, to: bigint, limit: number): boolean {
  if (map.size <= limit) return true;
  let n = 0;
  map.each(from, to, () => ++n <= limit);
  return n <= limit;
}

function range(out: { from: BigUint64Array; to: BigUint64Array }, k: number, bin: Binned): void {
  out.from[k] = bin.from;
  out.to[k] = bin.to;
}

const extentArrays = (n: number, isBinned: boolean): ExtentRuns => ({
  n,
  from: new BigUint64Array(n),
  to: new BigUint64Array(n),
  addr: new BigUint64Array(n),
  device: new Uint16Array(n),
  type: new Uint16Array(n),
  flags: new Uint32Array(n),
  how: new Uint8Array(n),
  op: new Uint32Array(n),
  since: new BigUint64Array(n),
  pieces: new Uint32Array(n).fill(1),
  binned: isBinned,
});

const folioArrays = (n: number, isBinned: boolean): FolioRuns => ({
  n,
  from: new BigUint64Array(n),
  to: new BigUint64Array(n),
  state: new Uint8Array(n),
  order: new Uint8Array(n),
  how: new Uint8Array(n),
  since: new BigUint64Array(n),
  binned: isBinned,
});
