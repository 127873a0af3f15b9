import { createModel, type Model, type ModelOptions, reduce, reduceRows, rowsUpTo } from '@mapscope/shared/model';
import type { Stretch } from './stretch.ts';

/** The model of a stretch at a moment that can be moved: forward row by row, back from the beginning. */
export class Playhead {
  stretch: Stretch;
  model: Model;
  private readonly options: ModelOptions;
  /** The next row of the log. */
  private frame = 0;
  private row = 0;

  constructor(stretch: Stretch, options: ModelOptions = {}) {
    this.stretch = stretch;
    this.options = options;
    this.model = this.beginning();
  }

  /** Everything that happened up to `at` is in the model, and nothing that happened later. Going back makes another model. */
  moveTo(at: bigint): void {
    if (at < this.model.until) {
      this.model = this.beginning();
      this.frame = this.row = 0;
    }
    const { log } = this.stretch;
    for (; this.frame < log.length; this.frame++, this.row = 0) {
      const frame = log[this.frame]!,
        stop = rowsUpTo(frame, at, this.row);
      reduceRows(this.model, frame, this.row, stop);
      this.row = stop;
      if (stop < frame.count) break;
    }
    if (at > this.model.until) this.model.until = at;
  }

  /** The same stretch with more at its end. */
  grow(stretch: Stretch): void {
    this.stretch = stretch;
  }

  /** The moment some `rows` rows further, as far as the stretch goes: to play as fast as can be. */
  ahead(rows: number): bigint {
    const { log, until } = this.stretch;
    let left = rows;
    for (let f = this.frame, from = this.row; f < log.length; f++, from = 0) {
      const frame = log[f]!;
      if (frame.count - from > left) return frame.time[from + left]!;
      left -= frame.count - from;
    }
    return until;
  }

  private beginning(): Model {
    const model = createModel(this.options);
    for (const frame of this.stretch.state) reduce(model, frame);
    // What is shown is so at the beginning, not before: rows of that very moment are still to come.
    model.until = this.stretch.from;
    return model;
  }
}
