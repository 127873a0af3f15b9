import type { Lane } from './ftrace-lane.ts';
import type { RecordPage } from './ftrace-records.ts';

/** Who takes merged records. */
export interface Merged {
  record(page: RecordPage, i: number, cpu: number): void;
  /** Before the record at `to` of this CPU: `n` records, or -1n, since `from`. */
  lost(cpu: number, n: bigint, from: bigint, to: bigint): void;
  /** The page's records are all taken. */
  done(page: RecordPage): void;
}

/**
 * Takes the records earlier than `horizon` from all lanes in order of (time, cpu, sequence). `lanes` are sorted by CPU. One lane goes on until
 * another's record is due, so the others are looked at once a run, not once a record.
 */
export function merge(lanes: readonly Lane[], horizon: bigint, to: Merged): void {
  for (;;) {
    let first: Lane | undefined,
      at = horizon,
      due = horizon;
    for (const lane of lanes) {
      const { head } = lane;
      if (head === undefined) continue;
      const time = head.times[head.next]!;
      if (time < at) {
        due = at;
        at = time;
        first = lane;
      } else if (time < due) due = time;
    }
    if (first === undefined) return;
    take(first, due, to);
  }
}

/** At least one record, and all that follow before `due`. */
function take(lane: Lane, due: bigint, to: Merged): void {
  for (let page = lane.head, isFirst = true; page !== undefined; page = lane.head) {
    for (; page.next < page.count; isFirst = false) {
      const time = page.times[page.next]!;
      if (time >= due && !isFirst) return;
      if (page.next === 0 && page.lost !== 0n) to.lost(lane.cpu, page.lost, lane.last, time);
      to.record(page, page.next++, lane.cpu);
      lane.last = time;
    }
    to.done(lane.shift());
  }
}
