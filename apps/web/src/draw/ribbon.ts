import type { Pen } from './pen.ts';

/** Where a ribbon begins and ends: [x0, x1] above, [x2, x3] below. */
export interface Strand {
  readonly x0: number;
  readonly x1: number;
  readonly x2: number;
  readonly x3: number;
}

/*
 *   x0──x1      straight for the first and last 6 % of the height; between, a cubic curve whose handles are both at half height
 *    \   \
 *     x2──x3
 */
const STRAIGHT = 0.06;

/** One side of a ribbon, from where the pen stands. */
function side(pen: Pen, fromX: number, fromY: number, toX: number, toY: number): void {
  const straight = (toY - fromY) * STRAIGHT,
    half = (fromY + toY) / 2;
  pen.lineTo(fromX, fromY + straight);
  pen.bezierCurveTo(fromX, half, toX, half, toX, toY - straight);
  pen.lineTo(toX, toY);
}

/** The outline of a ribbon, to be filled. */
export function ribbonPath(pen: Pen, { x0, x1, x2, x3 }: Strand, top: number, bottom: number): void {
  pen.moveTo(x0, top);
  pen.lineTo(x1, top);
  side(pen, x1, top, x3, bottom);
  pen.lineTo(x2, bottom);
  side(pen, x2, bottom, x0, top);
  pen.closePath();
}

/** Both sides of a ribbon, to be stroked: top and bottom have no edge. */
export function ribbonEdges(pen: Pen, { x0, x1, x2, x3 }: Strand, top: number, bottom: number): void {
  pen.moveTo(x0, top);
  side(pen, x0, top, x2, bottom);
  pen.moveTo(x1, top);
  side(pen, x1, top, x3, bottom);
}

/** How far across a side is at a share of its height, 0 to 1: the same cubic as `side`, solved for the height by halving. */
export function shareAcross(down: number): number {
  if (down <= STRAIGHT) return 0;
  if (down >= 1 - STRAIGHT) return 1;
  let low = 0,
    high = 1;
  for (let i = 0; i < 24; i++) {
    const t = (low + high) / 2;
    if (cubic(t, STRAIGHT, 0.5, 0.5, 1 - STRAIGHT) < down) low = t;
    else high = t;
  }
  return cubic(low, 0, 0, 1, 1);
}

const cubic = (t: number, a: number, b: number, c: number, d: number): number =>
  (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t * t * c + t ** 3 * d;

/** Whether a point is on a ribbon, or within a pixel of it; `across` is `shareAcross` of its height. */
export function isOnStrand({ x0, x1, x2, x3 }: Strand, x: number, across: number): boolean {
  const left = x0 + (x2 - x0) * across,
    right = x1 + (x3 - x1) * across;
  return x >= Math.min(left, right) - 1 && x <= Math.max(left, right) + 1;
}
