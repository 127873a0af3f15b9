import { How } from '@mapscope/shared/trace';
import { type Palette, type Pen, rule } from '../draw/index.ts';

/** A stretch of a lane that is known in one way. */
export interface Rail {
  readonly x0: number;
  readonly x1: number;
  readonly how: number;
}

/** How each stretch is known: neighbours that are known alike have one rail, so that its dashes run on. Not known: none. */
export function railsOf(stretches: Iterable<Rail>): Rail[] {
  const out: { x0: number; x1: number; how: number }[] = [];
  for (const { x0, x1, how } of stretches) {
    if (how === How.unknown) continue;
    const last = out.at(-1);
    if (last && last.how === how && x0 - last.x1 < 0.01) last.x1 = x1;
    else out.push({ x0, x1, how });
  }
  return out;
}

/** Reported: solid; observed: dashes; derived: dots. */
const dashOf = (how: number): number[] => (how === How.observed ? [5, 3] : how === How.derived ? [1.5, 2.5] : []);

/** Rails under a lane, their middle at `y`. */
export function drawRails(pen: Pen, rails: readonly Rail[], y: number, palette: Palette): void {
  for (const { x0, x1, how } of rails) rule(pen, x0 + 0.5, y, Math.max(x1 - 0.5, x0 + 1.5), y, palette.ink3, 1.5, dashOf(how));
}
