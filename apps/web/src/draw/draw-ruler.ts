import type { Mark } from '../axis/index.ts';
import type { Palette } from './palette.ts';
import { type Pen, rule } from './pen.ts';
import { say } from './words.ts';

/** A ruler on the canvas: ticks and words above its line, or below where the lane is above it. */
export interface Ruler {
  readonly left: number;
  readonly right: number;
  readonly y: number;
  readonly isBelow?: boolean;
  readonly marks: readonly Mark[];
}

export function drawRuler(pen: Pen, { left, right, y, isBelow, marks }: Ruler, palette: Palette): void {
  const up = isBelow ? -1 : 1;
  rule(pen, left, y + 0.5, right, y + 0.5, palette.line);
  for (const mark of marks) {
    const x = Math.round(left + mark.x) + 0.5,
      isMajor = mark.rank === 'major';
    rule(pen, x, y, x, y - up * (isMajor ? 5 : 3), isMajor ? palette.ghost : palette.line);
    if (isMajor)
      say(
        pen,
        {
          text: mark.text,
          x: mark.align === 'left' ? Math.max(left + 2, x) : x,
          y: y - up * 12,
          role: mark.isBold ? 'boldTick' : 'small',
          align: mark.align,
        },
        palette,
      );
  }
}
