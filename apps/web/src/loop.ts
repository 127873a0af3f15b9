import { proxy, type Remote } from 'comlink';
import type { Feed } from './feed/feed.ts';
import type { Pulse } from './feed/look.ts';
import { type Busy, type State, type Store, moves } from './store/index.ts';

/** A part that changed but waits for its beat is asked for again after this. */
const BEHIND_MS = 60;

export interface Loop {
  /** One whole round: all that the worker knows now is in the store when this resolves, nothing a beat behind. */
  refresh(): Promise<void>;
}

/**
 * Joins worker and store: a pulse is taken once a frame, then the window in view is asked for. One look is on its way at a time;
 * what changes meanwhile is the next one.
 */
export function startLoop(store: Store, feed: Remote<Feed>, busy: Busy): Loop {
  let running: Promise<void> | undefined,
    isWanted = false;

  const round = async (isWhole: boolean): Promise<void> => {
    const end = busy.begin('waiting for the worker');
    try {
      const look = moves.lookOf(store.get()),
        answer = await feed.look(isWhole ? { ...look, seen: {} } : look);
      store.move(moves.hearAnswer(answer));
      if (answer.isBehind) {
        setTimeout(() => void ask(), BEHIND_MS);
      }
    } finally {
      end();
    }
  };

  const ask = (): Promise<void> => {
    if (running) {
      isWanted = true;
      return running;
    }
    running = round(false).finally(() => {
      running = undefined;
      if (isWanted) {
        isWanted = false;
        void ask();
      }
    });
    return running;
  };

  store.subscribe((state, before) => {
    if (isOtherLook(state, before)) void ask();
    if (state.tab !== before.tab || state.file !== before.file) void askMoments();
  });

  let momentsOf = '';
  const askMoments = async (): Promise<void> => {
    const state = store.get();
    if (!moves.wantsMoments(state)) return;
    const { inode, pulse } = state,
      { file } = moves.lookOf(state),
      key = `${inode} ${pulse?.until}`;
    if (!file || !pulse || key === momentsOf) return;
    momentsOf = key;
    const end = busy.begin('what was in the page cache before');
    store.move(moves.hearMoments(inode, pulse.until, await feed.momentsBefore(file).finally(end)));
  };

  const endConnecting = busyWhile(busy, 'connecting', () => isWaiting(store.get().pulse)),
    endLoading = busyWhile(busy, 'fetching a moment', () => store.get().pulse?.replay?.isLoading === true);
  const onPulse = (pulse: Pulse): Promise<void> =>
    new Promise((resolve) => {
      const end = busy.begin('taking what the worker said');
      requestAnimationFrame(() => {
        store.move(moves.hearPulse(pulse));
        endConnecting();
        endLoading();
        end();
        void ask().then(resolve, resolve);
        void askMoments();
      });
    });
  void feed.start(proxy(onPulse), matchMedia('(prefers-reduced-motion: reduce)').matches);
  return {
    async refresh() {
      // The look that is on its way was asked before now: its answer may be of before.
      await running;
      await round(true);
    },
  };
}

/** Until the line is up and the first sections are in, or it is clear that they will not come. */
function isWaiting(pulse: Pulse | undefined): boolean {
  const is = pulse?.link.is;
  return pulse === undefined || is === 'connecting' || is === 'reading' || (is === 'live' && !pulse.isSettled);
}

/** Busy as long as something is so; to be called when it may have changed. */
function busyWhile(busy: Busy, reason: string, isSo: () => boolean): () => void {
  let end: (() => void) | undefined = isSo() ? busy.begin(reason) : undefined;
  return () => {
    if (isSo()) end ??= busy.begin(reason);
    else {
      end?.();
      end = undefined;
    }
  };
}

const isOtherLook = (state: State, before: State): boolean =>
  state.inode !== before.inode ||
  state.path !== before.path ||
  state.camera !== before.camera ||
  state.selected !== before.selected ||
  state.timeSpan !== before.timeSpan ||
  state.timeEnd !== before.timeEnd ||
  state.timeColumns !== before.timeColumns ||
  state.sort !== before.sort ||
  state.filter !== before.filter ||
  state.listFirst !== before.listFirst ||
  state.listCount !== before.listCount;
