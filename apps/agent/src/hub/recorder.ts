import { KeyframeRecorder, type Model } from '@mapscope/shared/model';
import { decodeFrame, type Frame, FrameBuilder, Kind, type RecordingHeader, RecordingWriter, SourceId } from '@mapscope/shared/trace';

export interface RecorderOptions {
  readonly header: RecordingHeader;
  /** As for `RecordingWriter`. */
  readonly deflate?: (bytes: Uint8Array) => Uint8Array;
  readonly blockBytes?: number;
}

/**
 * The bytes of one recording of a running stream: the state of everything, then every frame. Who writes them may fall behind: then frames are
 * left out, and the recording says how many rows and goes on from a new keyframe. The model has each frame before it comes here.
 */
export class Recorder {
  private readonly model: Model;
  private readonly writer: RecordingWriter;
  private readonly keyframes: KeyframeRecorder;
  private left = 0;
  private leftFrom = 0n;

  constructor(model: Model, options: RecorderOptions) {
    this.model = model;
    this.writer = new RecordingWriter(options);
    this.keyframes = new KeyframeRecorder(this.writer);
  }

  /** Bytes made so far. */
  get size(): number {
    return this.writer.size;
  }

  /** First of all: header, and what is so now. */
  begin(): Uint8Array {
    return joined(this.writer.start(), this.keyframes.keyframe(this.model));
  }

  /** The next frame; often no bytes, since a block waits to be full. */
  frame(frame: Frame): Uint8Array {
    if (this.left > 0) return this.resume(frame);
    const bytes = this.writer.frame(frame);
    return this.writer.wantsKeyframe ? joined(bytes, this.keyframes.keyframe(this.model)) : bytes;
  }

  /** A frame that is left out, because the bytes before it have not been written yet. */
  leaveOut(frame: Frame): void {
    if (this.left === 0) this.leftFrom = this.model.until;
    this.left += frame.count;
  }

  /** What waits for its block to be full: so that a crash costs no more than what came since. */
  flush(): Uint8Array {
    return this.writer.flush();
  }

  /** The index. Nothing may follow. */
  end(): Uint8Array {
    return this.writer.end();
  }

  /** The keyframe has this frame's rows already, so it is left out too. */
  private resume(frame: Frame): Uint8Array {
    this.leaveOut(frame);
    const { until } = this.model,
      rows = new FrameBuilder(1),
      i = rows.row(Kind.lost, until);
    rows.source[i] = SourceId.hub;
    rows.result[i] = BigInt(this.left);
    rows.offset[i] = this.leftFrom;
    rows.length[i] = until;
    this.left = 0;
    return joined(this.writer.frame(decodeFrame(rows.take(until)) as Frame), this.keyframes.keyframe(this.model));
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const some = parts.filter(({ length }) => length > 0);
  return some.length === 1 ? some[0]! : Buffer.concat(some);
}
