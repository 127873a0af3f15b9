import { type Released, releaseRun } from './release.ts';
import { listRuns, sweepAside } from './run-folder.ts';

/** Releases every run below a runtime folder of our own whose lock is free. */
export async function releaseDead(runtimeDir: string): Promise<Released> {
  const done: string[] = [],
    left: string[] = [];
  for (const folder of listRuns(runtimeDir)) {
    const released = await releaseRun(folder);
    done.push(...(released?.done ?? []));
    left.push(...(released?.left ?? []));
  }
  sweepAside(runtimeDir);
  return { done, left };
}
