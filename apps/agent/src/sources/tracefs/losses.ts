import type { Instance } from './instance.ts';

/** Keeps account of records that do not come to us: pages say how many were lost, `per_cpu/cpuN/stats` counts those, and all that anybody has read. */
export class Losses {
  /** Lost, and told of; by CPU. */
  private readonly known = new Map<number, bigint>();
  /** That we have read; by CPU. */
  private readonly read = new Map<number, bigint>();
  private readonly instance: Pick<Instance, 'statsOf'>;

  constructor(instance: Pick<Instance, 'statsOf'>) {
    this.instance = instance;
  }

  /** A page said so; -1n, a number it did not know, is at least one. */
  told(cpu: number, n: bigint): void {
    this.known.set(cpu, (this.known.get(cpu) ?? 0n) + (n < 0n ? 1n : n));
  }

  /** We have read so many records more. */
  took(cpu: number, n: number): void {
    this.read.set(cpu, (this.read.get(cpu) ?? 0n) + BigInt(n));
  }

  /** What nobody was told of yet, when all has been read. `owed` was said by pages without records. 0n: nothing; -1n: some. */
  rest(cpu: number, owed: bigint): bigint {
    try {
      const { overrun, dropped } = this.instance.statsOf(cpu),
        rest = overrun + dropped - (this.known.get(cpu) ?? 0n);
      if (rest > 0n) return rest;
    } catch {
      // The instance is gone: only what the pages said is known.
      return owed;
    }
    return 0n;
  }

  /**
   * What others have taken out of a CPU's buffer since it was asked before: 0n nothing; -1n some, as the buffer was emptied. Whoever opens `trace_pipe` takes records
   * that we never see, and the kernel counts what was read, whoever it was; who writes to `trace` empties the buffers, and all is counted from 0 again.
   * Throws when the instance is gone.
   */
  taken(cpu: number): bigint {
    const { read, overrun, dropped } = this.instance.statsOf(cpu),
      others = read - (this.read.get(cpu) ?? 0n);
    if (others === 0n) return 0n;
    this.read.set(cpu, read);
    if (others > 0n) return others;
    this.known.set(cpu, overrun + dropped);
    return -1n;
  }
}
