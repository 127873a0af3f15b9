import type { StepUnit } from '../../feed/op-steps.ts';
import { moves, type State } from '../../store/index.ts';
import type { Scope } from '../scope.ts';

/* What moves the one time cursor: keys, buttons and pictures do the same by these. */

/** Times as fast as it was; infinite: as fast as can be. */
export const speeds = [0.01, 0.1, 0.5, 1, 2, 10, 100, Infinity] as const;

export const isStill = ({ pulse }: State): boolean => pulse?.replay !== undefined && !pulse.replay.isPlaying;

/** Whoever sees it move stops it; from where it stands still it goes on. */
export function togglePlay({ store, feed }: Scope): void {
  if (isStill(store.get())) feed.play();
  else feed.freeze();
}

export function goLive({ store, feed }: Scope): void {
  feed.live();
  store.move(moves.followNewest);
}

/** To where the next operation on the file in view ends, or the one before did; it is selected. */
export async function step({ store, feed }: Scope, by: 1 | -1, unit: StepUnit): Promise<void> {
  const { inode } = store.get(),
    target = await feed.step(by, unit, inode);
  if (target && store.get().inode === inode) store.move(moves.select(target));
}

/** So much of the time in view. */
export function shift({ store, feed }: Scope, share: number): void {
  const { pulse, timeSpan } = store.get(),
    at = (pulse?.until ?? 0n) + BigInt(Math.round(Number(timeSpan) * share));
  if (pulse) feed.seek(at < pulse.newest ? at : pulse.newest);
}

export function turnSpeed({ store, feed }: Scope, by: 1 | -1): void {
  const at = speeds.indexOf((store.get().pulse?.replay?.speed ?? 1) as (typeof speeds)[number]);
  feed.setSpeed(speeds[Math.max(0, Math.min(speeds.length - 1, at + by))]!);
}

export const saySpeed = (speed: number): string => (speed === Infinity ? 'max' : `${speed}×`);
