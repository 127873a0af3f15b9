import { umountApart } from '@mapscope/native';
import type { Problem } from '@mapscope/shared/units';

import { unmountByHelper } from './helper.ts';
import { notMounted, unmountProblem } from './problem.ts';
import { findMount, isFuse } from './table.ts';

export interface UnmountHow {
  /** Abort the connection first: dirty pages are lost, whoever waits gets an error. Root only. */
  readonly force?: boolean;
  /** Gone from the tree at once, finished when nobody uses it any more. */
  readonly detach?: boolean;
  /** How long dirty pages may take, milliseconds. */
  readonly waitMs?: number;
}

/**
 * Unmounts what is mounted at exactly `target`: root by umount2(2), anyone else through fusermount3, always in a process of its own.
 * Resolves with the problem, if any. Nothing but FUSE mounts is ever unmounted.
 */
export async function unmountFuse(target: string, how: UnmountHow = {}): Promise<Problem | undefined> {
  const row = await findMount(target);
  if (!row || !isFuse(row)) return notMounted(target);
  if (process.geteuid?.() !== 0) return unmountByHelper(row.path, how.detach === true);
  const result = await umountApart(row.path, how, how.waitMs);
  return result < 0 ? unmountProblem(row.path, result) : undefined;
}
