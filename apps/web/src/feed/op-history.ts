import { createModel, type Model, reduceRowsOf } from '@mapscope/shared/model';
import type { Frame } from '@mapscope/shared/trace';
import type { Stretch } from './stretch.ts';

/** More than a model keeps otherwise: all operations of several stretches, with their messages. */
const KEEP = { keepOps: 1 << 16, keepMessages: 1 << 16, keepMessageBytes: 32 << 20 } as const;

/** The operations of stretches that follow one another: the timeline shows also those that are later than the moment on screen. */
export class OpHistory {
  readonly model: Model;

  constructor(stretches: readonly [Stretch, ...Stretch[]], pageSize: bigint) {
    this.model = createModel({ pageSize, ...KEEP });
    for (const frame of stretches[0].state) take(this.model, frame);
    for (const stretch of stretches) this.add(stretch);
  }

  /** The stretch that goes on where the last one ended. */
  add({ log, until }: Stretch): void {
    for (const frame of log) take(this.model, frame);
    this.model.until = until;
  }
}

/** No map or folio of any file is shown from here: of their rows only what they say of operations is taken. */
const noFile: ReadonlySet<number> = new Set();

const take = (model: Model, frame: Frame): void => reduceRowsOf(model, frame, 0, frame.count, noFile);
