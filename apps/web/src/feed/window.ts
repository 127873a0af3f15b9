/**
 * What the worker hands to the views: the part of the model that is in view, as typed arrays (transferred, not copied).
 * Ranges are half-open. Nothing here is a reference into the model, so a frozen picture stays as it was.
 */

/** Extents of one map, sorted by file offset, neighbours that touch are not fused here. */
export interface ExtentRuns {
  readonly n: number;
  readonly from: BigUint64Array;
  readonly to: BigUint64Array;
  /** 2^64 - 1: no place. */
  readonly addr: BigUint64Array;
  readonly device: Uint16Array;
  /** MapType. */
  readonly type: Uint16Array;
  /** Wire flags: SHARED, MERGED, BOUNDARY, DIRTY … */
  readonly flags: Uint32Array;
  /** How. */
  readonly how: Uint8Array;
  /** Op that made it so; 0 unknown. */
  readonly op: Uint32Array;
  /** When it became known, nanoseconds. */
  readonly since: BigUint64Array;
}

/** The page cache of the window as runs of one state; `order` of the folios, 0xff where unknown. */
export interface FolioRuns {
  readonly n: number;
  readonly from: BigUint64Array;
  readonly to: BigUint64Array;
  /** FolioState: added (not uptodate), clean, dirty, folioDirty, writeback, failed. */
  readonly state: Uint8Array;
  readonly order: Uint8Array;
  readonly how: Uint8Array;
  readonly since: BigUint64Array;
}

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
  readonly runs: ExtentRuns;
}

export interface FileWindow {
  readonly inode: number;
  readonly path: string;
  readonly gone: boolean;
  readonly size: bigint;
  readonly blockSize: number;
  readonly pageSize: number;
  readonly from: bigint;
  readonly to: bigint;
  readonly data: ExtentRuns;
  readonly pending: ExtentRuns;
  readonly folios: FolioRuns;
  readonly layouts: readonly LayoutView[];
  readonly devices: readonly DeviceView[];
  readonly sharers: readonly SharerView[];
  /** Totals over the whole file, bytes. */
  readonly totals: {
    readonly mapped: bigint;
    readonly unwritten: bigint;
    readonly delalloc: bigint;
    readonly hole: bigint;
    readonly inline: bigint;
    readonly unknown: bigint;
    readonly shared: bigint;
    readonly cached: bigint;
    readonly dirty: bigint;
    readonly writeback: bigint;
    readonly failed: bigint;
    readonly pieces: number;
  };
  /** The whole file at a glance, for the bar above the map and the list: at most 512 runs; binned where there are more. */
  readonly overview: ExtentRuns;
  readonly overviewDirty: FolioRuns;
  /** Ranges that changed lately, newest last, for the flash. */
  readonly changed: readonly { readonly from: bigint; readonly to: bigint; readonly at: bigint }[];
  /** Folio state comes from: shown in the header. */
  readonly foliosFrom: 'tracepoints' | 'cachestat' | 'none';
  /** The model's clock, nanoseconds CLOCK_MONOTONIC. */
  readonly until: bigint;
}

/** One row of the Files list. */
export interface FileSummary {
  readonly inode: number;
  readonly path: string;
  readonly gone: boolean;
  readonly size: bigint;
  readonly pieces: number;
  readonly dirty: bigint;
  readonly striped: boolean;
  readonly overview: ExtentRuns;
}

/** Spans in a time window for Operations: one entry an op, begin order. */
export interface OpSpans {
  readonly n: number;
  readonly op: Uint32Array;
  readonly inode: Uint32Array;
  readonly begin: BigUint64Array;
  /** 2^64 - 1: still open. */
  readonly end: BigUint64Array;
  readonly reply: BigUint64Array;
  /** OpType. */
  readonly type: Uint16Array;
  /** Asker. */
  readonly role: Uint8Array;
  /** opflags, or opcode of a request. */
  readonly flags: Uint32Array;
  readonly offset: BigUint64Array;
  readonly length: BigUint64Array;
  readonly result: BigInt64Array;
  readonly errno: Int16Array;
  readonly pid: Int32Array;
  readonly parent: Uint32Array;
  readonly source: Uint8Array;
}
