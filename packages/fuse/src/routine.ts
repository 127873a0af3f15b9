/**
 * Work that nearly always ends at once and sometimes has to wait. It is written once: a promise is yielded, everything else runs
 * through. So a filesystem that answers with values is served without a turn of the event loop.
 */
export type Routine<T> = Generator<Promise<unknown>, T, unknown>;

/** A value, or a promise where something had to be waited for: what a filesystem answers. */
export type Soon<T> = T | Promise<T>;

/** The value, waited for only if it is a promise. Hot paths write this out: a generator for each answer costs more than most answers. */
export function* settle<T>(answer: Soon<T>): Routine<T> {
  return answer instanceof Promise ? ((yield answer) as T) : answer;
}

/** Run to the end: the value itself where nothing had to wait. What the routine throws is thrown, or rejects. */
export function run<T>(routine: Routine<T>): Soon<T> {
  const first = routine.next();
  return first.done ? first.value : goOn(routine, first.value);
}

/** Carry on a routine that waits for `waitsFor`. */
export async function goOn<T>(routine: Routine<T>, waitsFor: Promise<unknown>): Promise<T> {
  for (;;) {
    let settled: { value: unknown } | { error: unknown };
    try {
      settled = { value: await waitsFor };
    } catch (error) {
      settled = { error };
    }
    // Outside the try: what the routine itself throws must not be thrown into it again.
    const step = 'error' in settled ? routine.throw(settled.error) : routine.next(settled.value);
    if (step.done) return step.value;
    waitsFor = step.value;
  }
}
