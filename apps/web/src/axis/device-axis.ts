import { maxBig } from '@mapscope/shared/units';
import { eachStretch, fuse, type Islands, islandsOf, padded, type Place, type Spacing, spacings, widthOf } from './islands.ts';

/*
 * Empty device is cut out: only the places that the visible part of the file uses are drawn, at the file's scale, and what lies between
 * is a cut with its size. Places of several devices follow each other.
 *
 *   dev 1  ──██──  //  1.9 MiB  //  ──████──      dev 2  ──██──
 *          place       cut          place                place
 */

export type { Place } from './islands.ts';

/** A stretch of one device that is drawn; `x` and `w` in pixels. */
export interface DeviceStretch extends Place {
  readonly x: number;
  readonly w: number;
  /** The first byte that is used; padding lies before it. */
  readonly used: bigint;
}

export interface DeviceCut {
  readonly x: number;
  readonly w: number;
  /** Bytes left out, or undefined between two devices. */
  readonly bytes: bigint | undefined;
}

/** Stretches are sorted by device, then by offset, and so are their pixels. */
export interface DeviceAxis {
  readonly stretches: readonly DeviceStretch[];
  readonly cuts: readonly DeviceCut[];
  /** 1: at the file's scale; below, all places shrink alike. */
  readonly scale: number;
  readonly bytesPerPx: number;
}

/** Finer than a person sees: a factor of two, halved so often. */
const ROUNDS = 12,
  FURTHEST = 2 ** 64;
/** At this scale pieces still look as wide as they are in the file: wider cuts are worth it. */
const GOOD_SCALE = 0.5;

/**
 * Lays the places of `runs` out on `width` pixels. `bytesPerPx` is the file's scale, kept where everything fits; else the closest scale
 * at which it does. Places never get narrower than 12 px, unless there are more devices than have room that way: then all do alike.
 * Nothing is ever outside [0, width].
 */
export function deviceAxis(runs: readonly Place[], bytesPerPx: number, width: number, sizes: ReadonlyMap<number, bigint>): DeviceAxis {
  const { islands, perPx, spacing } = fitted(runs, bytesPerPx, width, sizes);
  const used = widthOf(islands, perPx, spacing),
    squeeze = Math.min(1, width / Math.max(1, used)),
    stretches: DeviceStretch[] = [],
    cuts: DeviceCut[] = [];
  let x = Math.max(0, (width - used) / 2);
  eachStretch(islands, perPx, spacing, (first, last) => {
    const { device, base } = islands.ground[islands.on[first]!]!,
      [start, end, px] = padded(islands, first, last, perPx),
      from = base + BigInt(Math.floor(start)),
      before = stretches.at(-1);
    if (before) {
      const isSame = before.device === device,
        w = (isSame ? spacing.cut : spacing.between) * squeeze;
      cuts.push({ x, w, bytes: isSame ? from - before.to : undefined });
      x += w;
    }
    stretches.push({ device, from, to: base + BigInt(Math.ceil(end)), used: base + BigInt(islands.from[first]!), x, w: px * squeeze });
    x += px * squeeze;
  });
  return { stretches, cuts, scale: bytesPerPx / perPx, bytesPerPx: perPx };
}

interface Fit {
  readonly islands: Islands;
  readonly perPx: number;
  readonly spacing: Spacing;
}

/** The widest cuts at which places keep a good part of their width; where none do, those at which they keep most. */
function fitted(runs: readonly Place[], bytesPerPx: number, width: number, sizes: ReadonlyMap<number, bigint>): Fit {
  let best: Fit | undefined;
  for (const spacing of spacings) {
    const islands = islandsOf(runs, sizes),
      perPx = closestFit(islands, bytesPerPx, width, spacing);
    if (!best || perPx < best.perPx) best = { islands, perPx, spacing };
    if (bytesPerPx / best.perPx >= GOOD_SCALE) break;
  }
  return best!;
}

/** The file's scale, or the closest one further away at which everything fits. Leaves the islands fused as far as that scale allows. */
function closestFit(islands: Islands, bytesPerPx: number, width: number, spacing: Spacing): number {
  const fits = (perPx: number): boolean => widthOf(islands, perPx, spacing) <= width + 0.5;
  let close = bytesPerPx,
    far = bytesPerPx;
  if (fits(far)) return far;
  do {
    close = far;
    far *= 2;
    fuse(islands, close, spacing);
  } while (!fits(far) && far < FURTHEST);
  for (let round = 0; round < ROUNDS; round++) {
    const middle = Math.sqrt(close * far);
    if (fits(middle)) far = middle;
    else close = middle;
  }
  return far;
}

/** The last stretch that does not begin after this place. */
function stretchAt(a: DeviceAxis, device: number, at: bigint): DeviceStretch | undefined {
  let low = 0,
    high = a.stretches.length;
  while (low < high) {
    const middle = (low + high) >>> 1,
      it = a.stretches[middle]!;
    if (it.device < device || (it.device === device && it.from <= at)) low = middle + 1;
    else high = middle;
  }
  return a.stretches[low - 1];
}

/** Pixel of a device offset, or undefined where it is cut out. The end of a stretch belongs to it. */
export function deviceToPx(a: DeviceAxis, device: number, at: bigint): number | undefined {
  const stretch = stretchAt(a, device, at);
  if (!stretch || stretch.device !== device || at > stretch.to) return undefined;
  return stretch.x + (Number(at - stretch.from) * stretch.w) / Number(maxBig(1n, stretch.to - stretch.from));
}

/** What lies under a pixel, or undefined over a cut. */
export function placeUnder(a: DeviceAxis, px: number): { readonly device: number; readonly at: bigint } | undefined {
  const stretch = a.stretches.find((s) => s.x <= px && px < s.x + s.w);
  return (
    stretch && {
      device: stretch.device,
      at: stretch.from + BigInt(Math.floor(((px - stretch.x) * Number(stretch.to - stretch.from)) / stretch.w)),
    }
  );
}
