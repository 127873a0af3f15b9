import type { KernelCount } from './trace.ts';

/** Keeps account of what a trace says is lost. */
export class Lost {
  /** Records, where pages or lines say how many. */
  records = 0n;
  /** Places where they do. */
  gaps = 0;
  /** Places where something was lost, and nobody knows how much. */
  unknownGaps = 0;

  /** -1n: some. */
  told(n: bigint): void {
    if (n < 0n) this.unknownGaps++;
    else {
      this.records += n;
      this.gaps++;
    }
  }

  /** What the kernel counted and nobody told of. A gap of unknown size may have been all of it. */
  rest(count: KernelCount | undefined): bigint {
    const rest = count === undefined || this.unknownGaps > 0 ? 0n : count.overrun + count.dropped - this.records;
    return rest > 0n ? rest : 0n;
  }
}
