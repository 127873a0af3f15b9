import { remapsIn } from '@mapscope/shared/model';
import { type Frame, FrameBuilder, Kind, stampSubscription } from '@mapscope/shared/trace';

/** Whose rows a subscription wants. */
export type Inodes = 'all' | ReadonlySet<number>;

/** Rows that belong to everybody, whatever inode they name: the list of inodes, and what is true of the stream as a whole. */
const common: ReadonlySet<number> = new Set<number>([
  Kind.device,
  Kind.inode,
  Kind.inodeGone,
  Kind.mark,
  Kind.lost,
  Kind.late,
  Kind.gap,
  Kind.keyframe,
  Kind.source,
]);

const isWanted = (frame: Frame, i: number, inodes: ReadonlySet<number>): boolean =>
  frame.inode[i] === 0 || inodes.has(frame.inode[i]!) || common.has(frame.kind[i]!);

/** A file that gives a range to another may share it from then on: told by a section, since the row is about the other. */
const isGiver = (frame: Frame, i: number, inodes: ReadonlySet<number>): boolean =>
  frame.kind[i] === Kind.remap && inodes.has(frame.parent[i]!);

/** A frame on its way to every subscription: what several of them get is encoded once. */
export class Passing {
  readonly frame: Frame;
  /** Pairs of files whose maps it made of one another. */
  readonly remaps: readonly (readonly [number, number])[];
  private readonly stamped = new Map<number, Uint8Array>();

  constructor(frame: Frame) {
    this.frame = frame;
    this.remaps = remapsIn(frame);
  }

  /** Rows of it that change what this subscription is to know. */
  rowsFor(inodes: Inodes): number {
    if (inodes === 'all') return this.frame.count;
    let n = 0;
    for (let i = 0; i < this.frame.count; i++) if (isWanted(this.frame, i, inodes) || isGiver(this.frame, i, inodes)) n++;
    return n;
  }

  /** The bytes to send. */
  bytesFor(subscription: number, inodes: Inodes): Uint8Array {
    if (inodes !== 'all') return this.part(subscription, inodes);
    let bytes = this.stamped.get(subscription);
    if (!bytes) this.stamped.set(subscription, (bytes = stampSubscription(this.frame.bytes, subscription)));
    return bytes;
  }

  private part(subscription: number, inodes: ReadonlySet<number>): Uint8Array {
    const { frame } = this,
      out = new FrameBuilder(Math.max(1, frame.count));
    for (let i = 0; i < frame.count; i++) if (isWanted(frame, i, inodes)) out.copy(frame, i);
    return out.take(frame.until, { flags: frame.flags_, sequence: frame.sequence, subscription });
  }
}
