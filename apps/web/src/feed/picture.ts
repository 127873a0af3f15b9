import { createModel, type Model, type ModelOptions, reduce } from '@mapscope/shared/model';
import { type Frame, FrameFlag, KeyframeEdge, KeyframePart, Kind } from '@mapscope/shared/trace';

/**
 * The model that is on screen, and the one that is on its way. Sections are reduced beside the old model, which stays visible and
 * whole until the last of them is in: a reconnect never shows half a picture.
 */
export class Picture {
  model: Model;
  /** A first whole model is in. */
  isSettled = false;
  /** Rows since the page was opened. */
  rows = 0;
  private readonly options: ModelOptions;
  private incoming: Model | undefined;

  constructor(options: ModelOptions = {}) {
    this.options = options;
    this.model = createModel(options);
  }

  /** Sections are being read. */
  get isFilling(): boolean {
    return this.incoming !== undefined;
  }

  /** True: the frame begins to tell anew what was told before. */
  apply(frame: Frame): boolean {
    const isAnew = beginsAnew(frame);
    if (isAnew) {
      this.incoming = createModel(this.options);
      // What this client was skipped is its own count: no section knows it.
      this.incoming.skipped = this.model.skipped;
    }
    reduce(this.incoming ?? this.model, frame);
    this.rows += frame.count;
    if ((frame.flags_ & FrameFlag.sectionsEnd) !== 0 && this.incoming) this.settle(this.incoming);
    return isAnew;
  }

  /** Half a keyframe of a line that broke: what was shown stays. */
  giveUpFilling(): void {
    this.incoming = undefined;
  }

  private settle(model: Model): void {
    this.model = model;
    this.incoming = undefined;
    this.isSettled = true;
  }
}

const beginsAnew = (frame: Frame): boolean =>
  frame.count > 0 &&
  frame.kind[0] === Kind.keyframe &&
  frame.inode[0] === 0 &&
  frame.role[0] === KeyframeEdge.begin &&
  frame.type[0] !== KeyframePart.inodes;
