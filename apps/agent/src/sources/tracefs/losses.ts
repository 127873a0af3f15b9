import type { Instance } from './instance.ts';

/** Keeps account of lost records: pages say some, `per_cpu/cpuN/stats` counts them all. */
export class Losses {
  private readonly known = new Map<number, bigint>();
  private readonly instance: Pick<Instance, 'droppedOn'>;

  constructor(instance: Pick<Instance, 'droppedOn'>) {
    this.instance = instance;
  }

  /** A page said so; -1n, a number it did not know, is at least one. */
  told(cpu: number, n: bigint): void {
    this.known.set(cpu, (this.known.get(cpu) ?? 0n) + (n < 0n ? 1n : n));
  }

  /** What nobody was told of yet, when all has been read. `owed` was said by pages without records. 0n: nothing; -1n: some. */
  rest(cpu: number, owed: bigint): bigint {
    try {
      const rest = this.instance.droppedOn(cpu) - (this.known.get(cpu) ?? 0n);
      if (rest > 0n) return rest;
    } catch {
      // The instance is gone: only what the pages said is known.
      return owed;
    }
    return 0n;
  }
}
