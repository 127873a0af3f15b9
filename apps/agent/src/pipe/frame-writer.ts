import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { setNonblock, write } from '@mapscope/native';
import { FrameBuilder, Kind, type SourceId } from '@mapscope/shared/trace';

/** While the pipe is full it is tried again so often. */
const RETRY_MS = 2;

const rowsOf = (frame: Uint8Array): number => new DataView(frame.buffer, frame.byteOffset).getUint32(12, true);
const untilOf = (frame: Uint8Array): bigint => new DataView(frame.buffer, frame.byteOffset).getBigUint64(32, true);

/**
 * Frames into a pipe, without ever waiting: what the reader has not taken yet is kept up to `maxBytes`, then whole frames are dropped, and
 * once there is room again a `lost` row says how many rows and between which times. A reader that is gone takes everything.
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
  private gap: { rows: number; from: bigint; to: bigint } | undefined;
  private last = 0n;
  private retry: NodeJS.Timeout | undefined;
  private isOpen = true;

  constructor(fd: number, maxBytes: number, source: SourceId) {
    this.fd = fd;
    this.maxBytes = maxBytes;
    this.source = source;
    setNonblock(fd, true);
  }

  send(frame: Uint8Array): void {
    if (!this.isOpen) return;
    if (this.queued > 0) this.drain();
    if (this.gap && this.queued <= this.maxBytes / 2) this.tellGap();
    if (this.gap || this.queued + frame.length > this.maxBytes) this.drop(frame);
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
    const rows = rowsOf(frame),
      to = untilOf(frame);
    if (rows === 0) return;
    this.lost += rows;
    this.gap = { rows: (this.gap?.rows ?? 0) + rows, from: this.gap?.from ?? this.last, to };
  }

  private tellGap(): void {
    const { rows, from, to } = this.gap!,
      row = new FrameBuilder(1),
      i = row.row(Kind.lost, to);
    row.source[i] = this.source;
    row.result[i] = BigInt(rows);
    row.offset[i] = from;
    row.length[i] = to;
    this.gap = undefined;
    this.push(row.take(to));
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
