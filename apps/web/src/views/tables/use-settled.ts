import { useEffect, useState } from 'react';
import type { State } from '../../store/index.ts';
import { isSame, useScope } from '../scope.ts';

/** Tables are read, not watched: four times a second is as much as anyone can. */
const EVERY_MS = 250;

/** `usePick`, but at most four times a second; the page is not idle until the last change is in. */
export function useSettled<T>(pick: (state: State) => T): T {
  const { store, busy } = useScope(),
    [value, setValue] = useState(() => pick(store.get()));
  useEffect(() => {
    let shown = value,
      timer: ReturnType<typeof setTimeout> | undefined,
      end: (() => void) | undefined;
    const tell = (): void => {
      const ended = end;
      timer = end = undefined;
      shown = pick(store.get());
      setValue(() => shown);
      // After the paint that follows, so that idle means: in the document.
      requestAnimationFrame(() => ended?.());
    };
    const hear = (): void => {
      if (timer !== undefined || isSame(shown, pick(store.get()))) return;
      end ??= busy.begin('tables');
      timer = setTimeout(tell, EVERY_MS);
    };
    hear();
    const stop = store.subscribe(hear);
    return () => {
      stop();
      clearTimeout(timer);
      end?.();
    };
    // oxlint-disable-next-line react/exhaustive-deps -- `pick` is written inline and reads only the state.
  }, [store, busy]);
  return value;
}
