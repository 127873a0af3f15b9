/** What the kernel counted in the ring buffer of one CPU. */
export interface RingStats {
  /** As trace-cmd writes in front of it; undefined in the kernel's own file. */
  readonly cpu: number | undefined;
  /** Overwritten before they were read. */
  readonly overrun: bigint;
  /** No room, and nothing overwritten. */
  readonly dropped: bigint;
  /** Read so far. */
  readonly read: bigint;
}

/** The text of `per_cpu/cpuN/stats`. What it does not say is 0. */
export function parseRingStats(text: string): RingStats {
  const count = (name: string): bigint => BigInt(new RegExp(`^${name}: (\\d{1,20})\\s*$`, 'm').exec(text)?.[1] ?? 0),
    cpu = /^CPU: (\d{1,5})\s*$/m.exec(text)?.[1];
  return {
    cpu: cpu === undefined ? undefined : Number(cpu),
    overrun: count('overrun'),
    dropped: count('dropped events'),
    read: count('read events'),
  };
}
