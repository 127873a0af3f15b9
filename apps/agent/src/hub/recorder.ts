import { KeyframeRecorder, type Model } from '@mapscope/shared/model';
import {
  type BlockEntry,
  decodeFrame,
  type Frame,
  FrameBuilder,
  joined,
  Kind,
  type OpenBlock,
  type RecordingHeader,
  RecordingStages,
  SourceId,
  type StagesOptions,
} from '@mapscope/shared/trace';

export interface RecorderOptions extends StagesOptions {
  /** Deflate without a wrapper. One that takes its time is not waited for by the stream. */
  readonly deflate?: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;
}

/**
 * The bytes of one recording of a running stream: the state of everything, then every frame. Blocks are packed aside while the stream
 * goes on: each answer is the next bytes to append, and they come in the order in which they were asked for. Who writes them may fall behind:
 * then frames are left out, and the recording says how many rows and goes on from a new keyframe. The model has each frame before it comes here.
 */
export class Recorder {
  readonly header: RecordingHeader;
  private readonly model: Model;
  private readonly deflate: RecorderOptions['deflate'];
  private readonly stages: RecordingStages;
  private readonly keyframes: KeyframeRecorder<readonly OpenBlock[]>;
  private turn: Promise<unknown> = Promise.resolve();
  private left = 0;
  private leftFrom = 0n;
  /** Bytes of blocks that are being packed. */
  packing = 0;
  /** Of blocks that are packed: bytes before, and after. */
  private unpacked = 0;
  private placed = 0;

  constructor(model: Model, { deflate, ...options }: RecorderOptions) {
    this.header = options.header;
    this.model = model;
    this.deflate = deflate;
    this.stages = new RecordingStages(options);
    this.keyframes = new KeyframeRecorder(this.stages);
  }

  /** Bytes made so far. */
  get size(): number {
    return this.stages.size;
  }

  /** Bytes that there will be when everything is packed, as a guess from how well it has been so far. */
  get expected(): number {
    return this.size + this.packing * (this.unpacked > 0 ? this.placed / this.unpacked : 1);
  }

  /** Every block made so far. */
  get blocks(): readonly BlockEntry[] {
    return this.stages.blocks;
  }

  /** First of all: header, and what is so now. */
  begin(): Promise<Uint8Array> {
    return this.made(this.keyframes.keyframe(this.model), this.stages.start());
  }

  /** The next frame; often no bytes, since a block waits to be full. */
  frame(frame: Frame): Promise<Uint8Array> {
    if (this.left > 0) return this.resume(frame);
    const blocks = this.stages.frame(frame);
    return this.made(this.stages.wantsKeyframe ? [...blocks, ...this.keyframes.keyframe(this.model)] : blocks);
  }

  /** A frame that is left out, because the bytes before it have not been written yet. */
  leaveOut(frame: Frame): void {
    if (this.left === 0) this.leftFrom = this.model.until;
    this.left += frame.count;
  }

  /** What waits for its block to be full: so that a crash costs no more than what came since. */
  flush(): Promise<Uint8Array> {
    return this.made(this.stages.flush());
  }

  /** The last blocks, and the index. Nothing may follow. */
  end(): Promise<Uint8Array> {
    const last = this.made(this.stages.flush());
    return this.inTurn(async () => {
      const index = this.stages.index();
      return joined([await last, this.stages.end(index, await this.packed(index))]);
    });
  }

  /** The keyframe has this frame's rows already, so it is left out too. */
  private resume(frame: Frame): Promise<Uint8Array> {
    this.leaveOut(frame);
    const { until } = this.model,
      rows = new FrameBuilder(1),
      i = rows.row(Kind.lost, until);
    rows.source[i] = SourceId.hub;
    rows.result[i] = BigInt(this.left);
    rows.offset[i] = this.leftFrom;
    rows.length[i] = until;
    this.left = 0;
    const blocks = this.stages.frame(decodeFrame(rows.take(until)) as Frame);
    return this.made([...blocks, ...this.keyframes.keyframe(this.model)]);
  }

  /** Packs all of them at once, and places them when it is their turn. */
  private made(blocks: readonly OpenBlock[], before?: Uint8Array): Promise<Uint8Array> {
    const packed = blocks.map(({ payload }) => this.packed(payload));
    for (const { payload } of blocks) this.packing += payload.length;
    return this.inTurn(async () => {
      const out = before ? [before] : [];
      for (const [k, block] of blocks.entries()) {
        const bytes = this.stages.place(block, await packed[k]);
        out.push(bytes);
        this.packing -= block.payload.length;
        this.unpacked += block.payload.length;
        this.placed += bytes.length;
      }
      return joined(out);
    });
  }

  /** `undefined` where it cannot be packed: then it is stored as it is. */
  private async packed(payload: Uint8Array): Promise<Uint8Array | undefined> {
    try {
      return await this.deflate?.(payload);
    } catch {
      return undefined;
    }
  }

  private inTurn(step: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const out = this.turn.then(step);
    this.turn = out;
    return out;
  }
}
