import { U64_MAX } from '../../units/index.ts';
import { merge, type Merged } from '../ftrace-merge.ts';
import { FileLane } from './file-lane.ts';
import type { TraceBuffer, TraceDat } from './open.ts';

/** Who takes the records of a trace, those of all CPUs merged by (time, cpu, sequence). A `Deriver` is one. */
export interface TakeRecords {
  /** A record whose data (`common_type` first) begins at `at` of `view`. The view is valid during the call only. */
  record(view: DataView, at: number, size: number, time: bigint, cpu: number): void;
  /** The ring buffer of `cpu` dropped records between two times: `n` of them, -1n when the number is not known. */
  lost(cpu: number, n: bigint, from: bigint, to: bigint): void;
}

/**
 * Reads the pages of a trace.dat in order of time:
 *
 *   const trace = openTraceDat(source, { zlib, zstd });
 *   const reader = new TraceReader(trace, deriver);
 *   while (reader.step());
 *
 * Where a file is damaged or cut, what is missing is told as lost, and `trace.parts.flaws` get the byte.
 */
export class TraceReader {
  /** Time of the latest record taken. */
  until = 0n;
  records = 0;
  private readonly lanes: readonly FileLane[];
  private readonly merged: Merged;
  private readonly to: TakeRecords;

  /** All buffers have one clock, or their times cannot be compared: whoever has several chooses. */
  constructor(trace: TraceDat, to: TakeRecords, buffers: readonly TraceBuffer[] = trace.buffers) {
    this.to = to;
    this.lanes = buffers
      .flatMap(({ cpus, shape }) => cpus.map((data) => new FileLane(trace, data, shape)))
      // Of equal times the lower CPU is first; of two buffers the one that the file names first.
      .sort((a, b) => a.cpu - b.cpu);
    this.merged = {
      record: (page, i, cpu) => {
        this.records++;
        to.record(page.view, page.places[i]!, page.sizes[i]!, page.times[i]!, cpu);
      },
      lost: (cpu, n, from, time) => to.lost(cpu, n, from, time),
      done: () => this.tails(),
    };
    this.tails();
  }

  /** Takes the records of at least one page, so that others have their turn between two steps. Answers false when there are none left. */
  step(): boolean {
    let horizon = U64_MAX + 1n;
    for (const { head } of this.lanes) {
      if (!head) continue;
      const first = head.times[head.next]!,
        last = head.times[head.count - 1]!,
        // Of a damaged page the last may be the earlier one.
        end = (first > last ? first : last) + 1n;
      if (end < horizon) horizon = end;
    }
    const before = this.records;
    merge(this.lanes, horizon, this.merged);
    for (const { last } of this.lanes) if (last > this.until) this.until = last;
    return this.records > before;
  }

  /** What was lost behind the last record of a CPU, told when that is taken. */
  private tails(): void {
    for (const lane of this.lanes) {
      if (lane.head) continue;
      const n = lane.takeTail();
      if (n !== 0n) this.to.lost(lane.cpu, n, lane.last, lane.last);
    }
  }
}
