import { type Axis, axis, confine, pan, zoom } from '../axis/index.ts';

/**
 * The range of the file in view. No pixels: each view makes its own axis of it, and a window that is made wider shows the same bytes.
 * `bytes` may be below one and `fraction` (0 to 1) keeps a pan that is smaller than a byte. Undefined: the whole file, however it grows.
 */
export interface Camera {
  readonly from: bigint;
  readonly fraction: number;
  readonly bytes: number;
}

/** Blocks that are still seen when zoomed in all the way. */
const CLOSEST_BLOCKS = 16;

/** What of a file the camera looks at. */
export interface Subject {
  /** End of the picture, bytes: the size, its last block whole. */
  readonly end: bigint;
  readonly blockSize: number;
}

export const axisOf = (camera: Camera | undefined, { end }: Subject, width: number): Axis =>
  camera ? axis(camera.from, camera.bytes / Math.max(1, width), camera.fraction) : axis(0n, Number(end) / Math.max(1, width));

/** A change of the axis, kept inside the file; undefined when it has come back to the whole. */
function moved(camera: Camera | undefined, subject: Subject, width: number, move: (a: Axis) => Axis): Camera | undefined {
  const { start, fraction, bytesPerPx } = confine(
    move(axisOf(camera, subject, width)),
    subject.end,
    width,
    CLOSEST_BLOCKS * subject.blockSize,
  );
  const bytes = bytesPerPx * width;
  return start === 0n && fraction === 0 && bytes >= Number(subject.end) ? undefined : { from: start, fraction, bytes };
}

/** `factor` > 1 is closer; what is at `px` of `width` stays there. */
export const zoomed = (camera: Camera | undefined, subject: Subject, width: number, factor: number, px: number): Camera | undefined =>
  moved(camera, subject, width, (a) => zoom(a, factor, px));

/** Moves the picture by `px` to the right. */
export const panned = (camera: Camera | undefined, subject: Subject, width: number, px: number): Camera | undefined =>
  moved(camera, subject, width, (a) => pan(a, px));

/** Shows a range with some air around it. */
export function around(from: bigint, to: bigint, subject: Subject): Camera | undefined {
  const air = Number(to - from) * 0.15;
  return moved({ from, fraction: 0, bytes: Number(to - from) }, subject, 1000, (a) => ({
    ...a,
    start: from > BigInt(Math.ceil(air)) ? from - BigInt(Math.ceil(air)) : 0n,
    bytesPerPx: (Number(to - from) + 2 * air) / 1000,
  }));
}

/**
 * The range to ask the worker for: what is in view and as much again on each side, on a grid that panning seldom leaves, so that most
 * frames need no new answer. Undefined `to`: to the end.
 */
export function rangeToAsk(camera: Camera | undefined): { readonly from: bigint; readonly to: bigint | undefined } {
  if (!camera) return { from: 0n, to: undefined };
  let grid = 1n;
  while (Number(grid) < camera.bytes) grid *= 2n;
  const from = (camera.from / grid) * grid,
    end = camera.from + BigInt(Math.ceil(camera.bytes));
  return { from: from > grid ? from - grid : 0n, to: (end / grid + 2n) * grid };
}
