import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { setNonblock, write } from '@mapscope/native';
import { decodeFrame, FrameBuilder, Kind, type SourceId } from '@mapscope/shared/trace';
import { isFlaw } from '@mapscope/shared/units';

/** While the pipe is full it is tried again so often. */
const RETRY_MS = 2;

/** What is said once and by nobody again: it is kept when the frame that says so is dropped. */
const saidOnce: ReadonlySet<number> = new Set([Kind.inodeGone, Kind.source, Kind.lost, Kind.late]);

/** What is being left out: rows, and from which time to which. */
interface Gap {
  rows: number;
  readonly from: bigint;
  to: bigint;
  readonly kept: FrameBuilder;
}

const rowsOf = (frame: Uint8Array): number => new DataView(frame.buffer, frame.byteOffset).getUint32(12, true);
const untilOf = (frame: Uint8Array): bigint => new DataView(frame.buffer, frame.byteOffset).getBigUint64(32, true);

/**
 * Frames into a pipe, without ever waiting: what the reader has not taken yet is kept up to `maxBytes`, or one frame, then whole frames are
 * dropped, and once there is room again a `lost` row says how many rows and between which times. A reader that is gone takes everything.
 */
export class FrameWriter {
  /** Rows dropped since the start. */
  lost = 0;
  private readonly fd: number;
  private readonly maxBytes: number;
  private readonly source: SourceId;
  private readonly queue: Uint8Array[] = [];
  private queued = 0;
  /** Of the first frame of the queue: it is written to its end, whatever happens. */
  private written = 0;
  private gap: Gap | undefined;
  private last = 0n;
  private retry: NodeJS.Timeout | undefined;
  private isOpen = true;
  private readonly onGap: () => void;

  /** `onGap`: a `lost` row is on its way, so that what is sent from now on comes behind it. */
  constructor(fd: number, maxBytes: number, source: SourceId, onGap: () => void = () => undefined) {
    this.fd = fd;
    this.maxBytes = maxBytes;
    this.source = source;
    this.onGap = onGap;
    setNonblock(fd, true);
  }

  /** The reader keeps up: who has more to say than has to be said now may say it. */
  get hasRoom(): boolean {
    return this.queued <= this.maxBytes / 4;
  }

  send(frame: Uint8Array): void {
    if (!this.isOpen) return;
    if (this.queued > 0) this.drain();
    if (this.gap && this.queued <= this.maxBytes / 2) this.tellGap();
    if (this.gap || (this.queued > 0 && this.queued + frame.length > this.maxBytes)) this.drop(frame);
    else {
      this.push(frame);
      this.drain();
    }
  }

  /** Gives what is kept another `waitMs` to leave, then closes the pipe. */
  async close(waitMs: number): Promise<void> {
    const deadline = performance.now() + waitMs;
    while (this.isOpen && (this.queued > 0 || this.gap) && performance.now() < deadline) {
      if (this.gap && this.queued === 0) this.tellGap();
      this.drain();
      if (this.queued > 0) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    clearTimeout(this.retry);
    if (!this.isOpen) return;
    this.isOpen = false;
    closeSync(this.fd);
  }

  private push(frame: Uint8Array): void {
    this.queue.push(frame);
    this.queued += frame.length;
    this.last = untilOf(frame);
  }

  private drop(frame: Uint8Array): void {
    if (rowsOf(frame) === 0) return;
    const gap = (this.gap ??= { rows: 0, from: this.last, to: 0n, kept: new FrameBuilder(64) }),
      rows = rowsOf(frame) - keep(frame, gap.kept);
    this.lost += rows;
    gap.rows += rows;
    gap.to = untilOf(frame);
  }

  private tellGap(): void {
    const { rows, from, to, kept } = this.gap!,
      row = new FrameBuilder(1),
      i = row.row(Kind.lost, to);
    row.source[i] = this.source;
    row.result[i] = BigInt(rows);
    row.offset[i] = from;
    row.length[i] = to;
    kept.time.fill(to);
    this.gap = undefined;
    if (rows > 0) this.push(row.take(to));
    if (kept.count > 0) this.push(kept.take(to));
    this.drain();
    if (rows > 0) this.onGap();
  }

  private drain(): void {
    // Asked each time: behind a reader that has gone the number may be another file's already.
    while (this.isOpen && this.queue.length > 0) {
      const frame = this.queue[0]!,
        n = write(this.fd, frame, this.written);
      if (n === -constants.errno.EAGAIN) break;
      if (n < 0) return this.readerGone();
      this.written += n;
      if (this.written < frame.length) continue;
      this.queue.shift();
      this.queued -= frame.length;
      this.written = 0;
    }
    if (this.isOpen && this.queued > 0)
      this.retry ??= setTimeout(() => {
        this.retry = undefined;
        this.drain();
      }, RETRY_MS);
  }

  private readerGone(): void {
    this.queue.length = 0;
    this.queued = 0;
    this.gap = undefined;
    this.isOpen = false;
    closeSync(this.fd);
  }
}

/** Copies the rows of a frame that are said once, as far as they fit one frame. Answers how many. */
function keep(bytes: Uint8Array, into: FrameBuilder): number {
  const frame = decodeFrame(bytes),
    before = into.count;
  if (isFlaw(frame)) return 0;
  for (let i = 0; i < frame.count && !into.isFull; i++) if (saidOnce.has(frame.kind[i]!)) into.copy(frame, i);
  return into.count - before;
}
