import { BlockType } from './block.ts';
import { BlockCutter, type Keyframe, type OpenBlock } from './block-cutter.ts';
import { BlockPlacer, type Packed, type PlacedBlock } from './block-placer.ts';
import type { Frame } from './frame.ts';
import { joined } from './joined.ts';
import { encodeRecordingHeader, type RecordingHeader } from './recording-header.ts';

export interface StagesOptions {
  readonly header: RecordingHeader;
  /** Bytes of frames with rows after which a block is closed: 1 makes a block of every such frame, so that a crash costs no more than the last. */
  readonly blockBytes?: number;
  /** A keyframe is not wanted before the log since the last has so many bytes as stored, or so many rows. */
  readonly keyframeAfter?: number;
  readonly keyframeAfterRows?: number;
}

const BLOCK_BYTES = 256 << 10;
/** What seeking has to read and to reduce behind a keyframe, however small that is. */
const KEYFRAME_AFTER = 512 << 10;
const KEYFRAME_AFTER_ROWS = 1 << 16;

/**
 * A recording in the making, in two stages, so that whoever holds the model need not wait for the packing. `frame`, `flush` and `keyframe`
 * cut the stream into blocks; `place` gives the bytes to append, of each block in its turn, packed meanwhile by the caller.
 *
 *   start()  frame()… → blocks → deflate, several at a time → place() in order → bytes      index() → deflate → end()
 */
export class RecordingStages {
  private readonly options: Required<StagesOptions>;
  private readonly cutter: BlockCutter;
  private readonly placer = new BlockPlacer();
  /**
   * Since the last keyframe was cut: of the log, and of that keyframe, as far as they are placed. What a recording begins with, and the list
   * of inodes whole, are not counted: a log would have to outgrow what it did not bring about, and seeking behind it would take as long.
   */
  private logRows = 0;
  private logBytes = 0;
  private keyframeBytes = 0;
  private unplaced = 0;
  /** The last keyframe is what the recording begins with. */
  private isFirst = false;
  private hasLog = false;

  constructor(options: StagesOptions) {
    this.options = { blockBytes: BLOCK_BYTES, keyframeAfter: KEYFRAME_AFTER, keyframeAfterRows: KEYFRAME_AFTER_ROWS, ...options };
    this.cutter = new BlockCutter(this.options.blockBytes);
  }

  /** Bytes placed so far: where the next will be in the file. */
  get size(): number {
    return this.placer.size;
  }

  /** Bytes of frames that are in no block yet. */
  get pending(): number {
    return this.cutter.pending;
  }

  /** The log since the last keyframe outgrew it, both as stored. */
  get wantsKeyframe(): boolean {
    const { keyframeAfter, keyframeAfterRows } = this.options;
    return this.unplaced === 0 && this.logBytes > this.keyframeBytes && (this.logBytes > keyframeAfter || this.logRows > keyframeAfterRows);
  }

  /** The file header. First of all. */
  start(): Uint8Array {
    return this.placer.placed(encodeRecordingHeader(this.options.header));
  }

  /** The next frame of the stream: the blocks that it filled. */
  frame(frame: Frame): OpenBlock[] {
    this.logRows += frame.count;
    this.hasLog = true;
    return this.cutter.frame(frame);
  }

  /** A block of what waits; none when nothing does. */
  flush(): OpenBlock[] {
    return this.cutter.flush();
  }

  /** The state of everything at this point of the stream. */
  keyframe(keyframe: Keyframe): OpenBlock[] {
    this.isFirst = !this.hasLog;
    const blocks = this.cutter.keyframe(keyframe);
    this.logRows = this.logBytes = this.keyframeBytes = 0;
    this.unplaced = blocks.filter(({ type }) => type !== BlockType.events).length;
    return blocks;
  }

  /** Blocks come here in the order in which they were cut. `packed`: the payload, used where it is smaller. */
  place(block: OpenBlock, packed?: Packed): PlacedBlock {
    const placed = this.placer.place(block, packed),
      { length } = placed.bytes;
    if (block.keyframe === this.cutter.keyframes) {
      if (block.type === BlockType.events) this.logBytes += length;
      else this.unplaced--;
      if (block.type !== BlockType.events && block.type !== BlockType.inodes && !this.isFirst) this.keyframeBytes += length;
    }
    return placed;
  }

  /** The payload of the index, when every block has its place. */
  index(): Uint8Array {
    return this.placer.index();
  }

  /** Index and trailer. Nothing may follow. */
  end(index: Uint8Array, packed?: Packed): Uint8Array {
    return joined(this.placer.end(index, packed));
  }
}
