import { FileLane } from './file-lane.ts';
import type { TraceBuffer, TraceDat } from './open.ts';

/** Gets a record whose data begins at `at` of `view`, which is valid during the call only. */
export type VisitRecord = (view: DataView, at: number, size: number) => void;

/** Visits the records of a trace.dat in no order of time, CPU after CPU: for whoever asks only which there are. A third of the cost of `TraceReader`. */
export class TraceScan {
  records = 0;
  /** Time of the earliest record; 0n: there is none. */
  readonly first: bigint;
  private readonly lanes: FileLane[];
  private readonly visit: VisitRecord;

  constructor(trace: TraceDat, visit: VisitRecord, buffers: readonly TraceBuffer[] = trace.buffers) {
    this.visit = visit;
    this.lanes = buffers.flatMap(({ cpus, shape }) => cpus.map((data) => new FileLane(trace, data, shape)));
    const firsts = this.lanes.flatMap(({ head }) => (head ? [head.times[0]!] : []));
    this.first = firsts.reduce((a, b) => (a < b ? a : b), firsts[0] ?? 0n);
  }

  /** Visits the records of one page; answers false when none are left. */
  step(): boolean {
    const lane = this.lanes.at(-1);
    if (!lane) return false;
    const { head } = lane;
    if (head) {
      const { view, places, sizes, count } = head;
      for (let i = 0; i < count; i++) this.visit(view, places[i]!, sizes[i]!);
      this.records += count;
      lane.shift();
    } else this.lanes.pop();
    return true;
  }
}
