import {
  type ExtentMap,
  extentOverview,
  extentRuns,
  type FileState,
  folioOverview,
  folioRuns,
  folioStateOf,
  type Layout,
  type Model,
  overlappingStrips,
  totals,
  typeOf,
} from '@mapscope/shared/model';
import { FolioState, How, MapType, NO_ADDR } from '@mapscope/shared/trace';
import { ceilTo, maxBig, minBig, utf8Text } from '@mapscope/shared/units';
import { sharersOf } from './sharers.ts';
import { foliosFrom } from './sources.ts';
import type { DeviceView, ExtentRuns, FileWindow, FolioRuns, LayoutView } from './window.ts';

/** Runs of the whole file: the bar above the map is some 800 px wide. */
const OVERVIEW = 512;

/** More runs than this are bins: nobody tells ten on a pixel apart, and drawing them takes longer than a frame. */
const MOST_RUNS = 8192,
  BINS = 4096;

function windowRuns(map: ExtentMap, from: bigint, to: bigint): ExtentRuns {
  let n = map.size > MOST_RUNS ? 0 : -1;
  if (n === 0) map.each(from, to, () => ++n <= MOST_RUNS);
  return n > MOST_RUNS ? extentOverview(map, from, to, BINS, { gaps: true }) : extentRuns(map, from, to, MOST_RUNS * 2 + 1, { gaps: true });
}

/** "No storage from here on" is told to the end of all files: it is shown to the end of this one. */
function cutNothing(runs: ExtentRuns, end: bigint): ExtentRuns {
  for (let i = runs.n - 1; i >= 0 && runs.to[i]! > end; i--) if (isNothing(runs.type[i]!) && runs.from[i]! < end) runs.to[i] = end;
  return runs;
}

export const isNothing = (type: number): boolean => type === MapType.HOLE || type === MapType.UNKNOWN;

/** Everything the views draw of `[from, to)` of a file; `to` undefined: to its end. */
export function fileWindow(model: Model, file: FileState, from: bigint, to: bigint | undefined): FileWindow {
  const size = seenSize(file, model.pageSize),
    end = endOf(file, model.pageSize),
    until = to ?? maxBig(end, from + 1n);
  const data = cutNothing(windowRuns(file.data, from, until), end);
  return {
    inode: file.inode,
    path: file.pathText,
    gone: file.gone,
    size,
    ...sizeKnown(file),
    end,
    ...(size > file.size && file.how !== How.unknown && { reportedSize: file.size }),
    blockSize: file.blockSize || 4096,
    pageSize: Number(model.pageSize),
    from,
    to: until,
    data,
    pending: extentRuns(file.pending, from, until),
    folios: folioRuns(file.folios, from, until),
    layouts: file.layouts.list().map(layoutView),
    overlaps: overlappingStrips(file.layouts.list()),
    devices: deviceViews(model),
    sharers: sharersOf(model, file, data),
    totals: totals(file),
    overview: extentOverview(file.data, 0n, end, OVERVIEW, { gaps: true }),
    overviewDirty: notClean(folioOverview(file.folios, 0n, end, OVERVIEW)),
    changed: strokes(file.changes.list()),
    ...foliosFrom(model),
    until: model.until,
  };
}

/**
 * The size that programs see: behind a writeback cache the kernel's is ahead of the filesystem's, up to the last byte that was written.
 * Where that is not known, up to the end of the last dirty page, which may end some bytes later than the file.
 */
export function seenSize(file: FileState, pageSize: bigint): bigint {
  const chunk = file.folios.pieces.at(-1);
  if (!chunk) return file.size;
  for (let i = chunk.n - 1; i >= 0 && chunk.to(i) > file.size; i--) {
    const state = folioStateOf(chunk, i);
    // What begins inside a page is dirty with it: which bytes were written is known, and these are behind them.
    const isRestOfPage = state === FolioState.folioDirty && chunk.from(i) % pageSize !== 0n;
    if (isWritten(state) && !isRestOfPage) return chunk.to(i);
  }
  return file.size;
}

/** That nobody has told the size of a file, for who shows it. */
export const sizeKnown = ({ how, size }: FileState): { readonly isSizeUnknown?: boolean } =>
  size === 0n && how === How.unknown ? { isSizeUnknown: true } : {};

/** The file as it is drawn: its last block whole. An empty one, or one whose size nobody told, is as wide as what it has space for, one block at least. */
export function endOf(file: FileState, pageSize: bigint): bigint {
  const block = BigInt(file.blockSize || 4096),
    size = seenSize(file, pageSize);
  return maxBig(ceilTo(size > 0n ? size : maxBig(reachOf(file.data), reachOf(file.pending)), block), block);
}

/** No file is longer (fact: loff_t is signed). */
const LONGEST = 1n << 63n;

/** Where the last extent that is something ends. */
function reachOf(map: ExtentMap): bigint {
  for (const chunk of map.pieces.toReversed())
    for (let i = chunk.n - 1; i >= 0; i--) if (!isNothing(typeOf(chunk, i))) return minBig(chunk.to(i), LONGEST);
  return 0n;
}

export const deviceViews = (model: Model): DeviceView[] =>
  [...model.devices.values()]
    .map(({ device, path, size, blockSize }) => ({ device, path: utf8Text(path), size, blockSize }))
    .sort((a, b) => a.device - b.device);

/** A strip that was not told yet has no place and no length; its column stays. */
export const layoutView = ({ index, from, nbytes, chunkSize, strips }: Layout): LayoutView => ({
  index,
  from,
  nbytes,
  chunkSize,
  strips: strips.map((strip) => (strip ? { ...strip } : { device: 0, addr: NO_ADDR, length: 0n })),
});

/** Changes of one moment, nanoseconds: a write that dirties its folios one by one is one change to the eye. */
const MOMENT = 50_000_000n;

/** Changes that touch and come together as one, in the order in which they began. */
export function strokes(changes: readonly FileWindow['changed'][number][]): FileWindow['changed'] {
  const out: { from: bigint; to: bigint; at: bigint }[] = [];
  for (const { from, to, at } of changes) {
    const near = out.findLast((stroke) => from <= stroke.to && to >= stroke.from && at - stroke.at < MOMENT);
    if (near) Object.assign(near, { from: minBig(near.from, from), to: maxBig(near.to, to) });
    else out.push({ from, to, at });
  }
  return out;
}

/** What a failed writeback dropped was written too, and the kernel's size keeps it. */
const written: ReadonlySet<number> = new Set([FolioState.dirty, FolioState.folioDirty, FolioState.writeback, FolioState.failed]);
const isWritten = (state: number): boolean => written.has(state);

/** Only what is dirty, going out or lost: the bar above the map shows no clean page. */
export function notClean(runs: FolioRuns): FolioRuns {
  const keep: number[] = [];
  for (let i = 0; i < runs.n; i++) if (isWritten(runs.state[i]!)) keep.push(i);
  return {
    n: keep.length,
    from: BigUint64Array.from(keep, (i) => runs.from[i]!),
    to: BigUint64Array.from(keep, (i) => runs.to[i]!),
    state: Uint8Array.from(keep, (i) => runs.state[i]!),
    order: Uint8Array.from(keep, (i) => runs.order[i]!),
    how: Uint8Array.from(keep, (i) => runs.how[i]!),
    since: BigUint64Array.from(keep, (i) => runs.since[i]!),
    binned: runs.binned,
  };
}
