import { type Frame, Kind, OpType } from '@mapscope/shared/trace';
import { OpFlag, Opcode } from '@mapscope/shared/wire';
import type { RateView } from './look.ts';

/** At most so many bins: where a recording grows longer, two become one. */
const BINS = 512;
const FIRST_STEP = 50_000_000n;

export type OpClass = 'read' | 'write' | 'other' | 'writeback';

/** How an op counts, and which colour its bracket has. */
export function classOf(type: number, flags: number): OpClass {
  if (type === OpType.writeback) return 'writeback';
  if (type === OpType.request) return flags === Opcode.READ ? 'read' : flags === Opcode.WRITE ? 'write' : 'other';
  if ((flags & OpFlag.WRITEBACK) !== 0) return 'writeback';
  if ((flags & (OpFlag.ZERO | OpFlag.REPORT)) !== 0) return 'other';
  return (flags & (OpFlag.WRITE | OpFlag.UNSHARE)) !== 0 ? 'write' : 'read';
}

/** How busy the stream was, from the first op to now, in a fixed room. */
export class Rates {
  private from: bigint | undefined;
  private step = FIRST_STEP;
  private used = 0;
  private counts = emptyCounts();
  /** Ops up to here are counted; a section that tells them again changes nothing. */
  private counted = 0n;
  private newest = 0n;

  note(frame: Frame): void {
    for (let i = 0; i < frame.count; i++) {
      if (frame.kind[i] !== Kind.opBegin || frame.time[i]! <= this.counted) continue;
      this.add(frame.time[i]!, classOf(frame.type[i]!, frame.flags[i]!));
    }
  }

  /** What comes next may tell again what was told: count only what is newer. */
  again(): void {
    this.counted = this.newest;
  }

  view(): RateView {
    const cut = (all: Uint32Array): Uint32Array => all.slice(0, this.used);
    const { read, write, other, writeback } = this.counts;
    return { from: this.from ?? 0n, step: this.step, read: cut(read), write: cut(write), other: cut(other), writeback: cut(writeback) };
  }

  private add(at: bigint, kind: OpClass): void {
    this.from ??= at;
    if (at > this.newest) this.newest = at;
    // A row that is late belongs to the past, one before the first to the first bin: never lost, never out of range.
    const since = at > this.from ? at - this.from : 0n;
    while (since / this.step >= BigInt(BINS)) this.fold();
    const bin = Number(since / this.step);
    this.used = Math.max(this.used, bin + 1);
    this.counts[kind][bin]!++;
  }

  private fold(): void {
    this.step *= 2n;
    this.used = Math.ceil(this.used / 2);
    const before = this.counts;
    this.counts = emptyCounts();
    for (const kind of ['read', 'write', 'other', 'writeback'] as const)
      for (let k = 0; k < BINS; k++) this.counts[kind][k >>> 1]! += before[kind][k]!;
  }
}

const emptyCounts = (): Record<OpClass, Uint32Array> => ({
  read: new Uint32Array(BINS),
  write: new Uint32Array(BINS),
  other: new Uint32Array(BINS),
  writeback: new Uint32Array(BINS),
});
