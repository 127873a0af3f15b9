/** Something that is not finished yet, by its name: "a look is on its way". */
export interface Busy {
  /** Answers what says that it is finished; saying it twice changes nothing. */
  begin(reason: string): () => void;
  reasons(): readonly string[];
  /** Resolves when all that is under way now has ended, whatever begins meanwhile. Rejects after `timeoutMs`, naming what has not. */
  idle(timeoutMs?: number): Promise<void>;
}

/** The page can say that all it knows is on screen, so that a test asks instead of sleeping. `later` as setTimeout has it. */
export function busyness(later: (then: () => void, ms: number) => () => void): Busy {
  const running = new Map<symbol, string>(),
    waiting = new Set<{ readonly ids: Set<symbol>; readonly wake: () => void }>();
  const say = (ids: Iterable<symbol>): string[] => [...new Set([...ids].map((id) => running.get(id) ?? ''))];
  return {
    begin(reason) {
      const id = Symbol(reason);
      running.set(id, reason);
      return () => {
        if (!running.delete(id)) return;
        for (const one of waiting) if (one.ids.delete(id) && one.ids.size === 0) one.wake();
      };
    },
    reasons: () => say(running.keys()),
    idle: (timeoutMs = 10_000) =>
      new Promise((resolve, reject) => {
        if (running.size === 0) return resolve();
        const ids = new Set(running.keys());
        const cancel = later(() => {
          waiting.delete(one);
          reject(new Error(`not idle after ${timeoutMs} ms: ${say(ids).join(', ')}`));
        }, timeoutMs);
        const one = {
          ids,
          wake: (): void => {
            waiting.delete(one);
            cancel();
            resolve();
          },
        };
        waiting.add(one);
      }),
  };
}
