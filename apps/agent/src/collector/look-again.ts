import { monotonic } from '@mapscope/native';
import { decodeFrame, FolioState, type Frame, FrameBuilder, How, Kind, SourceId } from '@mapscope/shared/trace';
import { U64_MAX } from '@mapscope/shared/units';
import type { Root } from '../sources/pagecache/open-beneath.ts';
import type { WatchedFile } from '../sources/pagecache/index.ts';
import { askOf, folioState } from '../sources/pagecache/ask.ts';
import { type Ask, survey } from '../sources/pagecache/survey.ts';
import { pageSize } from '../host/index.ts';

/** System calls for one file: past them the rest of it stays unknown. */
const CALLS = 4000;
const MOST_PAGES = 2 ** 40;

/**
 * Looks once at what the page cache holds of a file, because somebody asked or rows about it were lost. The file is opened by its path below
 * the root of the mount and only if it still is the inode that was meant (`Root`). `undefined`: it is not, or cannot be looked at.
 */
export async function lookAgain(root: Root, file: WatchedFile): Promise<Frame | undefined> {
  const handle = await root.openFile(file.path, file.ino);
  if (!handle) return undefined;
  try {
    return pagesOf(handle.fd, file);
  } finally {
    await handle.close();
  }
}

/** Nothing is cached, but these pages. The time is that before the first look: what the tracepoints say of later is newer. */
function pagesOf(fd: number, { inode, size }: WatchedFile): Frame | undefined {
  const at = monotonic(),
    page = pageSize(),
    rows = new FrameBuilder();
  const ask = askOf(fd, page);
  const end = endOf(ask, Math.ceil(Number(size) / page)),
    { runs, stop } = survey(ask, 0, end, [], { left: CALLS });
  if (stop === 0) return undefined;
  const say = (type: FolioState, from: bigint, to: bigint): void => {
    const i = rows.row(Kind.folio, at);
    rows.inode[i] = inode;
    rows.source[i] = SourceId.pagecache;
    rows.how[i] = How.observed;
    rows.type[i] = type;
    rows.offset[i] = from;
    rows.length[i] = to - from;
  };
  say(FolioState.removed, 0n, stop === end ? U64_MAX : BigInt(stop * page));
  for (const { from, to, state } of runs) say(folioState(state), BigInt(from * page), BigInt(to * page));
  return decodeFrame(rows.take(monotonic())) as Frame;
}

/** The page behind the last one that can be cached: behind a writeback cache the server's size lags. [0, 0) is the whole file. */
function endOf(ask: Ask, known: number): number {
  const cached = ask(0, 0)?.cache ?? 0;
  let end = Math.max(1, known);
  while (end < MOST_PAGES && (ask(0, end)?.cache ?? cached) < cached) end *= 2;
  return end;
}
