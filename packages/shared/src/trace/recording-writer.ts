import { BlockType, encodeBlock, encodeTrailer, MAX_BLOCK, Packing } from './block.ts';
import { type BlockEntry, encodeIndex, EntryCounter } from './block-index.ts';
import type { Frame } from './frame.ts';
import { encodeRecordingHeader, type RecordingHeader } from './recording-header.ts';

export interface WriterOptions {
  readonly header: RecordingHeader;
  /** Deflate without a wrapper, at once; blocks are stored as they are if left out. */
  readonly deflate?: (bytes: Uint8Array) => Uint8Array;
  /** Bytes of frames after which a block is closed. */
  readonly blockBytes?: number;
  /** A keyframe is wanted when the log since the last is larger than it, but not sooner than after this. */
  readonly keyframeAfter?: number;
}

/**
 * Makes the bytes of a recording, to be appended in the order given; writes nothing itself. A new segment is a new writer
 * whose first blocks are a keyframe.
 *
 *   start()  frame()…  keyframe()  frame()…  end()
 *
 * What was given to `frame` and not yet returned in a block is lost in a crash: `flush` from time to time.
 */
export class RecordingWriter {
  private readonly options: Required<Omit<WriterOptions, 'deflate'>> & Pick<WriterOptions, 'deflate'>;
  private readonly entries: BlockEntry[] = [];
  private waiting: Frame[] = [];
  private waitingBytes = 0;
  private place = 0;
  private logBytes = 0;
  private keyframeBytes = 0;

  constructor(options: WriterOptions) {
    this.options = { blockBytes: 256 << 10, keyframeAfter: 4 << 20, ...options };
  }

  /** Bytes returned so far: where the next will be in the file. */
  get size(): number {
    return this.place;
  }

  /** Bytes given to `frame` that are in no block yet. */
  get pending(): number {
    return this.waitingBytes;
  }

  /** The log since the last keyframe outgrew it. */
  get wantsKeyframe(): boolean {
    return this.logBytes > Math.max(this.keyframeBytes, this.options.keyframeAfter);
  }

  /** The file header. First of all. */
  start(): Uint8Array {
    return this.placed(encodeRecordingHeader(this.options.header));
  }

  /** A frame of the stream. Bytes to append when a block got full, else none. */
  frame(frame: Frame): Uint8Array {
    const before = this.waitingBytes > 0 && this.waitingBytes + frame.bytes.length > MAX_BLOCK ? this.flush() : nothing;
    this.waiting.push(frame);
    this.waitingBytes += frame.bytes.length;
    this.logBytes += frame.bytes.length;
    return this.waitingBytes >= this.options.blockBytes ? joined([before, this.flush()]) : before;
  }

  /** A block of what is waiting; no bytes when nothing is. */
  flush(): Uint8Array {
    if (this.waiting.length === 0) return nothing;
    const frames = this.waiting;
    this.waiting = [];
    this.waitingBytes = 0;
    return this.block(BlockType.events, frames, false);
  }

  /**
   * The state of everything at this point of the stream. `everything`: keyframe rows with inode 0; `sections`: groups of
   * sections, a block each, of the inodes that changed since the last keyframe of this file (all of them in its first).
   */
  keyframe(everything: readonly Frame[], sections: Iterable<readonly Frame[]>): Uint8Array {
    const out = [this.flush()],
      before = this.place;
    // Sections first: whoever finds the keyframe block finds everything it needs before it, also in a file that was cut.
    for (const group of sections) out.push(...this.blocks(BlockType.sections, group));
    out.push(...this.blocks(BlockType.keyframe, everything));
    this.keyframeBytes = Math.max(this.keyframeBytes, this.place - before);
    this.logBytes = 0;
    return joined(out);
  }

  /** What is waiting, the index, the trailer. Nothing may follow. */
  end(): Uint8Array {
    const last = this.flush(),
      index = encodeIndex(this.entries),
      at = this.place;
    const block = this.placed(this.packed(BlockType.index, false, index, 0, 0n, this.entries.at(-1)?.until ?? 0n));
    return joined([last, block, this.placed(encodeTrailer(at))]);
  }

  /** Frames that belong together, in as many blocks as they need. */
  private blocks(type: BlockType, frames: readonly Frame[]): Uint8Array[] {
    const out: Uint8Array[] = [];
    for (let from = 0, to = 0; from < frames.length; from = to) {
      for (let bytes = 0; to < frames.length && (to === from || bytes + frames[to]!.bytes.length <= LARGE_BLOCK); to++)
        bytes += frames[to]!.bytes.length;
      out.push(this.block(type, frames.slice(from, to), from > 0));
    }
    return out;
  }

  private block(type: BlockType, frames: readonly Frame[], continues: boolean): Uint8Array {
    const counter = new EntryCounter();
    for (const frame of frames) counter.add(frame);
    const at = this.place,
      until = this.entries.at(-1)?.until ?? 0n;
    if (until > counter.until) counter.until = until;
    const bytes = this.placed(
      this.packed(type, continues, joined(frames.map((frame) => frame.bytes)), counter.rows, counter.first, counter.until),
    );
    this.entries.push(counter.entry(type, continues, at, bytes.length));
    return bytes;
  }

  private packed(type: BlockType, continues: boolean, payload: Uint8Array, rows: number, first: bigint, until: bigint): Uint8Array {
    const small = this.options.deflate?.(payload),
      isSmaller = small !== undefined && small.length < payload.length;
    const head = { type, continues, packing: isSmaller ? Packing.deflateRaw : Packing.none, unpacked: payload.length, rows, first, until };
    return encodeBlock(head, isSmaller ? small : payload);
  }

  private placed(bytes: Uint8Array): Uint8Array {
    this.place += bytes.length;
    return bytes;
  }
}

const nothing = new Uint8Array(0);
/** Bytes of frames in one block of a keyframe, if a single frame is not larger. */
const LARGE_BLOCK = 8 << 20;

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const some = parts.filter((part) => part.length > 0);
  if (some.length <= 1) return some[0] ?? nothing;
  const out = new Uint8Array(some.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of some) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
