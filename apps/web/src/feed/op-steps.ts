import type { Model } from '@mapscope/shared/model';
import { OpType } from '@mapscope/shared/trace';
import { U64_MAX } from '@mapscope/shared/units';
import type { Target } from './target.ts';

/** `op`: from one operation to the next. `phase`: its begin, its answer, its end, each by itself. */
export type StepUnit = 'op' | 'phase';

export interface Step {
  readonly at: bigint;
  readonly target: Target;
}

/**
 * The next moment after `at` (or the last before it, for -1) at which an operation on this file goes on. Requests do not count: what they are about
 * the operations say that they cause. An operation is shown at its end, when all it did is so. One that is open may only not have been read to its
 * end: it counts, at its begin, where `isAll` says that nothing else is to be read.
 */
export function stepFrom(model: Model, inode: number, at: bigint, by: 1 | -1, unit: StepUnit, isAll: boolean): Step | undefined {
  const c = model.ops.cells;
  let best: bigint | undefined,
    slot = 0;
  const offer = (moment: bigint, of: number): void => {
    if (moment === U64_MAX || (by > 0 ? moment <= at : moment >= at)) return;
    if (best !== undefined && (by > 0 ? moment >= best : moment <= best)) return;
    best = moment;
    slot = of;
  };
  const look = (of: number): void => {
    if (c.inode[of] !== inode || c.type[of] === OpType.request) return;
    if (unit === 'op') return offer(c.end[of] !== U64_MAX ? c.end[of]! : isAll ? c.begin[of]! : U64_MAX, of);
    for (const moment of [c.begin[of]!, c.reply[of]!, c.end[of]!]) offer(moment, of);
  };
  for (const of of model.ops.endedSlots()) look(of);
  for (const of of model.ops.openSlots()) look(of);
  if (best === undefined) return undefined;
  const from = c.offset[slot]!;
  return { at: best, target: { kind: 'op', op: c.op[slot]!, inode, from, to: from + c.length[slot]! } };
}
