import { FrameBuilder, Kind, type SourceId, stampClock } from '@mapscope/shared/trace';
import { maxBig } from '@mapscope/shared/units';
import { Inlet, type Stream } from './inlet.ts';

export interface MergeOptions {
  /** Gets every merged frame, encoded; its bytes are the sink's. */
  readonly sink: (frame: Uint8Array) => void;
  /** An idle stream moves its readers' clock so often. Nanoseconds. */
  readonly beat?: bigint;
  /** Bytes that may wait for others; past them they go, whoever is waited for. */
  readonly maxBytes?: number;
}

/** A merged frame is sent when it has so many rows, even in the middle of a moment. */
const MAX_FRAME_ROWS = 8192;

/** Nanoseconds that a stream is waited for. */
const PATIENCE = 20_000_000n;

/**
 * Several streams of frames into one, by time; at the same time the stream that was opened first goes first. Rows wait until every
 * stream's clock has passed them, or is not waited for any longer: that is the watermark. Everything is columns, no object a row.
 *
 *   fuse     ──o──o────o──|passed
 *   tracefs  ────o──o─o───────|passed          rows before the watermark leave, in order
 *            ─────────────|watermark = the slowest clock, or now − its patience
 */
export class Merge {
  private readonly options: Required<MergeOptions>;
  private readonly inlets: Inlet[] = [];
  private readonly out = new FrameBuilder(1024);
  private sequence = 0;
  /** Every row earlier has left; what comes earlier now is late. */
  private watermark = 0n;
  /** `until` of the last frame that was sent. */
  private said = 0n;

  constructor(options: MergeOptions) {
    this.options = { beat: 25_000_000n, maxBytes: 32 << 20, ...options };
  }

  /** A new stream; its rows come in the order of their times. A row that comes after more than `patience` may be late: stamped and counted. */
  open(source: SourceId, patience = PATIENCE): Stream {
    const inlet = new Inlet(source, patience, () => this.watermark);
    this.inlets.push(inlet);
    return inlet;
  }

  /** Rows that came behind the watermark, so far. */
  get late(): number {
    return this.inlets.reduce((sum, inlet) => sum + inlet.lateTotal, 0);
  }

  /** Bytes that wait. */
  get waiting(): number {
    return this.inlets.reduce((sum, inlet) => sum + inlet.bytes, 0);
  }

  /** Sends what nobody is waited for any more. `now`: the streams' clock. */
  release(now: bigint): void {
    this.releaseTo(this.markAt(now));
    if (this.watermark - this.said >= this.options.beat) this.send(this.watermark);
  }

  /** Sends everything: no stream will say more. */
  end(): void {
    let last = this.watermark;
    for (const { newest, passed } of this.inlets) last = maxBig(last, maxBig(newest + 1n, passed));
    this.releaseTo(last);
    if (last > this.said) this.send(last);
  }

  private markAt(now: bigint): bigint {
    let mark: bigint | undefined;
    for (const inlet of this.inlets) {
      if (inlet.isOver) continue;
      const at = maxBig(inlet.passed, now - inlet.patience);
      if (mark === undefined || at < mark) mark = at;
    }
    mark ??= now;
    if (this.waiting > this.options.maxBytes) for (const { newest } of this.inlets) if (newest >= mark) mark = newest + 1n;
    return maxBig(mark, this.watermark);
  }

  private releaseTo(mark: bigint): void {
    for (const inlet of this.inlets) if (inlet.late > 0) this.sayLate(inlet);
    for (let inlet = this.next(mark); inlet; inlet = this.next(mark)) {
      if (inlet.isWhole(mark) && this.isAlone(inlet, mark)) this.pass(inlet, mark);
      else this.copy(inlet);
    }
    this.watermark = mark;
    if (this.out.count > 0) this.send(mark);
  }

  /** The stream whose row is next. */
  private next(mark: bigint): Inlet | undefined {
    let found: Inlet | undefined;
    for (const inlet of this.inlets) if (inlet.has(mark) && (!found || inlet.time < found.time)) found = inlet;
    return found;
  }

  private isAlone(one: Inlet, mark: bigint): boolean {
    for (const inlet of this.inlets) if (inlet !== one && inlet.has(mark)) return false;
    return true;
  }

  /** A whole frame as it is: only its clock and number are another's. */
  private pass(inlet: Inlet, mark: bigint): void {
    if (this.out.count > 0) this.send(inlet.time);
    const { bytes, time, count } = inlet.frame;
    inlet.nextFrame();
    this.said = this.next(mark) ? time[count - 1]! : mark;
    stampClock(bytes, this.said, this.sequence++);
    this.options.sink(bytes);
  }

  private copy(inlet: Inlet): void {
    if (this.out.count >= MAX_FRAME_ROWS || this.out.isFull) this.send(inlet.time);
    this.out.copy(inlet.frame, inlet.row);
    inlet.nextRow();
  }

  private sayLate(inlet: Inlet): void {
    const i = this.out.row(Kind.late, this.watermark);
    this.out.source[i] = inlet.source;
    this.out.result[i] = BigInt(inlet.late);
    inlet.late = 0;
  }

  private send(until: bigint): void {
    this.said = until;
    this.options.sink(this.out.take(until, { sequence: this.sequence++ }));
  }
}
