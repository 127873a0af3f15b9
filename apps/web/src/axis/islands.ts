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
  const byDevice = new Map<number, { base: bigint; n: number }>();
  for (const { device, from } of runs) {
    const it = byDevice.get(device);
    if (!it) byDevice.set(device, { base: from, n: 1 });
    else {
      it.n++;
      if (from < it.base) it.base = from;
    }
  }
  const devices = [...byDevice].sort(([a], [b]) => a - b),
    from = new Float64Array(runs.length),
    to = new Float64Array(runs.length),
    slots = new Map<number, { readonly base: bigint; readonly start: number; end: number }>();
  let taken = 0;
  for (const [device, { base, n }] of devices) {
    slots.set(device, { base, start: taken, end: taken });
    taken += n;
  }
  for (const run of runs) {
    const slot = slots.get(run.device)!;
    from[slot.end] = Number(run.from - slot.base);
    to[slot.end++] = Number(run.to - slot.base);
  }
  const ground = devices.map(([device, { base }]): Ground => {
      const size = sizes.get(device) ?? 0n;
      return { device, base, low: -Number(base), high: size > base ? Number(size - base) : Number.POSITIVE_INFINITY };
    }),
    out = { n: 0, ground, on: new Uint16Array(runs.length), from, to };
  devices.forEach(([device], i) => {
    const { start, end } = slots.get(device)!;
    unite(out, i, start, end);
  });
  return out;
}

/**
 * Unites runs `[start, end)`, all of one device, in place behind what is done. Starts and ends are sorted apart: k runs are an island
 * of their own exactly where the k-th end lies before the next start, whichever runs those are of. Sorting 20,000 plain numbers takes
 * 1.5 ms, sorting as many runs by a comparison 5.
 */
function unite(out: Islands, on: number, start: number, end: number): void {
  out.from.subarray(start, end).sort();
  out.to.subarray(start, end).sort();
  for (let k = start, first = start; k < end; k++) {
    if (k + 1 < end && out.from[k + 1]! <= out.to[k]!) continue;
    out.on[out.n] = on;
    out.from[out.n] = out.from[first]!;
    out.to[out.n++] = out.to[k]!;
    first = k + 1;
  }
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
