/**
 * A straight axis of bytes: which byte is at the left edge, and how many bytes a pixel covers (below 1 when zoomed far in).
 * `fraction` (0 to 1, bytes) keeps a pan that is smaller than a byte. Never changed: zoom and pan give a new one.
 */
export interface Axis {
  readonly start: bigint;
  readonly fraction: number;
  readonly bytesPerPx: number;
}

export const axis = (start: bigint, bytesPerPx: number, fraction = 0): Axis => ({ start, bytesPerPx, fraction });

/** An axis that shows [from, to) on `width` pixels. An empty range is given one byte a pixel: zooming out from it works. */
export const axisOver = (from: bigint, to: bigint, width: number): Axis =>
  axis(from, to > from ? Number(to - from) / Math.max(1, width) : 1);

/** Subtract while both are bigint; only the small difference becomes a float. */
export const toPx = (a: Axis, at: bigint): number => (Number(at - a.start) - a.fraction) / a.bytesPerPx;

/**
 * `toPx` of a whole column of u64, without a bigint a row: 20,000 runs are laid out in every frame. The words of each value are
 * subtracted before they become one float (every browser and Node we run on keeps them little-endian).
 */
export function toPxAll(a: Axis, column: BigUint64Array, n = column.length): Float64Array {
  const words = new Uint32Array(column.buffer, column.byteOffset, 2 * n),
    low = Number(a.start & 0xffff_ffffn),
    high = Number(a.start >> 32n),
    out = new Float64Array(n);
  for (let i = 0; i < n; i++) out[i] = ((words[2 * i + 1]! - high) * 2 ** 32 + (words[2 * i]! - low) - a.fraction) / a.bytesPerPx;
  return out;
}

/** Inverse of `toPx`. Rounds: divide-then-multiply may land a hair below. */
export const toOffset = (a: Axis, px: number): bigint => a.start + BigInt(Math.round(px * a.bytesPerPx + a.fraction));

/** The byte under this pixel's left edge. Floors: a different question, so a different name. */
export const byteUnder = (a: Axis, px: number): bigint => a.start + BigInt(Math.floor(px * a.bytesPerPx + a.fraction));

/** Moves the picture by `px` to the right; the axis itself when nothing moves. */
export function pan(a: Axis, px: number): Axis {
  if (px === 0) return a;
  const exact = a.fraction - px * a.bytesPerPx,
    whole = Math.floor(exact);
  return axis(a.start + BigInt(whole), a.bytesPerPx, exact - whole);
}

/** Zooms by `factor` (> 1 is closer) so that the byte at pixel `px` stays where it is. */
export function zoom(a: Axis, factor: number, px: number): Axis {
  if (factor === 1) return a;
  const bytesPerPx = a.bytesPerPx / factor,
    exact = a.fraction + px * (a.bytesPerPx - bytesPerPx),
    whole = Math.floor(exact);
  return axis(a.start + BigInt(whole), bytesPerPx, exact - whole);
}

/**
 * Keeps an axis of `width` pixels inside [0, size): no further out than the whole, no closer than `closest` bytes across, no pan past the
 * ends. A size of 0 shows one `closest`.
 */
export function confine(a: Axis, size: bigint, width: number, closest: number): Axis {
  const most = Math.max(Number(size), closest) / Math.max(1, width),
    least = closest / Math.max(1, width);
  const bytesPerPx = Math.min(most, Math.max(least, a.bytesPerPx));
  const shown = BigInt(Math.ceil(bytesPerPx * width)),
    last = size > shown ? size - shown : 0n;
  if (a.start < 0n || last === 0n) return axis(0n, bytesPerPx);
  if (a.start >= last) return axis(last, bytesPerPx);
  return bytesPerPx === a.bytesPerPx ? a : axis(a.start, bytesPerPx, a.fraction);
}
