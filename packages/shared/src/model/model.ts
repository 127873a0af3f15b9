import { type How, type SourceId } from '../trace/index.ts';
import { Files } from './files.ts';
import { Ios } from './ios.ts';
import { Messages } from './messages.ts';
import { Ops } from './ops.ts';
import { Recent } from './recent.ts';

export interface Device {
  readonly device: number;
  /** Path that can be opened, bytes as given. */
  readonly path: Uint8Array;
  readonly size: bigint;
  readonly blockSize: number;
  /** Kernel encoding (major << 20 | minor); 0 unknown. */
  readonly devT: number;
  readonly since: bigint;
  readonly source: SourceId;
  readonly how: How;
}

export interface Violation {
  readonly at: bigint;
  readonly op: number;
  readonly inode: number;
  readonly offset: bigint;
  /** `CODE sentence`. */
  readonly text: string;
  readonly source: SourceId;
}

export interface Mark {
  readonly at: bigint;
  readonly inode: number;
  readonly pid: number;
  readonly text: string;
  readonly source: SourceId;
}

/** Rows that a source lost between two times. */
export interface Loss {
  /** When the stream said so: all that was known before it is in doubt. */
  readonly at: bigint;
  readonly source: SourceId;
  /** -1: at least one, number unknown. */
  readonly rows: bigint;
  readonly cpu: number;
  readonly from: bigint;
  readonly to: bigint;
  /** 0: any. */
  readonly inode: number;
}

export interface SourceState {
  readonly source: SourceId;
  readonly since: bigint;
  /** JSON, as the row gave it. */
  readonly text: string;
}

/** The newest of each are kept: a snapshot carries all of them. */
export const KEEP_VIOLATIONS = 1024;
export const KEEP_MARKS = 1024;
export const KEEP_LOSSES = 1024;

export interface ModelOptions {
  /** Bytes: 4, 16 or 64 KiB. */
  readonly pageSize?: bigint;
  /** Ended ops (and I/Os) that are kept. */
  readonly keepOps?: number;
  /** Messages that are kept, and bytes of them. */
  readonly keepMessages?: number;
  readonly keepMessageBytes?: number;
}

/** What is known of everything, by events alone. `reduce` is the one way in; read it, do not write it. */
export class Model {
  readonly pageSize: bigint;
  /** Every row earlier has been reduced. */
  until = 0n;
  /** Rows reduced by this model itself, a keyframe's included. */
  rows = 0;
  /** Changes with every frame that had rows. */
  version = 0;
  readonly files = new Files();
  readonly devices = new Map<number, Device>();
  readonly ops: Ops;
  readonly ios: Ios;
  readonly messages: Messages;
  readonly violations = new Recent<Violation>(KEEP_VIOLATIONS);
  readonly marks = new Recent<Mark>(KEEP_MARKS);
  readonly losses = new Recent<Loss>(KEEP_LOSSES);
  readonly sources = new Map<number, SourceState>();
  /** Rows lost by sources, in all; one whose number is unknown counts as one. */
  lost = 0n;
  late = 0n;
  /** Rows the hub skipped for this client. */
  skipped = 0n;
  /** Between the begin and the end of a keyframe with inode 0: rows rebuild, they are not news. */
  rebuilding = false;
  /** Counts changes of maps that were news; a map's `sequence` is the number of its last. */
  mapChanges = 0;
  /** The inode whose section is being read, else 0. */
  section = 0;

  constructor(options: ModelOptions = {}) {
    this.pageSize = options.pageSize ?? 4096n;
    this.ops = new Ops((op, inode) => this.files.changeBeside(op, inode), options.keepOps);
    this.ios = new Ios(options.keepOps);
    this.messages = new Messages(options.keepMessages, options.keepMessageBytes);
  }

  /** Rows say how things are, not that they just became so. */
  get isNews(): boolean {
    return !this.rebuilding && this.section === 0;
  }

  /** Back to knowing nothing. What this client was skipped stays counted: it is not the stream's. */
  empty(): void {
    this.files.empty();
    this.devices.clear();
    this.ops.empty();
    this.ios.empty();
    this.messages.empty();
    this.violations.empty();
    this.marks.empty();
    this.losses.empty();
    this.sources.clear();
    this.lost = this.late = 0n;
    this.version++;
  }
}

/** An empty model: nothing is known. */
export const createModel = (options?: ModelOptions): Model => new Model(options);
