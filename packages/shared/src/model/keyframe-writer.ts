import { FrameBuilder, FrameFlag, type KeyframeEdge, Kind, SourceId } from '../trace/index.ts';

/** Rows a frame of a keyframe at most: a frame stays small enough for one socket write. */
const FRAME_ROWS = 8192;

/** Collects the rows of a keyframe, in as many frames as they need. */
export class KeyframeWriter {
  readonly until: bigint;
  private readonly subscription: number;
  private readonly builder: FrameBuilder;
  private readonly done: Uint8Array[] = [];

  /** `builder`: an empty one, for who writes many keyframes. */
  constructor(until: bigint, subscription: number, builder = new FrameBuilder(64)) {
    this.until = until;
    this.subscription = subscription;
    this.builder = builder;
  }

  row(kind: Kind, at: bigint, source: number = SourceId.hub): number {
    if (this.builder.count >= FRAME_ROWS || this.builder.isFull) this.flush(0n, FrameFlag.keyframe);
    const i = this.builder.row(kind, at);
    this.builder.source[i] = source;
    return i;
  }

  get cells(): FrameBuilder {
    return this.builder;
  }

  edge(inode: number, role: KeyframeEdge): number {
    const i = this.row(Kind.keyframe, this.until);
    this.builder.inode[i] = inode;
    this.builder.role[i] = role;
    return i;
  }

  /** Ends the frame here: rows of one kind have most of their columns constant, and those cost nothing. */
  cut(): void {
    if (this.builder.count > 0) this.flush(0n, FrameFlag.keyframe);
  }

  /** Only the last frame moves the clock: half a keyframe has not said what is so until then. */
  frames(flags: number): Uint8Array[] {
    this.flush(this.until, FrameFlag.keyframe | flags);
    return this.done;
  }

  private flush(until: bigint, flags: number): void {
    this.done.push(this.builder.take(until, { flags, subscription: this.subscription }));
  }
}
