import type { Frame, SourceId } from '@mapscope/shared/trace';

/** What a source writes to. */
export interface Stream {
  /** A frame; its bytes are the stream's from now on. */
  take(frame: Frame): void;
  /** Nothing more comes, so nobody waits for this stream. */
  end(): void;
  /** Everything earlier has come. */
  readonly passed: bigint;
}

/** A stream's rows that have not left yet, in order. */
export class Inlet implements Stream {
  readonly source: SourceId;
  /** It is not waited for longer than this. Nanoseconds. */
  readonly patience: bigint;
  /** The frame whose row `row` is next. Only while `bytes` > 0. */
  frame!: Frame;
  row = 0;
  /** Encoded bytes that wait. */
  bytes = 0;
  /** Everything earlier has come. */
  passed = 0n;
  /** Time of the newest row. */
  newest = 0n;
  isOver = false;
  /** Rows that came too late and have not been told of yet; and in all. */
  late = 0;
  lateTotal = 0;
  private readonly queue: Frame[] = [];
  /** Frames whose times were changed: their encoded bytes say something else. */
  private readonly changed = new WeakSet<Frame>();
  private readonly watermark: () => bigint;

  constructor(source: SourceId, patience: bigint, watermark: () => bigint) {
    this.source = source;
    this.patience = patience;
    this.watermark = watermark;
  }

  take(frame: Frame): void {
    if (frame.until > this.passed) this.passed = frame.until;
    if (frame.count === 0) return;
    this.stamp(frame);
    this.queue.push(frame);
    if (this.bytes === 0) this.begin(frame);
    this.bytes += frame.bytes.length;
  }

  end(): void {
    this.isOver = true;
  }

  /** Time of the next row. */
  get time(): bigint {
    return this.frame.time[this.row]!;
  }

  /** There is a row earlier than `mark`. */
  has(mark: bigint): boolean {
    return this.bytes > 0 && this.time < mark;
  }

  /** A frame begins here, is earlier than `mark` as a whole, and its bytes are as it came. */
  isWhole(mark: bigint): boolean {
    return this.row === 0 && this.frame.time[this.frame.count - 1]! < mark && !this.changed.has(this.frame);
  }

  nextRow(): void {
    if (++this.row === this.frame.count) this.nextFrame();
  }

  nextFrame(): void {
    this.bytes -= this.queue.shift()!.bytes.length;
    if (this.queue.length > 0) this.begin(this.queue[0]!);
  }

  private begin(frame: Frame): void {
    this.frame = frame;
    this.row = 0;
  }

  /** Rows behind the watermark, or behind a row of their own stream, get the earliest time that is still to come. */
  private stamp(frame: Frame): void {
    const { time, count } = frame,
      watermark = this.watermark();
    let least = this.newest > watermark ? this.newest : watermark,
      late = 0;
    for (let i = 0; i < count; i++) {
      const at = time[i]!;
      if (at >= least) least = at;
      else {
        time[i] = least;
        late++;
      }
    }
    this.newest = least;
    if (late === 0) return;
    this.changed.add(frame);
    this.late += late;
    this.lateTotal += late;
  }
}
