import { MapType, NO_ADDR } from '../trace/index.ts';
import { minBig, U64_MAX } from '../units/index.ts';
import type { Extent, ExtentMap } from './extents.ts';

/** A range in which two maps say different things; `undefined` is unknown. */
export interface Difference {
  readonly from: bigint;
  readonly to: bigint;
  /** What each says from `from` on, `addr` at `from`. */
  readonly before: Extent | undefined;
  readonly after: Extent | undefined;
}

/**
 * Where two maps of one file differ: in type, place or flags. How and when a thing became known is no difference. Neighbouring
 * ranges with the same two extents are one.
 */
export function difference(before: ExtentMap, after: ExtentMap, from = 0n, to = U64_MAX): Difference[] {
  const out: Difference[] = [],
    a = before.list(from, to),
    b = after.list(from, to);
  let i = 0,
    j = 0;
  for (let at = from; at < to;) {
    while (a[i] && a[i]!.to <= at) i++;
    while (b[j] && b[j]!.to <= at) j++;
    const left = here(a[i], at),
      right = here(b[j], at),
      end = minBig(minBig(edge(a[i], at), edge(b[j], at)), to);
    if (!same(left, right)) out.push({ from: at, to: end, before: left, after: right });
    at = end;
  }
  return out;
}

/** The extent at `at` as it is from there on; UNKNOWN is as good as nothing. */
function here(extent: Extent | undefined, at: bigint): Extent | undefined {
  if (!extent || extent.from > at || extent.type === MapType.UNKNOWN) return undefined;
  return extent.addr === NO_ADDR ? { ...extent, from: at } : { ...extent, from: at, addr: extent.addr + (at - extent.from) };
}

const edge = (extent: Extent | undefined, at: bigint): bigint => (!extent ? U64_MAX : extent.from > at ? extent.from : extent.to);

const same = (a: Extent | undefined, b: Extent | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a.type === b.type && a.addr === b.addr && a.device === b.device && a.flags === b.flags);
