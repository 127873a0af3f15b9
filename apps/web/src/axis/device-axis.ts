/*
 * Empty device is cut out: only the places that the visible part of the file uses are drawn, at the file's scale, and what lies between
 * is a cut with its size. Places of several devices follow each other.
 *
 *   dev 1  ──██──  //  1.9 MiB  //  ──████──      dev 2  ──██──
 *          place       cut          place                place
 */

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

export interface DeviceAxis {
  readonly stretches: readonly DeviceStretch[];
  readonly cuts: readonly DeviceCut[];
  /** 1: at the file's scale; below, all places shrink alike. */
  readonly scale: number;
  readonly bytesPerPx: number;
}

const PAD_PX = 5,
  JOIN_PX = 58,
  CUT_PX = 50,
  BETWEEN_PX = 28,
  LEAST_PX = 12;

/**
 * Lays the places of `runs` out on `width` pixels. `bytesPerPx` is the file's scale, kept where everything fits. Places never get
 * narrower than 12 px; where not even that fits, the last ones run out of the picture to the right.
 */
export function deviceAxis(runs: readonly Place[], bytesPerPx: number, width: number, sizes: ReadonlyMap<number, bigint>): DeviceAxis {
  const byPlace = runs.toSorted((a, b) => a.device - b.device || (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  let scale = 1;
  // Joining depends on the scale, and the scale on what was joined: a few rounds settle it.
  for (let round = 0; ; round++) {
    const perPx = bytesPerPx / scale;
    const joined = join(byPlace, perPx, sizes);
    const fixed = gaps(joined).reduce((sum, gap) => sum + gap.w, 0);
    const natural = joined.reduce((sum, place) => sum + Math.max(LEAST_PX, Number(place.to - place.from) / perPx), 0);
    if (fixed + natural <= width + 0.5 || round === 6 || joined.length === 0) return place(joined, perPx, scale, width, fixed + natural);
    const room = Math.max(width * 0.2, width - fixed);
    scale *= Math.min(0.98, room / natural);
  }
}

function join(runs: readonly Place[], bytesPerPx: number, sizes: ReadonlyMap<number, bigint>): Place[] {
  const pad = BigInt(Math.ceil(PAD_PX * bytesPerPx)),
    out: { device: number; from: bigint; to: bigint }[] = [];
  for (const run of runs) {
    const end = sizes.get(run.device),
      from = run.from > pad ? run.from - pad : 0n;
    const to = end !== undefined && run.to + pad > end && run.to <= end ? end : run.to + pad;
    const last = out.at(-1);
    if (last && last.device === run.device && Number(from - last.to) / bytesPerPx < JOIN_PX) {
      if (to > last.to) last.to = to;
    } else out.push({ device: run.device, from, to });
  }
  return out;
}

const gaps = (places: readonly Place[]): { w: number; bytes: bigint | undefined }[] =>
  places.slice(1).map((place, i) => {
    const before = places[i]!;
    return before.device === place.device ? { w: CUT_PX, bytes: place.from - before.to } : { w: BETWEEN_PX, bytes: undefined };
  });

function place(places: readonly Place[], bytesPerPx: number, scale: number, width: number, used: number): DeviceAxis {
  const between = gaps(places),
    stretches: DeviceStretch[] = [],
    cuts: DeviceCut[] = [];
  let x = Math.max(0, (width - used) / 2);
  places.forEach((stretch, i) => {
    const w = Math.max(LEAST_PX, Number(stretch.to - stretch.from) / bytesPerPx);
    stretches.push({ ...stretch, x, w });
    x += w;
    const gap = between[i];
    if (gap) {
      cuts.push({ x, w: gap.w, bytes: gap.bytes });
      x += gap.w;
    }
  });
  return { stretches, cuts, scale, bytesPerPx };
}

/** Pixel of a device offset, or undefined where it is cut out. */
export function deviceToPx(a: DeviceAxis, device: number, at: bigint): number | undefined {
  const stretch = a.stretches.find((s) => s.device === device && s.from <= at && at <= s.to);
  if (!stretch) return undefined;
  const length = stretch.to - stretch.from;
  return length === 0n ? stretch.x : stretch.x + (Number(at - stretch.from) * stretch.w) / Number(length);
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
