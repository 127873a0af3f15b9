import { type Palette, paletteFrom } from '../../draw/index.ts';
import type { Store } from '../../store/index.ts';
import type { Palettes } from '../scope.ts';

/** Puts the chosen theme (or the system's) on the page, and reads the colours of it for the canvases. */
export function followTheme(store: Store): Palettes {
  const system = matchMedia('(prefers-color-scheme: dark)'),
    listeners = new Set<() => void>(),
    root = document.documentElement;
  let palette: Palette;
  const apply = (): void => {
    const { theme } = store.get();
    root.dataset['theme'] = theme === 'auto' ? (system.matches ? 'dark' : 'light') : theme;
    const style = getComputedStyle(root);
    palette = paletteFrom((property) => style.getPropertyValue(property));
    for (const listener of listeners) listener();
  };
  apply();
  system.addEventListener('change', apply);
  store.subscribe((state, before) => state.theme !== before.theme && apply());
  return {
    get: () => palette,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export const isDarkNow = (): boolean => document.documentElement.dataset['theme'] === 'dark';
