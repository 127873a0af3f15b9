import { KeyframeRecorder, type Model } from '@mapscope/shared/model';
import {
  BlockType,
  decodeFrame,
  type Frame,
  FrameBuilder,
  type IndexedEntry,
  joined,
  Kind,
  type OpenBlock,
  type Packed,
  packerOf,
  type Packers,
  type RecordingHeader,
  RecordingStages,
  SourceId,
  type StagesOptions,
} from '@mapscope/shared/trace';

/** Packers that take their time are not waited for by the stream. */
export interface RecorderOptions extends StagesOptions, Packers<Uint8Array | Promise<Uint8Array>> {}

/** What to append next, and what an index says of it: an entry a block, several in one where they belong together. */
export interface Appended {
  readonly bytes: Uint8Array;
  readonly entries: readonly IndexedEntry[];
}

/**
 * The bytes of one recording of a running stream: the state of everything, then every frame, a block each unless told otherwise. Blocks are packed aside while the stream
 * goes on: each answer is the next bytes to append, and they come in the order in which they were asked for. Who writes them may fall behind:
 * then frames are left out, and the recording says how many rows and goes on from a new keyframe. The model has each frame before it comes here.
 */
export class Recorder {
  readonly header: RecordingHeader;
  private readonly model: Model;
  private readonly packers: Packers<Uint8Array | Promise<Uint8Array>>;
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

  constructor(model: Model, { deflate, deflatePart, ...options }: RecorderOptions) {
    this.header = options.header;
    this.model = model;
    this.packers = { deflate, deflatePart };
    this.stages = new RecordingStages({ blockBytes: 1, ...options });
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

  /** First of all: header, and what is so now. */
  begin(): Promise<Appended> {
    return this.made(this.keyframes.keyframe(this.model), this.stages.start());
  }

  /** The next frame. No bytes of an empty one, which waits for the next. */
  frame(frame: Frame): Promise<Appended> {
    if (this.left > 0) return this.resume(frame);
    const blocks = this.stages.frame(frame);
    return this.made(this.stages.wantsKeyframe ? [...blocks, ...this.keyframes.keyframe(this.model)] : blocks);
  }

  /** A frame that is left out, because the bytes before it have not been written yet. */
  leaveOut(frame: Frame): void {
    if (this.left === 0) this.leftFrom = this.model.until;
    this.left += frame.count;
  }

  /** What waits for its block to be full. */
  flush(): Promise<Appended> {
    return this.made(this.stages.flush());
  }

  /** The last blocks, and the index. Nothing may follow. */
  end(): Promise<Appended> {
    const last = this.made(this.stages.flush());
    return this.inTurn(async () => {
      const { bytes, entries } = await last,
        index = this.stages.index();
      return { bytes: joined([bytes, this.stages.end(index, await this.packed(BlockType.index, index))]), entries };
    });
  }

  /** The keyframe has this frame's rows already, so it is left out too. */
  private resume(frame: Frame): Promise<Appended> {
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
  private made(blocks: readonly OpenBlock[], before?: Uint8Array): Promise<Appended> {
    const packed = blocks.map(({ type, payload }) => this.packed(type, payload));
    for (const { payload } of blocks) this.packing += payload.length;
    return this.inTurn(async () => {
      const out = before ? [before] : [],
        entries: IndexedEntry[] = [];
      for (const [k, block] of blocks.entries()) {
        const { bytes, ...indexed } = this.stages.place(block, await packed[k]);
        out.push(bytes);
        entries.push(indexed);
        this.packing -= block.payload.length;
        this.unpacked += block.payload.length;
        this.placed += bytes.length;
      }
      return { bytes: joined(out), entries };
    });
  }

  /** `undefined` where it cannot be packed: then it is stored as it is. */
  private async packed(type: BlockType, payload: Uint8Array): Promise<Packed | undefined> {
    const by = packerOf(this.packers, type);
    try {
      return by && { packing: by.packing, bytes: await by.pack(payload) };
    } catch {
      return undefined;
    }
  }

  private inTurn(step: () => Promise<Appended>): Promise<Appended> {
    const out = this.turn.then(step);
    this.turn = out;
    return out;
  }
}
