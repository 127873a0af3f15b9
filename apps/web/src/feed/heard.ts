import type { Frame } from '@mapscope/shared/trace';
import { type BusyKind, busyKindOf, busyKinds, byKind, type Overview } from './overview.ts';

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
  /** The bin of the last row, and the moments that it has: rows come in heaps, and few begin another bin. */
  private bin = 0;
  private binFrom = 0n;
  private binTo = 0n;

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

  /** As it is now: its counts go on with what is heard. */
  view(until: bigint): Overview {
    return { from: this.from ?? until, step: this.step, until, counts: byKind((kind) => this.counts[kind].subarray(0, this.used)) };
  }

  private add(at: bigint, kind: BusyKind): void {
    if (at > this.newest) this.newest = at;
    if (at < this.binFrom || at >= this.binTo) this.turnTo(at);
    this.counts[kind][this.bin]!++;
  }

  private turnTo(at: bigint): void {
    this.from ??= at;
    // A row that is late belongs to the past, one before the first to the first bin: never lost, never out of range.
    const since = at > this.from ? at - this.from : 0n;
    while (since / this.step >= BigInt(MOST_BINS)) this.fold();
    const bin = since / this.step;
    this.bin = Number(bin);
    this.binFrom = this.from + bin * this.step;
    this.binTo = this.binFrom + this.step;
    this.used = Math.max(this.used, this.bin + 1);
  }

  private fold(): void {
    this.step *= 2n;
    this.used = Math.ceil(this.used / 2);
    const before = this.counts;
    this.counts = emptyCounts();
    for (const kind of busyKinds) for (let k = 0; k < MOST_BINS; k++) this.counts[kind][k >>> 1]! += before[kind][k]!;
  }
}

const emptyCounts = (): Record<BusyKind, Uint32Array> => byKind(() => new Uint32Array(MOST_BINS));
