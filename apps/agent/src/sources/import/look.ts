import { setImmediate as turn } from 'node:timers/promises';
import { type Filesystem, type OwnEvent, ownEvent } from '@mapscope/shared/derive';
import { type FtraceFormat, isUnread } from '@mapscope/shared/wire';
import type { Trace } from './trace.ts';

/** What has to be known of a trace before anything is derived from it. */
export interface Looked {
  readonly records: number;
  /** Time of the earliest record. */
  readonly first: bigint;
  /** Of the events that have a record: what the others would have told has to be taken from these. */
  readonly formats: readonly FtraceFormat[];
  /** By dev_t: the filesystem whose own events named it. */
  readonly owners: ReadonlyMap<number, Filesystem>;
}

const TURN = 256;
/** An event's id has 16 bits. */
const IDS = 1 << 16;

/** Goes through a trace once without reading more than the id of each record, and the device where a filesystem tells of itself. */
export async function look(trace: Trace, signal: AbortSignal): Promise<Looked> {
  const has = new Uint8Array(IDS),
    own = Array.from({ length: IDS }, (): OwnEvent | undefined => undefined),
    owners = new Map<number, Filesystem>(),
    { isLittle } = trace;
  let latest = -1;
  const scan = trace.scan((view, at, size) => {
    if (size < 2) return;
    const id = view.getUint16(at, isLittle);
    if (has[id] === 0) {
      const format = trace.formatById(id);
      has[id] = 1;
      own[id] = format && ownEvent(format);
    }
    const event = own[id];
    if (!event || size < event.least) return;
    const dev = event.dev(view, at);
    if (dev === latest) return;
    latest = dev;
    if (!owners.has(dev)) owners.set(dev, event.filesystem);
  });
  for (let n = 1; scan.step() && !signal.aborted; n++) if (n % TURN === 0) await turn();
  const formats: FtraceFormat[] = [];
  for (const [id, is] of has.entries()) {
    const format = is === 1 ? trace.formatById(id) : undefined;
    if (format && !isUnread(format)) formats.push(format);
  }
  const { records, first } = scan;
  return { records, first, formats, owners };
}
