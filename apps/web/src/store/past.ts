import type { FileWindow, FolioRuns } from '../feed/window.ts';

/** The page cache of the range in view at one time, as the page saw it. */
export interface Moment {
  readonly at: bigint;
  readonly folios: FolioRuns;
  readonly dirty: bigint;
  /** The range that was looked at. */
  readonly from: bigint;
  readonly to: bigint;
}

/** A picture this often at most, nanoseconds, and so many of them: a minute. */
const EVERY = 250_000_000n,
  KEEP = 240;

/** The past with the picture of now, if it is time for one. Another file begins a new past; going back in time forgets what came later. */
export function remember(past: readonly Moment[], before: FileWindow | undefined, now: FileWindow, at: bigint): readonly Moment[] {
  const own = before?.inode === now.inode ? past : [],
    kept = (own.at(-1)?.at ?? 0n) > at ? own.filter((moment) => moment.at <= at) : own,
    last = kept.at(-1);
  if (last && at - last.at < EVERY) return kept;
  return [...kept.slice(-(KEEP - 1)), { at, folios: now.folios, dirty: now.totals.dirty, from: now.from, to: now.to }];
}
