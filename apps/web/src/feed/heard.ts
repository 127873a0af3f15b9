import type { Frame } from '@mapscope/shared/trace';
import { type BusyKind, busyKindOf, busyKinds, type Overview } from './overview.ts';

/** Bins of a stream that nobody records: where it grows longer, two become one. */
const MOST_BINS = 512,
  FIRST_STEP = 50_000_000n;

/** How busy the stream was since this page hears it, in a fixed room: for an agent that keeps no recording. */
export class Heard {
  private from: bigint | undefined;
  private step = FIRST_STEP;
  private used = 0;
  private counts = emptyCounts();
  private newest = 0n;
  /** Rows up to here are counted; a section that tells them again changes nothing. */
  private counted = 0n;

  note(frame: Frame): void {
    for (let i = 0; i < frame.count; i++) {
      const kind = busyKindOf.get(frame.kind[i]!);
      if (kind && frame.time[i]! > this.counted) this.add(frame.time[i]!, kind);
    }
  }

  /** What comes next may tell again what was told: count only what is newer. */
  again(): void {
    this.counted = this.newest;
  }

  view(until: bigint): Overview {
    const counts = Object.fromEntries(busyKinds.map((kind) => [kind, this.counts[kind].slice(0, this.used)])) as Overview['counts'];
    return { from: this.from ?? until, step: this.step, until, counts };
  }

  private add(at: bigint, kind: BusyKind): void {
    this.from ??= at;
    if (at > this.newest) this.newest = at;
    // A row that is late belongs to the past, one before the first to the first bin: never lost, never out of range.
    const since = at > this.from ? at - this.from : 0n;
    while (since / this.step >= BigInt(MOST_BINS)) this.fold();
    const bin = Number(since / this.step);
    this.used = Math.max(this.used, bin + 1);
    this.counts[kind][bin]!++;
  }

  private fold(): void {
    this.step *= 2n;
    this.used = Math.ceil(this.used / 2);
    const before = this.counts;
    this.counts = emptyCounts();
    for (const kind of busyKinds) for (let k = 0; k < MOST_BINS; k++) this.counts[kind][k >>> 1]! += before[kind][k]!;
  }
}

const emptyCounts = (): Record<BusyKind, Uint32Array> =>
  Object.fromEntries(busyKinds.map((kind) => [kind, new Uint32Array(MOST_BINS)])) as Record<BusyKind, Uint32Array>;
