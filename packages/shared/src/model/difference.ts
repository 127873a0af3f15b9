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
  const out: Difference[] = [];
  for (const { from: at, to: end, left, right } of sideBySide(before.list(from, to), after.list(from, to), from, to)) {
    const was = here(left, at),
      is = here(right, at);
    if (!same(was, is)) out.push({ from: at, to: end, before: was, after: is });
  }
  return out;
}

interface Span {
  readonly from: bigint;
  readonly to: bigint;
}

/** [from, to) in pieces over which neither of two lists changes, with what covers each of them; both are sorted and apart. */
export function* sideBySide<A extends Span, B extends Span>(
  a: readonly A[],
  b: readonly B[],
  from: bigint,
  to: bigint,
): Generator<{ readonly from: bigint; readonly to: bigint; readonly left: A | undefined; readonly right: B | undefined }> {
  let i = 0,
    j = 0;
  for (let at = from; at < to;) {
    while (a[i] && a[i]!.to <= at) i++;
    while (b[j] && b[j]!.to <= at) j++;
    const end = minBig(minBig(edge(a[i], at), edge(b[j], at)), to);
    yield { from: at, to: end, left: covering(a[i], at), right: covering(b[j], at) };
    at = end;
  }
}

const covering = <S extends Span>(span: S | undefined, at: bigint): S | undefined => (span && span.from <= at ? span : undefined);

/** The extent at `at` as it is from there on; UNKNOWN is as good as nothing. */
function here(extent: Extent | undefined, at: bigint): Extent | undefined {
  if (!extent || extent.type === MapType.UNKNOWN) return undefined;
  return extent.addr === NO_ADDR ? { ...extent, from: at } : { ...extent, from: at, addr: extent.addr + (at - extent.from) };
}

const edge = (span: Span | undefined, at: bigint): bigint => (!span ? U64_MAX : span.from > at ? span.from : span.to);

const same = (a: Extent | undefined, b: Extent | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a.type === b.type && a.addr === b.addr && a.device === b.device && a.flags === b.flags);
