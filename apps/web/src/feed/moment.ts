import { type FileState, folioRuns, type Model, totals } from '@mapscope/shared/model';
import { endOf } from './file-window.ts';
import type { FolioRuns } from './window.ts';

/** The page cache of a range of a file at one time. */
export interface Moment {
  readonly at: bigint;
  readonly folios: FolioRuns;
  readonly dirty: bigint;
  /** The range that was looked at. */
  readonly from: bigint;
  readonly to: bigint;
}

/** A picture this often at most, nanoseconds, and so many of them: a minute. */
export const MOMENT_EVERY = 250_000_000n,
  KEEP_MOMENTS = 240;

/** `to` undefined: to the end of the file. */
export function momentOf(model: Model, file: FileState, at: bigint, from: bigint, to: bigint | undefined): Moment {
  const end = to ?? endOf(file, model.pageSize);
  return { at, folios: folioRuns(file.folios, from, end), dirty: totals(file).dirty, from, to: end };
}
