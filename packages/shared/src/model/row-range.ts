import type { Frame, Where } from '../trace/index.ts';
import { addUpToMax } from '../units/index.ts';

/** Which bytes of a file a row of a frame is about, and when. As words for the reducer, which would else make three bigints a row. */
export class RowRange {
  private readonly wide = new BigUint64Array(4);
  /** u64 `from`, `to`, `at`, as FROM and TO of a run are; then the row's result. */
  readonly words = new Uint32Array(this.wide.buffer);

  /** What runs past the last byte ends there. */
  read(frame: Frame, i: number): this {
    this.wide[0] = frame.offset[i]!;
    this.wide[1] = frame.length[i]!;
    this.wide[2] = frame.time[i]!;
    this.wide[3] = frame.result[i]!;
    addUpToMax(this.words, 2, this.words, 0, this.words, 2);
    return this;
  }

  set(from: bigint, to: bigint, at: bigint): this {
    this.wide[0] = from;
    this.wide[1] = to;
    this.wide[2] = at;
    return this;
  }

  get from(): bigint {
    return this.wide[0]!;
  }

  get to(): bigint {
    return this.wide[1]!;
  }

  /** Which part of it an extent row is about. */
  get where(): Where {
    return (this.words[6]! & 0xff) as Where;
  }
}
