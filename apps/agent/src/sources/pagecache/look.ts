import { cachestat, monotonic } from '@mapscope/native';
import { FolioState, type FrameBuilder, How, Kind, SourceId } from '@mapscope/shared/trace';
import { ceilTo, U64_MAX } from '@mapscope/shared/units';
import { pageSize } from '../../host/index.ts';
import { askOf, bytesOfPages, folioState } from './ask.ts';
import { type Ask, type PageRun, survey } from './survey.ts';

/** What the page cache held of a file when it was looked at once. */
export interface CacheLook {
  /** CLOCK_MONOTONIC before the first question, nanoseconds: what an event says of later is newer. */
  readonly at: bigint;
  /** Bytes of a page: 4, 16 or 64 KiB. */
  readonly page: number;
  /** Pages that are there, neighbours of one state joined; `state` is `PageBit`s. */
  readonly runs: readonly PageRun[];
  /** Up to this page it is told; behind it, where the calls ended, nothing is known. */
  readonly stop: number;
  readonly isWhole: boolean;
}

/** System calls for one file: past them the rest of it stays unknown. Some 1 us each, more where many pages are cached. */
const CALLS = 4000;
const MOST_PAGES = 2 ** 40;

/** Looks once at all of an open file, by at most `calls` questions. A negative errno: it cannot be asked (`-ENOSYS` before Linux 6.5). */
export function lookAtCache(fd: number, size: bigint, { calls = CALLS, page = pageSize() } = {}): CacheLook | number {
  const at = monotonic(),
    first = cachestat(fd, 0n, 1n);
  return typeof first === 'number' ? first : look(askOf(fd, page), size, { calls, page, at });
}

/** The same by any way to ask: pure but for that. */
export function look(
  ask: Ask,
  size: bigint,
  { calls, page, at }: { readonly calls: number; readonly page: number; readonly at: bigint },
): CacheLook {
  const end = endOf(ask, Number(ceilTo(size, BigInt(page)) / BigInt(page))),
    { runs, stop } = survey(ask, 0, end, [], { left: calls });
  return { at, page, runs, stop, isWhole: stop === end };
}

/** The page behind the last one that can be cached: behind a writeback cache the server's size lags. [0, 0) is the whole file. */
function endOf(ask: Ask, known: number): number {
  const cached = ask(0, 0)?.cache ?? 0;
  let end = Math.max(1, known);
  while (end < MOST_PAGES && (ask(0, end)?.cache ?? cached) < cached) end *= 2;
  return end;
}

/** The folio rows that say it: nothing is cached up to where it is told, but these pages. False: nothing is told. */
export function sayCache(rows: FrameBuilder, inode: number, { at, page, runs, stop, isWhole }: CacheLook): boolean {
  if (stop === 0) return false;
  const say = (type: FolioState, from: bigint, to: bigint): void => {
    const i = rows.row(Kind.folio, at);
    rows.inode[i] = inode;
    rows.source[i] = SourceId.pagecache;
    rows.how[i] = How.reported;
    rows.type[i] = type;
    rows.offset[i] = from;
    rows.length[i] = to - from;
  };
  say(FolioState.removed, 0n, isWhole ? U64_MAX : bytesOfPages(stop, page));
  for (const { from, to, state } of runs) say(folioState(state), bytesOfPages(from, page), bytesOfPages(to, page));
  return true;
}
