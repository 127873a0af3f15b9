import { type How, MapType, NO_ADDR, Where } from '../trace/index.ts';
import { maxBig, minBig, U64_MAX } from '../units/index.ts';
import type { Extent, ExtentMap, ExtentValue } from './extents.ts';

/** A stretch of a map and what is said of it; undefined: nothing. */
interface Part {
  readonly from: bigint;
  readonly to: bigint;
  readonly was: Extent | undefined;
}

/** Lays `value` over those parts of `[from, to)` that `where` names. Its address is that of `from`. */
export function paintWhere(map: ExtentMap, from: bigint, to: bigint, value: ExtentValue, where: Where): void {
  for (const part of partsOf(map, from, to)) {
    const now = becomes(part, { ...value, addr: value.addr === NO_ADDR ? NO_ADDR : value.addr + (part.from - from) }, where);
    if (now) map.paint(part.from, part.to, now);
  }
}

function becomes({ from, was }: Part, value: ExtentValue, where: Where): ExtentValue | undefined {
  const isUnknown = was === undefined || was.type === MapType.UNKNOWN,
    isThere = !isUnknown && was.device === value.device && placeAt(was, from) === value.addr;
  switch (where) {
    case Where.unknown:
      return isUnknown ? value : undefined;
    case Where.hole:
      return isUnknown || was.type === MapType.HOLE ? value : undefined;
    case Where.different:
      return isThere && was.type === value.type ? undefined : value;
    case Where.unwritten:
      return was?.type === MapType.UNWRITTEN ? { ...value, addr: placeAt(was, from), device: was.device, flags: was.flags } : undefined;
    case Where.same:
      return isThere ? { ...value, type: was.type } : undefined;
    default:
      return value;
  }
}

/** Where byte `at` of an extent lies. */
const placeAt = ({ from, addr }: Extent, at: bigint): bigint => (addr === NO_ADDR ? NO_ADDR : addr + (at - from));

/** `[from, to)` cut where the map changes, gaps included: read whole before any of it is painted. */
export function partsOf(map: ExtentMap, from: bigint, to: bigint): Part[] {
  const out: Part[] = [];
  let at = from;
  for (const was of map.list(from, to)) {
    const start = maxBig(was.from, from),
      end = minBig(was.to, to);
    if (start > at) out.push({ from: at, to: start, was: undefined });
    out.push({ from: start, to: end, was });
    at = end;
  }
  if (at < to) out.push({ from: at, to, was: undefined });
  return out;
}

/** A range of a map, as it was, laid elsewhere. */
export interface Moved {
  readonly from: bigint;
  readonly to: bigint;
  /** Where in the source `from` was. */
  readonly source: bigint;
  /** Bits that every part with a place has from now on, here and there. */
  readonly flags: number;
  readonly how: How;
  readonly op: number;
  readonly since: bigint;
}

/**
 * `[from, to)` of `map` becomes what the range of `other` (perhaps the same map) was that begins at `source`. What was unknown there is
 * unknown here; what lies past the last byte of the source is a hole.
 */
export function moveRange(map: ExtentMap, other: ExtentMap | undefined, { from, to, source, flags, how, op, since }: Moved): void {
  const by = { how, op, since },
    end = minBig(U64_MAX, source + (to - from)),
    parts = other ? partsOf(other, source, end) : [{ from: source, to: end, was: undefined }];
  const shift = (at: bigint): bigint => at - source + from;
  for (const { from: start, to: stop, was } of parts) {
    if (was === undefined) map.clear(shift(start), shift(stop));
    else {
      const hasPlace = was.addr !== NO_ADDR,
        now = { ...was, ...(was.type === MapType.UNKNOWN ? {} : by), addr: placeAt(was, start), flags: was.flags | (hasPlace ? flags : 0) };
      map.paint(shift(start), shift(stop), now);
      if (other !== map && hasPlace && (was.flags & flags) !== flags) other?.paint(start, stop, now);
    }
  }
  if (shift(end) < to) map.paint(shift(end), to, { ...by, addr: NO_ADDR, device: 0, type: MapType.HOLE, flags: 0 });
}
