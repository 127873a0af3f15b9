import { maxBig } from '@mapscope/shared/units';
import { type DeviceCut, type DeviceStretch, islandsOf, type Place, spread } from './islands.ts';

/*
 * Empty device is cut out: only the places that the visible part of the file uses are drawn, at the file's scale, and what lies between
 * is a cut with its size. Places of several devices follow each other.
 *
 *   dev 1  ──██──  //  1.9 MiB  //  ──████──      dev 2  ──██──
 *          place       cut          place                place
 */

export type { DeviceCut, DeviceStretch, Place } from './islands.ts';

/** Stretches are sorted by device, then by offset, and so are their pixels. */
export interface DeviceAxis {
  readonly stretches: readonly DeviceStretch[];
  readonly cuts: readonly DeviceCut[];
  /** 1: at the file's scale; below, all places shrink alike. */
  readonly scale: number;
  readonly bytesPerPx: number;
}

/** Finer than a person sees; 12 halvings of a factor of two. */
const ROUNDS = 12,
  FURTHEST = 2 ** 64;

/**
 * Lays the places of `runs` out on `width` pixels. `bytesPerPx` is the file's scale, kept where everything fits; else the closest scale
 * at which it does. Places never get narrower than 12 px, unless there are more devices than have room that way: then all do alike.
 * Nothing is ever outside [0, width].
 */
export function deviceAxis(runs: readonly Place[], bytesPerPx: number, width: number, sizes: ReadonlyMap<number, bigint>): DeviceAxis {
  let islands = islandsOf(runs, sizes);
  const fits = (perPx: number): boolean => spread(islands, perPx).width <= width + 0.5;
  let perPx = bytesPerPx;
  if (!fits(perPx)) {
    let close = perPx;
    while (!fits(perPx) && perPx < FURTHEST) {
      close = perPx;
      // What is one stretch from here is one from further away: later rounds have less to look at.
      islands = spread(islands, perPx).joined;
      perPx *= 2;
    }
    for (let round = 0; round < ROUNDS && perPx < FURTHEST; round++) {
      const middle = Math.sqrt(close * perPx);
      if (fits(middle)) perPx = middle;
      else close = middle;
    }
  }
  const out = spread(islands, perPx),
    squeeze = Math.min(1, width / Math.max(1, out.width)),
    from = Math.max(0, (width - out.width) / 2);
  return {
    stretches: out.stretches.map((stretch) => ({ ...stretch, x: from + stretch.x * squeeze, w: stretch.w * squeeze })),
    cuts: out.cuts.map((cut) => ({ ...cut, x: from + cut.x * squeeze, w: cut.w * squeeze })),
    scale: bytesPerPx / perPx,
    bytesPerPx: perPx,
  };
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
