import { type Released, releaseRun } from './release.ts';
import { listRuns, liveRuns, sweepAside } from './run-folder.ts';

/** A run that has just been killed is being released by what is left of it: that is waited for, so that nothing is there afterwards. */
const RELEASE_WAIT_MS = 8000;

/** Releases every run below a runtime folder of our own whose supervisor is gone. */
export async function releaseDead(runtimeDir: string): Promise<Released> {
  const done: string[] = [],
    left: string[] = [],
    live = new Set(liveRuns(runtimeDir).map(({ folder }) => folder));
  for (const folder of listRuns(runtimeDir).filter((folder) => !live.has(folder))) {
    const released = await releaseRun(folder, RELEASE_WAIT_MS);
    done.push(...(released?.done ?? []));
    left.push(...(released?.left ?? []));
  }
  sweepAside(runtimeDir);
  return { done, left };
}
