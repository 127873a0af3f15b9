import { BlockType, MAX_BLOCK } from './block.ts';
import { EntryCounter } from './block-index.ts';
import type { Frame } from './frame.ts';
import { joined } from './joined.ts';

/** The state of everything at one point of the stream, as frames. */
export interface Keyframe {
  /** Keyframe rows with inode 0. Its list of inodes is told by `inodes`. */
  readonly everything: readonly Frame[];
  /** The list of inodes (`isWhole`), or what changed in it since the keyframe before; no frames where nothing did. */
  readonly inodes: readonly Frame[];
  readonly isWhole: boolean;
  /** Groups of sections, a block each, of the inodes that changed since the last keyframe of this file (all of them in its first). */
  readonly sections: Iterable<readonly Frame[]>;
}

/** A block on its way into a recording: what goes in, neither packed nor placed. */
export interface OpenBlock {
  readonly type: BlockType;
  readonly continues: boolean;
  /** Its frames, back to back. */
  readonly payload: Uint8Array;
  readonly counter: EntryCounter;
  /** The number of its keyframe, or of the one before. */
  readonly keyframe: number;
}

/** Bytes of frames in one block of a keyframe, if a single frame is not larger. */
const LARGE_BLOCK = 8 << 20;
/** A block has no more rows than its reader must be able to hold decoded: frames of equal rows are small. */
const BLOCK_ROWS = 1 << 17;

/** Which frames go into one block. Frames of the stream wait until they fill one. */
export class BlockCutter {
  private readonly blockBytes: number;
  private waiting: Frame[] = [];
  private rows = 0;
  /** Bytes of frames that are in no block yet. */
  pending = 0;
  /** So many so far. */
  keyframes = 0;

  constructor(blockBytes: number) {
    this.blockBytes = blockBytes;
  }

  /** The next frame of the stream: the blocks that it filled. */
  frame(frame: Frame): OpenBlock[] {
    const before = this.pending + frame.bytes.length > MAX_BLOCK ? this.flush() : [];
    this.waiting.push(frame);
    this.pending += frame.bytes.length;
    this.rows += frame.count;
    // An empty frame only moves the clock: it can wait for one that says something.
    return (this.pending >= this.blockBytes && this.rows > 0) || this.rows >= BLOCK_ROWS ? [...before, ...this.flush()] : before;
  }

  /** A block of what waits; none when nothing does. */
  flush(): OpenBlock[] {
    if (this.waiting.length === 0) return [];
    const frames = this.waiting;
    this.waiting = [];
    this.pending = this.rows = 0;
    return [this.block(BlockType.events, frames, false)];
  }

  /** What waits, then the keyframe: its sections and its list first, so that who finds it finds all it needs before it, also in a file that was cut. */
  keyframe({ everything, inodes, isWhole, sections }: Keyframe): OpenBlock[] {
    const out = this.flush();
    this.keyframes++;
    for (const group of sections) out.push(...this.blocks(BlockType.sections, group));
    out.push(...this.blocks(isWhole ? BlockType.inodes : BlockType.inodeChanges, inodes));
    out.push(...this.blocks(BlockType.keyframe, everything));
    return out;
  }

  /** Frames that belong together, in as many blocks as they need. */
  private blocks(type: BlockType, frames: readonly Frame[]): OpenBlock[] {
    const out: OpenBlock[] = [];
    for (let from = 0, to = 0; from < frames.length; from = to) {
      let bytes = 0,
        rows = 0;
      do {
        bytes += frames[to]!.bytes.length;
        rows += frames[to++]!.count;
      } while (to < frames.length && bytes + frames[to]!.bytes.length <= LARGE_BLOCK && rows + frames[to]!.count <= BLOCK_ROWS);
      out.push(this.block(type, frames.slice(from, to), from > 0));
    }
    return out;
  }

  private block(type: BlockType, frames: readonly Frame[], continues: boolean): OpenBlock {
    const counter = new EntryCounter();
    for (const frame of frames) counter.add(frame);
    return { type, continues, payload: joined(frames.map(({ bytes }) => bytes)), counter, keyframe: this.keyframes };
  }
}
