import { tinykeys } from 'tinykeys';
import { type Move, moves, type Store } from '../../store/index.ts';
import { keyTable, type KeyName } from './key-table.ts';
import type { Scope } from '../scope.ts';
import { isDarkNow } from './theme.ts';
import { goLive, shift, step, togglePlay, turnSpeed } from './time.ts';

export const FILTER_ID = 'filter-files';

/** Pixels of a lane that is as wide as all: a camera has no width of its own. */
const LANE = 1000,
  STEP = 1.6,
  GLIDE_MS = 120;

/** Listens for all keys of the table. What is typed into a field stays there. */
export function followKeys(scope: Scope): void {
  const { store } = scope;
  const act: Readonly<Record<KeyName, () => void>> = {
    pause: () => togglePlay(scope),
    live: () => goLive(scope),
    before: () => void step(scope, -1, 'op'),
    after: () => void step(scope, 1, 'op'),
    phaseBefore: () => void step(scope, -1, 'phase'),
    phaseAfter: () => void step(scope, 1, 'phase'),
    earlier: () => shift(scope, -0.05),
    later: () => shift(scope, 0.05),
    oldest: () => scope.feed.seek(0n),
    newest: () => scope.feed.seek(store.get().pulse?.newest ?? 0n),
    slower: () => turnSpeed(scope, -1),
    faster: () => turnSpeed(scope, 1),
    fileUp: () => store.move(moves.stepFile(-1)),
    fileDown: () => store.move(moves.stepFile(1)),
    closer: () => glide(store, (share) => moves.zoomFile(STEP ** share, LANE / 2, LANE)),
    wider: () => glide(store, (share) => moves.zoomFile(STEP ** -share, LANE / 2, LANE)),
    whole: () => store.move(moves.showWhole),
    left: () => glide(store, (share) => moves.panFile((LANE / 6) * share, LANE)),
    right: () => glide(store, (share) => moves.panFile((-LANE / 6) * share, LANE)),
    map: () => store.move(moves.showTab('map')),
    strips: () => store.move(moves.showTab('strips')),
    folios: () => store.move(moves.showTab('folios')),
    table: () => store.move(moves.turnTable),
    notation: () => store.move(moves.turnNotation),
    theme: () => store.move(moves.turnTheme(isDarkNow())),
    find: () => document.getElementById(FILTER_ID)?.focus(),
    letGo: () => store.move(moves.letGo),
    help: () => store.move(moves.openHelp(!store.get().isHelpOpen)),
  };
  const listeners: Record<string, (event: KeyboardEvent) => void> = {};
  for (const [name, { press }] of Object.entries(keyTable))
    for (const key of press)
      listeners[key] = (event) => {
        if (isForField(event) && key !== 'Escape') return;
        if (store.get().isHelpOpen && name !== 'letGo' && name !== 'help') return;
        event.preventDefault();
        act[name as KeyName]();
      };
  tinykeys(window, listeners);
}

/** A key that the element with the focus needs itself. */
function isForField(event: KeyboardEvent): boolean {
  const { target } = event;
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches('input, select, textarea')) return true;
  // A tab that is chosen already has no use for it.
  return event.key === ' ' && target.matches('button, summary, a, [role=tab]') && !target.matches('[role=tab][aria-selected=true]');
}

/** A change in small steps over 120 ms, ease-out; one jump where the system asks for less motion. `part` makes the move for a share of the whole. */
function glide(store: Store, part: (share: number) => Move): void {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return store.move(part(1));
  const start = performance.now();
  let done = 0;
  const step = (): void => {
    const t = Math.min(1, (performance.now() - start) / GLIDE_MS),
      eased = 1 - (1 - t) ** 3;
    store.move(part(eased - done));
    done = eased;
    if (t < 1) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}
