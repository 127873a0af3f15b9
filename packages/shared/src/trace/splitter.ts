import { type Flaw, flaw, isFlaw } from '../units/index.ts';
import { decodeFrame, type Frame, FRAME_MAGIC, frameSize } from './frame.ts';

export interface SplitterOptions {
  /**
   * What to do behind a flaw. `stop`: a pipe that is out of step stays so, everything after is refused. `resync`: look for the
   * next frame that can be one (a damaged file); one flaw a gap.
   */
  readonly behindFlaw?: 'stop' | 'resync';
}

/**
 * Whole frames out of chunks of any size, as a pipe, a socket or a file gives them. A frame that lies in one chunk is a view of
 * it; one that spans chunks is put together in a buffer of its own size (at most MAX_FRAME, known from its first 12 bytes).
 * So a chunk must not be written to again once it was fed.
 *
 *   between frames --12 bytes--> size known --all bytes--> frame, between frames
 *        \---- no frame can begin so ----> flaw: stopped, or looking for the next magic
 */
export class FrameSplitter {
  private readonly resync: boolean;
  /** Beginning of a frame that is not whole yet. */
  private rest: Uint8Array = new Uint8Array(0);
  private have = 0;
  private stopped: Flaw | undefined;
  /** Looking for the next magic: the flaw was told. */
  private isLost = false;
  /** Bytes given up between frames. */
  skipped = 0;
  /** Place in the stream of the first byte of what is being looked at, so that a flaw says where it is. */
  private origin = 0;

  constructor(options: SplitterOptions = {}) {
    this.resync = options.behindFlaw === 'resync';
  }

  /** Bytes held of a frame that is not whole: not 0 at the end of the input means that it was cut. */
  get pending(): number {
    return this.have;
  }

  /** Frames and flaws in the order of the bytes. After a flaw that stops, the answer is always empty. */
  feed(chunk: Uint8Array): (Frame | Flaw)[] {
    const out: (Frame | Flaw)[] = [];
    let at = 0;
    while (at < chunk.length && !this.stopped) {
      if (this.have > 0) at = this.grow(chunk, at, out);
      else at = this.take(chunk, at, out);
    }
    this.origin += chunk.length;
    return out;
  }

  /** Frames straight out of the chunk; what is left of it at the end is kept. */
  private take(chunk: Uint8Array, at: number, out: (Frame | Flaw)[]): number {
    const size = frameSize(chunk, at);
    if (isFlaw(size)) return this.step(chunk, at, size, out);
    if (size === undefined || chunk.length - at < size) {
      this.keep(chunk.subarray(at), size ?? 12);
      return chunk.length;
    }
    const frame = decodeFrame(chunk, at);
    if (isFlaw(frame)) return this.step(chunk, at, frame, out, size);
    this.isLost = false;
    out.push(frame);
    return at + size;
  }

  /** Bytes of `chunk` onto what is kept, until the frame is whole. */
  private grow(chunk: Uint8Array, at: number, out: (Frame | Flaw)[]): number {
    const wanted = Math.min(this.rest.length - this.have, chunk.length - at);
    this.rest.set(chunk.subarray(at, at + wanted), this.have);
    this.have += wanted;
    if (this.have < this.rest.length) return at + wanted;
    // The buffer is full: it is a header whose size is to be looked at, or a whole frame.
    const bytes = this.rest,
      size = frameSize(bytes),
      before = this.origin;
    this.have = 0;
    this.origin += at + wanted - bytes.length;
    if (typeof size === 'number' && size > bytes.length) this.keep(bytes, size);
    // What a flaw leaves of the kept bytes is looked at again: the next frame may begin inside it.
    else for (let k = 0; k < bytes.length && !this.stopped && this.have === 0;) k = this.take(bytes, k, out);
    this.origin = before;
    return at + wanted;
  }

  private keep(bytes: Uint8Array, room: number): void {
    this.rest = new Uint8Array(room);
    this.rest.set(bytes);
    this.have = bytes.length;
  }

  /** A flaw at `at`; answers where to look next. A frame whose ends are known but whose inside is wrong is skipped whole. */
  private step(chunk: Uint8Array, at: number, found: Flaw, out: (Frame | Flaw)[], size = 1): number {
    if (!this.isLost) out.push(flaw({ ...found, at: this.origin + found.at }));
    if (!this.resync) {
      this.stopped = found;
      return chunk.length;
    }
    this.isLost = size === 1;
    const next = size === 1 ? nextMagic(chunk, at + 1) : at + size;
    this.skipped += next - at;
    return next;
  }
}

/** Where the next frame may begin: a whole magic, or the beginning of one at the end. */
function nextMagic(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    let k = 0;
    while (k < 4 && at + k < bytes.length && bytes[at + k] === ((FRAME_MAGIC >>> (8 * k)) & 0xff)) k++;
    if (k === 4 || at + k === bytes.length) return at;
  }
  return bytes.length;
}
