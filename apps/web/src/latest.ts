/**
 * Runs one at a time, and of those that are asked for meanwhile only the last: who drags through time wants to see where he is, not every place that he
 * passed.
 */
export function latest<T>(run: (value: T) => Promise<unknown>): (value: T) => void {
  let isRunning = false,
    waiting: { readonly value: T } | undefined;
  const start = (value: T): void => {
    isRunning = true;
    void run(value).finally(() => {
      isRunning = false;
      const next = waiting;
      waiting = undefined;
      if (next) start(next.value);
    });
  };
  return (value) => {
    if (isRunning) waiting = { value };
    else start(value);
  };
}
