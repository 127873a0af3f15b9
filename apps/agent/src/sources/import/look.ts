import { setImmediate as turn } from 'node:timers/promises';
import type { FtraceFormat } from '@mapscope/shared/wire';
import type { Trace } from './trace.ts';

/** What has to be known of a trace before anything is derived from it. */
export interface Looked {
  readonly records: number;
  /** Time of the earliest record. */
  readonly first: bigint;
  /** Of the events that have a record: what the others would have told has to be taken from these. */
  readonly formats: readonly FtraceFormat[];
}

const TURN = 256;

/** Goes through a trace once without reading more than the id of each record. */
export async function look(trace: Trace, signal: AbortSignal): Promise<Looked> {
  const ids = new Set<number>();
  let records = 0,
    first = 0n;
  const pass = trace.read({
    record(view, at, size, time) {
      if (records++ === 0) first = time;
      if (size >= 2) ids.add(view.getUint16(at, trace.isLittle));
    },
    lost: () => undefined,
  });
  for (let n = 1; pass.step() && !signal.aborted; n++) if (n % TURN === 0) await turn();
  return { records, first, formats: [...ids].map((id) => trace.formatById(id)).filter((format) => format !== undefined) };
}
