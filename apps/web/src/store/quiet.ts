/** Something that is not finished yet, by its name: "a look is on its way". */
export interface Busy {
  /** Answers what says that it is finished; saying it twice changes nothing. */
  begin(reason: string): () => void;
  reasons(): readonly string[];
  /** Resolves at the first moment when nothing is under way. Rejects after `timeoutMs`, naming what still is. */
  idle(timeoutMs?: number): Promise<void>;
}

/** The page can say that all it knows is on screen, so that a test asks instead of sleeping. `later` as setTimeout has it. */
export function busyness(later: (then: () => void, ms: number) => () => void): Busy {
  const running = new Map<symbol, string>(),
    waiting = new Set<() => void>();
  const reasons = (): string[] => [...new Set(running.values())];
  return {
    begin(reason) {
      const id = Symbol(reason);
      running.set(id, reason);
      return () => {
        if (running.delete(id) && running.size === 0) for (const wake of [...waiting]) wake();
      };
    },
    reasons,
    idle: (timeoutMs = 10_000) =>
      new Promise((resolve, reject) => {
        if (running.size === 0) return resolve();
        const cancel = later(() => {
          waiting.delete(wake);
          reject(new Error(`not idle after ${timeoutMs} ms: ${reasons().join(', ')}`));
        }, timeoutMs);
        const wake = (): void => {
          waiting.delete(wake);
          cancel();
          resolve();
        };
        waiting.add(wake);
      }),
  };
}
