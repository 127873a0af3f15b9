import { createModel, type Model, reduceRows } from '@mapscope/shared/model';
import { type Frame, Kind } from '@mapscope/shared/trace';
import type { Stretch } from './stretch.ts';

/** Rows that maps, layouts and folios are made of: the timeline shows none of them. */
const maps: ReadonlySet<number> = new Set([Kind.extent, Kind.remap, Kind.layout, Kind.strip, Kind.folio]);

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

function take(model: Model, frame: Frame): void {
  for (let i = 0; i < frame.count;) {
    while (i < frame.count && maps.has(frame.kind[i]!)) i++;
    const from = i;
    while (i < frame.count && !maps.has(frame.kind[i]!)) i++;
    reduceRows(model, frame, from, i);
  }
}
