import type {
  Apart,
  Extent,
  Fault,
  FolioRun,
  Io,
  Ioend,
  Loss,
  Mark,
  Message,
  Op,
  OpSpans,
  Place,
  ReadIn,
  Violation,
} from '@mapscope/shared/model';
import type { Link } from './link.ts';
import type { Overview } from './overview.ts';
import type { ReplayView } from './replay.ts';
import type { Target } from './target.ts';
import type { DeviceView, FileSummary, FileWindow, LayoutView } from './window.ts';

export type FileSort = 'name' | 'size' | 'pieces' | 'dirty';

/** What is on screen now: one question a frame, so that all parts of the answer are of one moment. */
export interface Look {
  readonly file: { readonly inode: number; readonly path: string; readonly from: bigint; readonly to: bigint | undefined } | undefined;
  readonly files: { readonly first: number; readonly count: number; readonly sort: FileSort; readonly filter: string };
  /** `end` undefined: the newest. `columns`: pixels that the span has. */
  readonly ops: { readonly span: bigint; readonly end: bigint | undefined; readonly columns: number };
  readonly subject: Target | undefined;
  /** Keys of the last answer: a part whose key is still the same is left out. */
  readonly seen: Partial<Keys>;
}

export interface Keys {
  readonly file: string;
  readonly files: string;
  readonly ops: string;
  readonly detail: string;
}

/** A part left out has not changed; null: there is none. */
export interface Looked {
  readonly until: bigint;
  readonly keys: Keys;
  /** A part changed that is not told yet, since it was told a moment ago: ask again soon. */
  readonly isBehind: boolean;
  readonly file?: FileWindow | null;
  readonly files?: FilesPage;
  readonly ops?: OpsWindow;
  readonly detail?: Detail | null;
}

/** Rows `first` and on of the sorted, filtered list of files. */
export interface FilesPage {
  readonly first: number;
  readonly rows: readonly FileSummary[];
  /** Rows of the whole list. */
  readonly total: number;
  /** Files that are there, filtered or not; and what of them is dirty, bytes. */
  readonly known: number;
  readonly dirty: bigint;
  /** Bytes of which that is not known. */
  readonly foliosUnknown: bigint;
}

/** Operations of a stretch of time, what was lost in it and elsewhere, and how busy the whole recording was. */
export interface OpsWindow {
  readonly from: bigint;
  readonly to: bigint;
  readonly spans: OpSpans;
  /** 1: the op of this row was answered storage that is new. */
  readonly fresh: Uint8Array;
  /** Of the machine, bytes. */
  readonly pageSize: bigint;
  readonly names: readonly LaneName[];
  readonly losses: readonly Loss[];
  readonly marks: readonly Mark[];
  readonly overview: Overview;
  /** Ops older than this are not here. */
  readonly kept: bigint;
  /** Nor are those later than this. */
  readonly until: bigint;
}

export interface LaneName {
  readonly inode: number;
  readonly path: string;
  readonly isFile: boolean;
}

export interface OpDetail {
  readonly op: Op;
  readonly parent: Op | undefined;
  /** At most 64, oldest first. */
  readonly children: readonly Op[];
  readonly childCount: number;
  readonly ios: readonly Io[];
  /** Of a READ that filled the page cache. */
  readonly readIn: ReadIn | undefined;
  /** Of a writeback. */
  readonly ioend: IoendDetail | undefined;
  /** Of a fault: what was tried one after the other, the largest page first. */
  readonly faults: readonly Fault[];
  readonly messages: readonly Message[];
  readonly violations: readonly Violation[];
}

/** The I/O that runs of dirty bytes went into, and what was written beside it without becoming a part of it. */
export interface IoendDetail {
  readonly it: Ioend;
  /** 0: not known how many. */
  readonly runs: number;
  readonly before: BesideDetail | undefined;
  readonly after: BesideDetail | undefined;
}

export interface BesideDetail {
  readonly it: Ioend;
  readonly op: Op;
  /** All reasons; none: nothing in the two kept them apart. */
  readonly why: readonly Apart[];
}

export interface ExtentDetail {
  readonly extent: Extent;
  readonly layer: 'data' | 'pending';
  /** Place on the device of the extent before and after it in the file, to say the distance; undefined: none. */
  readonly before: Extent | undefined;
  readonly cached: bigint;
  readonly dirty: bigint;
  readonly writeback: bigint;
  /** Bytes of which that is not known. */
  readonly foliosUnknown: bigint;
  readonly madeBy: Op | undefined;
  readonly sharers: readonly { readonly inode: number; readonly path: string }[];
}

export interface FolioDetail {
  readonly run: FolioRun;
  readonly madeBy: Op | undefined;
  /** Where the bytes are, or will be. */
  readonly under: Extent | undefined;
}

export interface ChunkDetail {
  readonly layout: LayoutView;
  readonly place: Place;
  readonly used: readonly bigint[];
  readonly slack: readonly bigint[];
}

/** What the inspector shows. `touched`: the newest operations on the subject (or the file), newest first. */
export interface Detail {
  readonly subject: Target | undefined;
  readonly inode: number;
  readonly path: string;
  readonly gone: boolean;
  readonly blockSize: number;
  readonly pageSize: number;
  readonly fileInfo: { readonly ino: bigint; readonly mode: number; readonly since: bigint; readonly how: number } | undefined;
  readonly devices: readonly DeviceView[];
  readonly touched: readonly Op[];
  readonly touchedCount: number;
  /** Programs have persistent memory of it to write to: what they store there, nobody sees. */
  readonly storesUnseen: boolean;
  readonly op: OpDetail | undefined;
  readonly extent: ExtentDetail | undefined;
  readonly folio: FolioDetail | undefined;
  readonly chunk: ChunkDetail | undefined;
}

export interface SourceView {
  readonly source: number;
  readonly name: string;
  readonly state: 'ok' | 'unavailable' | 'ended';
  readonly why: string;
  readonly help: string;
  readonly folios: 'tracepoints' | 'cachestat' | 'none';
  /** The recording that the agent plays instead of looking at anything that runs; '': it is no recording. */
  readonly recording: string;
  /** The ring buffer that it reads. */
  readonly buffer: BufferView | undefined;
}

export interface BufferView {
  /** Of each CPU. */
  readonly bytes: number;
  /** How full that of the fullest CPU was in the last second, and at most; percent. */
  readonly fill: number;
  readonly most: number;
}

/** The doorbell: small, at most one a frame. What it is about is asked for by `Look`. */
export interface Pulse {
  readonly link: Link;
  /** The moment on screen, nanoseconds; 0: nothing heard yet. */
  readonly until: bigint;
  /** The newest moment that can be shown. */
  readonly newest: bigint;
  /** The time cursor; undefined: it is at the newest, and goes on with it. */
  readonly replay: ReplayView | undefined;
  /** Whether other moments than the newest can be shown. */
  readonly isRecorded: boolean;
  /** Where the clock on screen begins. */
  readonly origin: bigint;
  readonly version: number;
  /** Rows in all, and a second. */
  readonly rows: number;
  readonly rate: number;
  /** Rows lost, without those of `lossesUnknown`. */
  readonly lost: bigint;
  /** Losses in all. */
  readonly losses: number;
  /** Losses whose number of rows is not known. */
  readonly lossesUnknown: number;
  readonly skipped: bigint;
  readonly files: number;
  /** The first sections are in: what is shown is whole. */
  readonly isSettled: boolean;
  readonly sources: readonly SourceView[];
}
