import type { Axis } from './axis.ts';
import { type Notation, sayTick } from './notation.ts';
import { type Tick, ticks } from './ticks.ts';

/** A tick with its words; `x` from the left end of the ruler. */
export interface Mark extends Tick {
  /** '' for a sub-tick. */
  readonly text: string;
  readonly isBold: boolean;
  readonly align: 'left' | 'center' | 'right';
}

const EDGE_PX = 24;

/**
 * What stands on a ruler of `width` pixels, up to and including `end`. The first label is whole where the others are relative
 * (`3 MiB +960 KiB`), so that a picture that shows no full MiB still says where it is.
 */
export function ruler(a: Axis, width: number, end: bigint, notation: Notation, blockSize: number): readonly Mark[] {
  const { step, ticks: all } = ticks(a, width, end);
  let isFirst = true;
  return all.map((tick) => {
    if (tick.rank === 'sub') return { ...tick, text: '', isBold: false, align: 'center' };
    const said = sayTick(tick.at, step, notation, blockSize, isFirst),
      // A whole label is long: over the left end it would stand in the gutter.
      isLeft = tick.x < EDGE_PX || (isFirst && said.text.length > 9 && tick.x < 2 * EDGE_PX);
    isFirst = false;
    return { ...tick, ...said, align: isLeft ? 'left' : tick.x > width - EDGE_PX ? 'right' : 'center' };
  });
}
