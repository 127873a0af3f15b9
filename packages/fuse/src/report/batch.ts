import { FrameBuilder, How, type Kind, SourceId } from '@mapscope/shared/trace';

export interface BatchOptions {
  /** Gets every encoded frame, in order. */
  readonly sink: (frame: Uint8Array) => void;
  /** CLOCK_MONOTONIC in nanoseconds; `process.hrtime` is that clock on Linux. */
  readonly clock?: () => bigint;
  readonly source?: SourceId;
}

const MS = 1_000_000;
/** A batch waits no longer than this after the frame before, so that what happened is on the page soon. */
const FLUSH_NS = 10n * BigInt(MS);
/**
 * A writer with nothing to say says how far it is this often. Readers that merge us with what others saw wait for it: behind a writeback cache
 * each dirty page does.
 */
const BEAT_NS = 20n * BigInt(MS);
/** A batch this long goes out at once. */
const FLUSH_ROWS = 8192;

/** Rows of one source on their way into frames. They carry the newest `tick`, so their times never go back. */
export class Batch {
  /** Time of the rows that are written now. */
  at: bigint;
  protected readonly rows = new FrameBuilder(FLUSH_ROWS + 1024);
  protected readonly source: SourceId;
  private readonly sink: (frame: Uint8Array) => void;
  private readonly clock: () => bigint;
  private sequence = 0;
  private sent = 0;
  private sentAt: bigint;

  constructor(options: BatchOptions) {
    this.sink = options.sink;
    this.clock = options.clock ?? (() => process.hrtime.bigint());
    this.source = options.source ?? SourceId.fuse;
    this.at = this.sentAt = this.clock();
  }

  /** Rows so far. */
  get told(): number {
    return this.sent + this.rows.count;
  }

  /** Move the rows' time to now. */
  tick(): bigint {
    return (this.at = this.clock());
  }

  /** Milliseconds from the newest tick until a frame is due; 0: it is. */
  get dueMs(): number {
    const left = this.sentAt + (this.rows.count > 0 ? FLUSH_NS : BEAT_NS) - this.at;
    return left > 0n ? Math.ceil(Number(left) / MS) : 0;
  }

  /** Send what was collected if a frame is due by the newest tick; an empty one moves the readers' clock. `anyway`: due or not. */
  flush(anyway = false): void {
    if (anyway || this.dueMs === 0) this.send();
  }

  /** A new row, its source, time and `how` set. */
  protected row(kind: Kind): number {
    if (this.rows.count >= FLUSH_ROWS || this.rows.isFull) this.send();
    const i = this.rows.row(kind, this.at);
    this.rows.source[i] = this.source;
    this.rows.how[i] = How.observed;
    return i;
  }

  private send(): void {
    this.sentAt = this.at;
    this.sent += this.rows.count;
    this.sink(this.rows.take(this.at, { sequence: this.sequence++ }));
  }
}
