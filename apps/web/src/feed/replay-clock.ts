/** Times are nanoseconds of the stream; `nowMs` any clock that only goes forward. Infinite speed has no clock: it is as fast as it can be shown. */
export class ReplayClock {
  private from = 0n;
  private startedMs = 0;
  private factor = 1;

  get speed(): number {
    return this.factor;
  }

  /** Goes on from `at`, `speed` times as fast as it was. */
  start(at: bigint, speed: number, nowMs: number): void {
    this.from = at;
    this.startedMs = nowMs;
    this.factor = speed;
  }

  /** What time it is in the stream. Not for infinite speed. */
  at(nowMs: number): bigint {
    return this.from + BigInt(Math.round((nowMs - this.startedMs) * 1e6 * this.factor));
  }
}
