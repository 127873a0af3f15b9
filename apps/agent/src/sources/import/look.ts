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
/** An event's id has 16 bits. */
const IDS = 1 << 16;

/** Goes through a trace once without reading more than the id of each record. */
export async function look(trace: Trace, signal: AbortSignal): Promise<Looked> {
  const has = new Uint8Array(IDS),
    { isLittle } = trace;
  const scan = trace.scan((view, at, size) => {
    if (size >= 2) has[view.getUint16(at, isLittle)] = 1;
  });
  for (let n = 1; scan.step() && !signal.aborted; n++) if (n % TURN === 0) await turn();
  const { records, first } = scan,
    formats = Array.from(has, (is, id) => (is === 1 ? trace.formatById(id) : undefined)).filter((format) => format !== undefined);
  return { records, first, formats };
}
