import { createStore } from 'zustand/vanilla';
import type { Move } from './moves.ts';
import { type Choice, first, type State } from './state.ts';

export * from './address.ts';
export * from './camera.ts';
export * from './past.ts';
export * from './quiet.ts';
export * from './state.ts';
export * as moves from './moves.ts';
export type { Move } from './moves.ts';

export interface Store {
  readonly get: () => State;
  /** Listeners hear of it only when something changed. */
  readonly move: (move: Move) => void;
  /** Answers what ends it. */
  readonly subscribe: (listener: (state: State, before: State) => void) => () => void;
}

/** The one state of the page. It knows no React and no page. */
export function createMapscope(chosen: Partial<Choice> = {}): Store {
  const store = createStore<State>(() => ({ ...first, ...chosen }));
  return {
    get: store.getState,
    subscribe: store.subscribe,
    move(move) {
      const state = store.getState(),
        change = move(state);
      if (Object.entries(change).some(([key, value]) => state[key as keyof State] !== value)) store.setState(change);
    },
  };
}
