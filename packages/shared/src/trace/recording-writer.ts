import { BlockType } from './block.ts';
import type { Keyframe, OpenBlock } from './block-cutter.ts';
import { type Packed, packerOf, type Packers } from './block-placer.ts';
import type { Frame } from './frame.ts';
import { joined } from './joined.ts';
import { RecordingStages, type StagesOptions } from './recording-stages.ts';

export interface WriterOptions extends StagesOptions, Packers<Uint8Array> {}

/**
 * Makes the bytes of a recording, to be appended in the order given; writes nothing itself. A new segment is a new writer
 * whose first blocks are a keyframe.
 *
 *   start()  frame()…  keyframe()  frame()…  end()
 *
 * What was given to `frame` and not yet returned in a block is lost in a crash: `flush` from time to time.
 */
export class RecordingWriter {
  private readonly stages: RecordingStages;
  private readonly packers: Packers<Uint8Array>;

  constructor({ deflate, deflatePart, ...options }: WriterOptions) {
    this.stages = new RecordingStages(options);
    this.packers = { deflate, deflatePart };
  }

  /** Bytes returned so far: where the next will be in the file. */
  get size(): number {
    return this.stages.size;
  }

  /** Bytes given to `frame` that are in no block yet. */
  get pending(): number {
    return this.stages.pending;
  }

  /** The log since the last keyframe outgrew it. */
  get wantsKeyframe(): boolean {
    return this.stages.wantsKeyframe;
  }

  /** The file header. First of all. */
  start(): Uint8Array {
    return this.stages.start();
  }

  /** A frame of the stream. Bytes to append when a block got full, else none. */
  frame(frame: Frame): Uint8Array {
    return this.made(this.stages.frame(frame));
  }

  /** A block of what is waiting; no bytes when nothing is. */
  flush(): Uint8Array {
    return this.made(this.stages.flush());
  }

  /** The state of everything at this point of the stream. */
  keyframe(keyframe: Keyframe): Uint8Array {
    return this.made(this.stages.keyframe(keyframe));
  }

  /** What is waiting, the index, the trailer. Nothing may follow. */
  end(): Uint8Array {
    const last = this.flush(),
      index = this.stages.index();
    return joined([last, this.stages.end(index, this.packed(BlockType.index, index))]);
  }

  private made(blocks: readonly OpenBlock[]): Uint8Array {
    return joined(blocks.map((block) => this.stages.place(block, this.packed(block.type, block.payload)).bytes));
  }

  private packed(type: BlockType, payload: Uint8Array): Packed | undefined {
    const by = packerOf(this.packers, type);
    return by && { packing: by.packing, bytes: by.pack(payload) };
  }
}
