import { Waiters } from './waiters.ts';

/** Those who wait for the stream's clock to pass a time. */
export class ClockWaiters {
  private readonly waiters = new Waiters<bigint>();

  /** Every row earlier than `until` has come. */
  tick(until: bigint): void {
    this.waiters.release((at) => until > at);
  }

  /** Resolves true behind `at`, false when `signal` aborts first. */
  wait(at: bigint, signal: AbortSignal): Promise<boolean> {
    return this.waiters.wait(at, signal);
  }
}
