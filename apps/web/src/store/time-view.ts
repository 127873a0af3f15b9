import type { OpsWindow, Pulse } from '../feed/look.ts';
import type { State } from './state.ts';

const SECOND = 1_000_000_000n;
/** Spans that are taken by themselves. */
const spans = [10n * SECOND, 5n * SECOND, 2n * SECOND, SECOND, SECOND / 2n, SECOND / 5n] as const;

/**
 * As much time as operations are kept of, where nobody chose a span: a picture that is mostly empty says less than a shorter one. It becomes shorter when a
 * good part is empty, and longer again only when there is plenty.
 */
export function fittingSpan(timeSpan: bigint, { kept, to }: Pick<OpsWindow, 'kept' | 'to'>, origin: bigint): bigint {
  // Nothing is left out: all of it, as long as it is young.
  if (kept === 0n) return spans.findLast((span) => span >= to - origin) ?? spans[0];
  const there = Number(to - kept),
    wider = spans.findLast((span) => span > timeSpan);
  if (there < 0.85 * Number(timeSpan)) return spans.find((span) => Number(span) <= there) ?? spans.at(-1)!;
  return wider !== undefined && there > 1.3 * Number(wider) ? wider : timeSpan;
}

/** The cursor keeps so much of the width from the edges when the view has to follow it. */
const MARGIN = 0.1;

/**
 * Where the view of time ends, once the cursor is where a pulse says: it follows the newest; it stands still while the cursor moves inside it; it is
 * moved as little as needed when the cursor goes on, and puts the cursor in the middle when it jumps far.
 */
export function timeEndFor(
  { timeEnd, timeSpan, pulse: before }: Pick<State, 'timeEnd' | 'timeSpan' | 'pulse'>,
  pulse: Pulse,
): bigint | undefined {
  const { replay } = pulse;
  if (!replay) return before?.replay ? undefined : timeEnd;
  // Leaving the newest, the view stays where it was.
  const isSame = before?.link.is === pulse.link.is,
    end = timeEnd ?? (isSame ? before.until : pulse.newest);
  if (before?.replay?.at === replay.at) return end;
  const share = Number(replay.at - (end - timeSpan)) / Number(timeSpan);
  if (share >= 0 && share <= 1 && !replay.isPlaying) return end;
  if (share >= MARGIN && share <= 1 - MARGIN) return end;
  const wanted = share < -1 || share > 2 ? 0.5 : share < 0.5 ? MARGIN : 1 - MARGIN;
  return replay.at + BigInt(Math.round(Number(timeSpan) * (1 - wanted)));
}
