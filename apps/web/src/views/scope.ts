import { createContext, useContext, useRef, useSyncExternalStore } from 'react';
import type { Palette } from '../draw/index.ts';
import type { StepUnit } from '../feed/op-steps.ts';
import type { Target } from '../feed/target.ts';
import type { Busy, Move, State, Store } from '../store/index.ts';

/** What a view can ask of the worker beside looking: everything else goes through the store. */
export interface FeedCalls {
  /** The picture stands still; recording goes on. */
  freeze(): void;
  /** Another moment; of several asked for in a row the last. */
  seek(at: bigint): void;
  play(): void;
  setSpeed(speed: number): void;
  /** To where an operation on the file goes on; answers which it is. */
  step(by: 1 | -1, unit: StepUnit, inode: number): Promise<Target | undefined>;
  /** Back to the newest, moving. */
  live(): void;
  /** Ask the sources to look at a file again. */
  refresh(inode: number): void;
  retry(): void;
  open(file: File): void;
  leaveFile(): void;
}

/** Colours as they are now, and word when the theme changes. */
export interface Palettes {
  get(): Palette;
  subscribe(listener: () => void): () => void;
}

export interface Scope {
  readonly store: Store;
  readonly feed: FeedCalls;
  readonly busy: Busy;
  readonly palettes: Palettes;
}

const Context = createContext<Scope | undefined>(undefined);
export const ScopeProvider = Context.Provider;

export function useScope(): Scope {
  const scope = useContext(Context);
  if (!scope) throw new Error('a view stands outside of ScopeProvider');
  return scope;
}

export const useMove = (): ((move: Move) => void) => useScope().store.move;

/** The one hook that joins the store to React. `pick` may make a new object each time: it is compared by its values. */
export function usePick<T>(pick: (state: State) => T): T {
  const { store } = useScope(),
    last = useRef<T | undefined>(undefined);
  return useSyncExternalStore(store.subscribe, () => {
    const next = pick(store.get());
    if (last.current !== undefined && isSame(last.current, next)) return last.current;
    last.current = next;
    return next;
  });
}

/** By value, all the way down plain objects and lists; anything else (numbers in an array of a type, say) is only itself. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b || !isPlain(a) || Object.getPrototypeOf(a) !== Object.getPrototypeOf(b))
    return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSame((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
  );
}

const isPlain = (value: object): boolean => Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
