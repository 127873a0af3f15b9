/** Those who wait for the stream's clock to pass a time. */
export class ClockWaiters {
  private readonly waiting = new Set<{ readonly at: bigint; readonly go: () => void }>();

  /** Every row earlier than `until` has come. */
  tick(until: bigint): void {
    for (const waiter of this.waiting) if (until > waiter.at) waiter.go();
  }

  /** Resolves true behind `at`, false when `signal` aborts first. */
  wait(at: bigint, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isPassed: boolean): void => {
        this.waiting.delete(waiter);
        signal.removeEventListener('abort', giveUp);
        resolve(isPassed);
      };
      const giveUp = (): void => end(false);
      const waiter = { at, go: () => end(true) };
      if (signal.aborted) return resolve(false);
      signal.addEventListener('abort', giveUp);
      this.waiting.add(waiter);
    });
  }
}
