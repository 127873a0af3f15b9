import { type Frame, FrameFlag, nearestBlock, type Recording } from '@mapscope/shared/trace';
import { rangeOf } from '@mapscope/shared/model';

/** What was so at one time, and what came then, up to where the next stretch begins: any moment in between can be shown from it. */
export interface Stretch {
  /** The stream's clock where it begins, nanoseconds. */
  readonly from: bigint;
  /** The clock behind its last row. */
  readonly until: bigint;
  /** Where the next one begins; undefined: nothing was known to follow. */
  readonly next: bigint | undefined;
  /** Frames that rebuild the model as it was at `from`. */
  readonly state: readonly Frame[];
  readonly log: readonly Frame[];
  /** Parts of it that could not be read. */
  readonly damage: number;
}

/** Where it can be looked up what happened: the agent's recording, or one that was opened in the page. */
export interface Recorded {
  /**
   * The stretch that holds a moment; the first or the last for one before or behind all of them. Rejects with a sentence for people, and when it is
   * no longer wanted.
   */
  stretch(at: bigint, signal?: AbortSignal): Promise<Stretch>;
  /** A moment in the nearest part before (-1) or behind (1) `at` that has rows about an inode; undefined: there is none. Rejects as above. */
  find(inode: number, at: bigint, by: 1 | -1): Promise<bigint | undefined>;
}

/** Frames of a range as they come: the state up to the frame that says it is whole, then the log. */
export class StretchFrames {
  private readonly state: Frame[] = [];
  private readonly log: Frame[] = [];
  private isWhole = false;

  add(frame: Frame): void {
    (this.isWhole ? this.log : this.state).push(frame);
    this.isWhole ||= (frame.flags_ & FrameFlag.sectionsEnd) !== 0;
  }

  end(range: Pick<Stretch, 'from' | 'until' | 'next' | 'damage'>): Stretch {
    return { ...range, state: this.state, log: this.log };
  }
}

/** A recording that was opened here. */
export const recordedIn = (recording: Recording): Recorded => ({
  find: (inode, at, by) => Promise.resolve(nearestBlock(recording.entries, inode, at, by)?.first),
  async stretch(at, signal) {
    const frames = new StretchFrames(),
      range = rangeOf([recording], at, at);
    for (let next = await range.next(); ; next = await range.next()) {
      if (next.done) return frames.end({ ...next.value, damage: next.value.flaws.length });
      signal?.throwIfAborted();
      frames.add(next.value);
    }
  },
});
