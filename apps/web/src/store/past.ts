import { KEEP_MOMENTS, type Moment, MOMENT_EVERY } from '../feed/moment.ts';
import type { FileWindow } from '../feed/window.ts';

/** Time that nobody looked at, nanoseconds: what was seen before it is not what was so in it. */
const GAP = 2_000_000_000n;

/**
 * The past with the picture of now, if it is time for one. Another file begins a new past; going back in time forgets what came later, and a gap what came
 * before it. `speed`: at which time goes on.
 */
export function remember(
  past: readonly Moment[],
  before: FileWindow | undefined,
  now: FileWindow,
  at: bigint,
  speed = 1,
): readonly Moment[] {
  const own = before?.inode === now.inode ? past : [],
    sofar = (own.at(-1)?.at ?? 0n) > at ? own.filter((moment) => moment.at <= at) : own,
    last = sofar.at(-1),
    kept = last && Number(at - last.at) > Number(GAP) * Math.max(1, speed) ? [] : sofar;
  if (kept.length > 0 && last && at - last.at < MOMENT_EVERY) return kept;
  return [...kept.slice(-(KEEP_MOMENTS - 1)), { at, folios: now.folios, dirty: now.totals.dirty, from: now.from, to: now.to }];
}
