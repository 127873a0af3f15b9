/** Those who wait for something to come in the stream. */
export class Waiters<T> {
  private readonly waiting = new Set<{ readonly what: T; readonly go: () => void }>();

  /** Lets those go whose time has come. */
  release(hasCome: (what: T) => boolean): void {
    for (const { what, go } of this.waiting) if (hasCome(what)) go();
  }

  /** Resolves true when it has come, false when `signal` aborts first. */
  wait(what: T, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (hasCome: boolean): void => {
        this.waiting.delete(waiter);
        signal.removeEventListener('abort', giveUp);
        resolve(hasCome);
      };
      const giveUp = (): void => end(false);
      const waiter = { what, go: () => end(true) };
      if (signal.aborted) return resolve(false);
      signal.addEventListener('abort', giveUp);
      this.waiting.add(waiter);
    });
  }
}
