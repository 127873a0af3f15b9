import { setTimeout as sleep } from 'node:timers/promises';
import { attempt } from './attempt.ts';
import type { Scene } from './scene.ts';

export interface Pace {
  readonly stepsPerSecond: number;
  /** Steps of one scene before the next has its turn: what belongs together is seen together. */
  readonly run: number;
}

export const paces: Readonly<Record<'gentle' | 'busy', Pace & { readonly size: number }>> = {
  gentle: { stepsPerSecond: 6, run: 3, size: 1 },
  busy: { stepsPerSecond: 4000, run: 40, size: 16 },
};

/** What a scene says when the mount is on its way out; whoever started us ends us. */
const gone = new Set(['ENOTCONN', 'ENODEV', 'ECONNABORTED']);
/** What it says when there is no room: then its own files make some. */
const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
/** Below this a sleep is not worth its wake-up. */
const TICK_MS = 5;

/** Plays the scenes in turn until `signal` aborts. What they throw ends nothing: it is told and the next step follows. */
export async function play(
  scenes: readonly Scene[],
  pace: Pace,
  signal: AbortSignal,
  tell: (scene: string, code: string) => void,
): Promise<void> {
  const stepMs = 1000 / pace.stepsPerSecond;
  let due = performance.now();
  for (let step = 0; !signal.aborted; step++) {
    const scene = scenes[Math.floor(step / pace.run) % scenes.length]!;
    const code = attempt(() => scene.step());
    if (code !== undefined) {
      tell(scene.name, code);
      if (full.has(code)) for (const each of scenes) attempt(() => each.recycle());
      else await pause(gone.has(code) ? 1000 : 100, signal);
    }
    const now = performance.now();
    // What a slow mount has missed is not caught up with by a burst: nobody asked for that pace.
    due = Math.max(due + stepMs, now - 50);
    const early = due - now;
    if (early > TICK_MS) await pause(early, signal);
    else if (step % 64 === 63) await pause(0, signal);
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> => sleep(ms, undefined, { signal }).catch(() => undefined);
