/** A run that needs room on a device. */
export interface Place {
  readonly device: number;
  readonly from: bigint;
  readonly to: bigint;
}

/** Offsets of one device, floats only after its first used byte is subtracted: a hundred terabytes from zero a byte is still a byte. */
interface Ground {
  readonly device: number;
  readonly base: bigint;
  /** What padding may reach: the start and the end of the device, counted from `base`. */
  readonly low: number;
  readonly high: number;
}

/** Runs that overlap or touch, as one: columns, since there may be 20,000 and a scale is found in a dozen looks at all of them. */
export interface Islands {
  n: number;
  readonly ground: readonly Ground[];
  /** Index into `ground`. */
  readonly on: Uint16Array;
  readonly from: Float64Array;
  readonly to: Float64Array;
}

const PAD_PX = 5,
  LEAST_PX = 12;

/** What stands between stretches, pixels: a cut on one device, the step to the next device, and the gap that is not worth a cut. */
export interface Spacing {
  readonly cut: number;
  readonly between: number;
  readonly join: number;
}

/** Wide cuts say their size; where a file is in many pieces narrow ones leave the pieces more of their width. */
export const spacings: readonly Spacing[] = [
  { cut: 50, between: 28, join: 58 },
  { cut: 14, between: 18, join: 22 },
  { cut: 5, between: 9, join: 10 },
];

/** The runs as islands, by device, then by offset. */
export function islandsOf(runs: readonly Place[], sizes: ReadonlyMap<number, bigint>): Islands {
  const firsts = new Map<number, bigint>();
  for (const { device, from } of runs) {
    const first = firsts.get(device);
    if (first === undefined || from < first) firsts.set(device, from);
  }
  const ground = [...firsts]
    .sort(([a], [b]) => a - b)
    .map(([device, base]): Ground => {
      const size = sizes.get(device) ?? 0n;
      return { device, base, low: -Number(base), high: size > base ? Number(size - base) : Number.POSITIVE_INFINITY };
    });
  const indexOf = new Map(ground.map(({ device }, i) => [device, i])),
    n = runs.length,
    on = new Uint16Array(n),
    from = new Float64Array(n),
    to = new Float64Array(n);
  runs.forEach((run, i) => {
    const it = indexOf.get(run.device)!,
      { base } = ground[it]!;
    on[i] = it;
    from[i] = Number(run.from - base);
    to[i] = Number(run.to - base);
  });
  return fused({ n, ground, on, from, to });
}

function fused({ n, ground, on, from, to }: Islands): Islands {
  const order = new Uint32Array(n).map((_, i) => i).sort((i, j) => on[i]! - on[j]! || from[i]! - from[j]!),
    out = { n: 0, ground, on: new Uint16Array(n), from: new Float64Array(n), to: new Float64Array(n) };
  for (const i of order) {
    const last = out.n - 1;
    if (last >= 0 && out.on[last] === on[i] && from[i]! <= out.to[last]!) out.to[last] = Math.max(out.to[last]!, to[i]!);
    else {
      out.on[out.n] = on[i]!;
      out.from[out.n] = from[i]!;
      out.to[out.n++] = to[i]!;
    }
  }
  return out;
}

/** Whether two neighbours are one stretch at this scale. */
const isOne = (it: Islands, i: number, bytesPerPx: number, { join }: Spacing): boolean =>
  it.on[i] === it.on[i + 1] && it.from[i + 1]! - it.to[i]! < (join + 2 * PAD_PX) * bytesPerPx;

/** A stretch with its padding, which stays on the device. */
export function padded(
  { ground, on, from, to }: Islands,
  first: number,
  last: number,
  bytesPerPx: number,
): readonly [from: number, to: number, w: number] {
  const { low, high } = ground[on[first]!]!,
    pad = PAD_PX * bytesPerPx,
    start = Math.max(low, from[first]! - pad),
    end = Math.max(to[last]!, Math.min(high, to[last]! + pad));
  return [start, end, Math.max(LEAST_PX, (end - start) / bytesPerPx)];
}

/** Visits the stretches at a scale: runs of islands with no cut between. */
export function eachStretch(it: Islands, bytesPerPx: number, spacing: Spacing, visit: (first: number, last: number) => void): void {
  for (let first = 0; first < it.n;) {
    let last = first;
    while (last + 1 < it.n && isOne(it, last, bytesPerPx, spacing)) last++;
    visit(first, last);
    first = last + 1;
  }
}

/** Pixels that all stretches and the cuts between them take at a scale. */
export function widthOf(it: Islands, bytesPerPx: number, spacing: Spacing): number {
  let width = 0,
    before = -1;
  eachStretch(it, bytesPerPx, spacing, (first, last) => {
    if (before >= 0) width += it.on[before] === it.on[first] ? spacing.cut : spacing.between;
    width += padded(it, first, last, bytesPerPx)[2];
    before = last;
  });
  return width;
}

/** Fuses, in place, what is one stretch at this scale, and so at every one further away. */
export function fuse(it: Islands, bytesPerPx: number, spacing: Spacing): void {
  let n = 0;
  eachStretch(it, bytesPerPx, spacing, (first, last) => {
    it.on[n] = it.on[first]!;
    it.from[n] = it.from[first]!;
    it.to[n++] = it.to[last]!;
  });
  it.n = n;
}
