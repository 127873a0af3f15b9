import { maxBig, minBig } from '@mapscope/shared/units';

/** A run that needs room on a device. */
export interface Place {
  readonly device: number;
  readonly from: bigint;
  readonly to: bigint;
}

/** A stretch of one device that is drawn; `x` and `w` in pixels. */
export interface DeviceStretch extends Place {
  readonly x: number;
  readonly w: number;
}

export interface DeviceCut {
  readonly x: number;
  readonly w: number;
  /** Bytes left out, or undefined between two devices. */
  readonly bytes: bigint | undefined;
}

/** Runs that overlap or touch, as one; `a` and `b` are its ends counted from the first byte that any run has of this device. */
interface Island extends Place {
  readonly base: bigint;
  readonly a: number;
  readonly b: number;
  /** First and last place that padding may reach, counted alike. */
  readonly low: number;
  readonly high: number;
}

const PAD_PX = 5,
  JOIN_PX = 58,
  CUT_PX = 50,
  BETWEEN_PX = 28,
  LEAST_PX = 12;

/**
 * The runs as islands, by device, then by offset. A device's offsets are floats only after its first one is subtracted, so that a
 * hundred terabytes away from zero a byte is still a byte.
 */
export function islandsOf(runs: readonly Place[], sizes: ReadonlyMap<number, bigint>): Island[] {
  const bases = new Map<number, bigint>();
  for (const { device, from } of runs) {
    const base = bases.get(device);
    if (base === undefined || from < base) bases.set(device, from);
  }
  const starts = Float64Array.from(runs, (run) => Number(run.from - bases.get(run.device)!)),
    order = Uint32Array.from(runs.keys()).sort((i, j) => runs[i]!.device - runs[j]!.device || starts[i]! - starts[j]!);
  const out: { -readonly [K in keyof Island]: Island[K] }[] = [];
  for (const i of order) {
    const run = runs[i]!,
      base = bases.get(run.device)!,
      b = Number(run.to - base),
      last = out.at(-1);
    if (last && last.device === run.device && starts[i]! <= last.b) {
      if (b > last.b) Object.assign(last, { b, to: run.to });
    } else {
      const size = sizes.get(run.device) ?? 0n,
        high = size >= run.to ? Number(size - base) : Number.POSITIVE_INFINITY;
      out.push({ device: run.device, from: run.from, to: run.to, base, a: starts[i]!, b, low: -Number(base), high });
    }
  }
  return out;
}

export interface Spread {
  /** Pixels from the first stretch to the end of the last. */
  readonly width: number;
  readonly stretches: readonly DeviceStretch[];
  readonly cuts: readonly DeviceCut[];
  /** The islands with those fused that are one stretch. */
  readonly joined: Island[];
}

/** The islands beside each other at a scale: padded, joined where the gap is under 58 px, cut where it is not. */
export function spread(islands: readonly Island[], bytesPerPx: number): Spread {
  const joined: Island[] = [],
    pad = PAD_PX * bytesPerPx,
    join = JOIN_PX * bytesPerPx;
  for (const island of islands) {
    const last = joined.at(-1);
    if (last && last.device === island.device && island.a - last.b - 2 * pad < join)
      joined[joined.length - 1] = { ...last, b: island.b, to: island.to };
    else joined.push(island);
  }
  const stretches: DeviceStretch[] = [],
    cuts: DeviceCut[] = [];
  let x = 0;
  for (const { device, base, a, b, low, high, from, to } of joined) {
    const before = stretches.at(-1),
      start = minBig(from, base + big(Math.max(low, a - pad))),
      end = maxBig(to, base + big(Math.min(Math.max(high, b), b + pad)));
    if (before) {
      const isSame = before.device === device,
        w = isSame ? CUT_PX : BETWEEN_PX;
      cuts.push({ x, w, bytes: isSame ? start - before.to : undefined });
      x += w;
    }
    const w = Math.max(LEAST_PX, Number(end - start) / bytesPerPx);
    stretches.push({ device, from: start, to: end, x, w });
    x += w;
  }
  return { width: x, stretches, cuts, joined };
}

const big = (n: number): bigint => BigInt(Math.round(n));
