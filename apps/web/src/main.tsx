import { wrap } from 'comlink';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import type { Feed } from './feed/feed.ts';
import type { Target } from './feed/target.ts';
import { latest } from './latest.ts';
import { startLoop } from './loop.ts';
import { busyness, createMapscope, moves } from './store/index.ts';
import './theme.css';
import { type FeedCalls, type Scope, ScopeProvider } from './views/scope.ts';
import { chosenInAddress, followAddress } from './views/shell/address.ts';
import { followKeys } from './views/shell/keys.ts';
import { Shell } from './views/shell/Shell.tsx';
import { followTheme } from './views/shell/theme.ts';

declare global {
  interface Window {
    mapscope: {
      /** Resolves when all that the page knows now is on screen. Rejects after `timeoutMs`, naming what is not. */
      idle(timeoutMs?: number): Promise<void>;
      /** What is on screen, for measurements: the model's clock as decimal nanoseconds, and the file's dirty bytes. */
      shown(): { readonly until: string; readonly inode: number; readonly dirty: string; readonly pieces: number };
    };
  }
}

const store = createMapscope(chosenInAddress()),
  busy = busyness((then, ms) => {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  }),
  palettes = followTheme(store);
/** The page is not quiet before this has its answer. */
async function whileBusy<T>(reason: string, answer: Promise<T>): Promise<T> {
  const end = busy.begin(reason);
  try {
    return await answer;
  } finally {
    end();
  }
}
const feed = wrap<Feed>(new Worker(new URL('./feed/worker.ts', import.meta.url), { type: 'module', name: 'feed' }));

const calls: FeedCalls = {
  freeze: () => void feed.freeze(),
  seek: latest((at: bigint) => whileBusy('moving in time', feed.seek(at))),
  play: () => void feed.play(),
  setSpeed: (speed) => void feed.setSpeed(speed),
  step: (by, unit, inode) => whileBusy<Target | undefined>('stepping', feed.step(by, unit, inode)),
  live: () => void feed.live(),
  refresh: (inode: number) => void feed.refresh(inode),
  retry: () => void feed.retry(),
  open: (file: File) => {
    store.move(moves.forgetStream);
    void feed.open(file);
  },
  leaveFile: () => {
    store.move(moves.forgetStream);
    void feed.leaveFile();
  },
};
const scope: Scope = { store, feed: calls, busy, palettes };
followAddress(store);
followKeys(scope);
const { at } = store.get();
if (at !== undefined) calls.seek(at);
createRoot(document.getElementById('app')!).render(
  <StrictMode>
    <ScopeProvider value={scope}>
      <Shell />
    </ScopeProvider>
  </StrictMode>,
);
const loop = startLoop(store, feed, busy);

window.mapscope = {
  async idle(timeoutMs) {
    // What is under way first: a moment that is being fetched, say. Then what the worker knows, and the drawing of it.
    await busy.idle(timeoutMs);
    await loop.refresh();
    await busy.idle(timeoutMs);
  },
  shown() {
    const { file } = store.get();
    return {
      until: `${file?.until ?? 0n}`,
      inode: file?.inode ?? 0,
      dirty: `${file?.totals.dirty ?? 0n}`,
      pieces: file?.totals.pieces ?? 0,
    };
  },
};
