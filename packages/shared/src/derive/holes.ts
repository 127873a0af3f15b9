import { maxBig, minBig } from '../units/index.ts';

/** Ranges, sorted and apart: [from, to). */
export type Holes = [from: bigint, to: bigint][];

/** Which is the first that ends behind a byte: it holds it, or lies behind it. */
export function firstBehind(holes: Holes, at: bigint): number {
  let low = 0,
    high = holes.length;
  // Mostly they come in order.
  if (high > 0 && holes[high - 1]![1] <= at) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holes[middle]![1] <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Adds a range; what it touches becomes one with it. */
export function addHole(holes: Holes, from: bigint, to: bigint): void {
  if (from >= to) return;
  let at = firstBehind(holes, from);
  if (at > 0 && holes[at - 1]![1] === from) at--;
  let past = at;
  for (; past < holes.length && holes[past]![0] <= to; past++) {
    if (holes[past]![0] < from) from = holes[past]![0];
    if (holes[past]![1] > to) to = holes[past]![1];
  }
  // Mostly a range is new behind all others, or one of them grows: a splice makes an array of what it takes out.
  if (past === at + 1) holes[at] = [from, to];
  else if (at === holes.length) holes.push([from, to]);
  else holes.splice(at, past - at, [from, to]);
}

/** Takes a range out. */
export function fillHole(holes: Holes, from: bigint, to: bigint): void {
  if (from >= to) return;
  for (let i = holes.length - 1; i >= 0; i--) {
    const [start, end] = holes[i]!;
    if (end <= from) return;
    if (start >= to) continue;
    const left: Holes = [];
    if (start < from) left.push([start, from]);
    if (end > to) left.push([to, end]);
    holes.splice(i, 1, ...left);
  }
}

/** [from, to) without the holes. */
export function pieces(from: bigint, to: bigint, holes: Holes): Holes {
  const out: Holes = [];
  for (let i = firstBehind(holes, from); i < holes.length && holes[i]![0] < to; i++) {
    const [start, end] = holes[i]!;
    if (start > from) out.push([from, start]);
    from = end;
  }
  if (from < to) out.push([from, to]);
  return out;
}

/** What of [from, to) lies in holes. */
export function* common(from: bigint, to: bigint, holes: Holes): Generator<readonly [from: bigint, to: bigint]> {
  for (let k = firstBehind(holes, from); k < holes.length && holes[k]![0] < to; k++)
    yield [maxBig(holes[k]![0], from), minBig(holes[k]![1], to)];
}

/** Whether a byte lies in one of them. */
export function holeAt(holes: Holes, at: bigint): boolean {
  const found = holes[firstBehind(holes, at)];
  return found !== undefined && found[0] <= at;
}
