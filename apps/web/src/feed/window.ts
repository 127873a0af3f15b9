/**
 * What the worker hands to the views: the part of the model that is in view, as typed arrays (transferred, not copied).
 * Ranges are half-open. Nothing here is a reference into the model, so a frozen picture stays as it was.
 */

// Runs and spans are the model's own: `binned` says that a window had more of them than pixels.
import type { ExtentRuns, FolioRuns, OpSpans, StripOverlap, Totals } from '@mapscope/shared/model';

export type { ExtentRuns, FolioRuns, OpSpans, StripOverlap, Totals };

export interface DeviceView {
  readonly device: number;
  readonly path: string;
  readonly size: bigint;
  readonly blockSize: number;
}

export interface StripView {
  readonly device: number;
  /** se_offset, se_len, bytes. */
  readonly addr: bigint;
  readonly length: bigint;
}

export interface LayoutView {
  readonly index: number;
  /** First file byte; ie_nbytes. */
  readonly from: bigint;
  readonly nbytes: bigint;
  readonly chunkSize: bigint;
  readonly strips: readonly StripView[];
}

/** Another file's extents on the same places. */
export interface SharerView {
  readonly inode: number;
  readonly path: string;
  readonly size: bigint;
  /** The part of it that holds these places; what lies before and after is not told. */
  readonly runs: ExtentRuns;
}

export interface FileWindow {
  readonly inode: number;
  readonly path: string;
  readonly gone: boolean;
  readonly size: bigint;
  /** Nobody has told its size: `size` is 0, or where the last dirty page of it ends. */
  readonly isSizeUnknown?: boolean;
  /** Of what is drawn: the last block whole, one at least. */
  readonly end: bigint;
  /** The filesystem's own, where `size` is more: a cached write has made the file longer, and nobody has told the filesystem yet. */
  readonly reportedSize?: bigint;
  readonly blockSize: number;
  readonly pageSize: number;
  readonly from: bigint;
  readonly to: bigint;
  readonly data: ExtentRuns;
  readonly pending: ExtentRuns;
  readonly folios: FolioRuns;
  readonly layouts: readonly LayoutView[];
  /** Bytes of a device that two strips have: a flaw of the layouts. `extent` of it is a place in `layouts`. */
  readonly overlaps: readonly StripOverlap[];
  readonly devices: readonly DeviceView[];
  readonly sharers: readonly SharerView[];
  /** Over the whole file, bytes. */
  readonly totals: Totals;
  /** The whole file at a glance, for the bar above the map and the list: at most 512 runs; binned where there are more. */
  readonly overview: ExtentRuns;
  readonly overviewDirty: FolioRuns;
  /** Ranges that changed lately, newest last, for the flash. */
  readonly changed: readonly { readonly from: bigint; readonly to: bigint; readonly at: bigint }[];
  /** Folio state comes from: shown in the header. */
  readonly foliosFrom: 'tracepoints' | 'cachestat' | 'none';
  /** Nobody tells any more: it is what was told until then. */
  readonly foliosAreOver: boolean;
  /** The model's clock, nanoseconds CLOCK_MONOTONIC. */
  readonly until: bigint;
}

/** One row of the Files list. */
export interface FileSummary {
  readonly inode: number;
  readonly path: string;
  readonly gone: boolean;
  readonly size: bigint;
  /** Nobody has told its size: `size` is 0, or where the last dirty page of it ends. */
  readonly isSizeUnknown?: boolean;
  readonly pieces: number;
  readonly dirty: bigint;
  readonly striped: boolean;
  readonly overview: ExtentRuns;
  readonly overviewDirty: FolioRuns;
}
