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
  for (let page = lane.head, least = 1; page !== undefined; page = lane.head, least = 0) {
    const end = runEnd(page, due, page.next + least);
    if (end === page.next) return;
    if (page.next === 0 && page.lost !== 0n) to.lost(lane.cpu, page.lost, lane.last, page.times[0]!);
    while (page.next < end) to.record(page, page.next++, lane.cpu);
    lane.last = page.times[end - 1]!;
    if (end < page.count) return;
    to.done(lane.shift());
  }
}

/** The first record from `from` on that is not before `due`. Times are sorted, so few are looked at: each would be a bigint of its own. */
function runEnd({ times, count }: RecordPage, due: bigint, from: number): number {
  if (times[count - 1]! < due) return count;
  let low = from,
    high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! < due) low = middle + 1;
    else high = middle;
  }
  return low;
}
