import { NO_ADDR } from '../trace/index.ts';
import type { RunMap } from './runs.ts';
import { type Counting, type Part, type Parts, addPart, sumInto } from './summary.ts';

/** A piece of a bin: all of one class in it. */
export interface Binned {
  readonly from: bigint;
  readonly to: bigint;
  readonly kind: number;
  readonly part: Part;
}

/** No share is drawn narrower than this part of its bin: one dirty block in a gigabyte still shows. */
const LEAST = 16n;

/**
 * `[from, to)` in at most `limit` pieces. Bins have equal width; inside one, every class that occurs has a piece, as wide as
 * its share of the bin. What no run covers counts as class `gap`, or shows as a gap.
 */
export function binned(map: RunMap, counting: Counting, from: bigint, to: bigint, limit: number, gap: number | undefined): Binned[] {
  if (from >= to) return [];
  for (let bins = Math.max(1, limit); ; bins = Math.max(1, bins >>> 1)) {
    const out = bin(map, counting, from, to, bins, gap);
    if (out.length <= limit || bins === 1) return out;
  }
}

function bin(map: RunMap, counting: Counting, from: bigint, to: bigint, bins: number, gap: number | undefined): Binned[] {
  const out: Binned[] = [],
    n = BigInt(bins),
    width = to - from;
  let c = 0;
  for (let k = 0n; k < n; k++) {
    const start = from + (width * k) / n,
      end = from + (width * (k + 1n)) / n;
    if (start === end) continue;
    const parts: Parts = [];
    c = sumInto(map.pieces, c, counting, start, end, parts);
    share(out, parts, start, end, gap);
  }
  return out;
}

function share(out: Binned[], parts: Parts, start: bigint, end: bigint, gap: number | undefined): void {
  const width = end - start,
    covered = parts.reduce((bytes, part) => bytes + (part?.bytes ?? 0n), 0n);
  if (gap !== undefined && covered < width) addPart(parts, gap, unheard(width - covered));
  const present = parts.flatMap((part, kind) => (part ? [{ kind, part }] : []));
  // Where a gap is to show it is one more share, the last.
  const shares = gap === undefined && covered < width ? present.length + 1 : present.length;
  const least = width / LEAST > 0n && BigInt(shares) <= LEAST ? width / LEAST : 0n,
    spare = width - least * BigInt(shares);
  let at = start,
    bytes = 0n;
  present.forEach(({ kind, part }, k) => {
    bytes += part.bytes;
    const isLast = k === present.length - 1 && shares === present.length;
    const to = isLast ? end : start + least * BigInt(k + 1) + (spare * bytes) / width;
    const before = out.at(-1);
    if (
      before &&
      before.to === at &&
      before.kind === kind &&
      shares === 1 &&
      before.part.flags === part.flags &&
      before.part.how === part.how
    ) {
      out[out.length - 1] = { ...before, to, part: { ...before.part, runs: before.part.runs + part.runs } };
    } else if (to > at) out.push({ from: at, to, kind, part });
    at = to;
  });
}

const unheard = (bytes: bigint): Part => ({
  bytes,
  shared: 0n,
  runs: 0,
  flags: 0,
  how: 0,
  since: 0n,
  addr: NO_ADDR,
  device: 0,
  order: 0xff,
});
