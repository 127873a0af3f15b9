import { abortFuse, readMountTable, unmountFuse } from '@mapscope/fuse';
import type { MountRow } from '@mapscope/shared/wire';
import { spawn } from 'node:child_process';

/** A mount of ours as the mount table names it. */
export interface MountFacts {
  readonly path: string;
  /** `major:minor` of its superblock, as in mountinfo and `/sys/class/bdi`. */
  readonly device: string;
  /** Number below `/sys/fs/fuse/connections`. */
  readonly fuseConnection: number;
}

/** The mounts that have this path and this source, so: ours, and nobody else's at the same path. The uppermost is last. */
const ours = async (path: string, source: string): Promise<readonly MountRow[]> =>
  (await readMountTable()).filter((row) => row.path === path && row.source === source);

export const isMounted = async (path: string, source: string): Promise<boolean> => (await ours(path, source)).length > 0;

/**
 * Writes back what programs left dirty on the mount, in a process of its own: it stands on the mount and may have to wait for a session
 * that does not answer. Gives up after `waitMs`, or when `hurry` aborts, without waiting for that process. False: not everything was written.
 */
export function flush(path: string, waitMs: number, hurry: AbortSignal): Promise<boolean> {
  return new Promise((done) => {
    const child = spawn('sync', ['-f', '--', path], { cwd: '/', stdio: 'ignore' });
    const finish = (isDone: boolean): void => {
      clearTimeout(timer);
      hurry.removeEventListener('abort', giveUp);
      done(isDone);
    };
    const giveUp = (): void => {
      child.kill('SIGKILL');
      child.unref();
      finish(false);
    };
    const timer = setTimeout(giveUp, waitMs);
    hurry.addEventListener('abort', giveUp);
    child.on('exit', (code) => finish(code === 0));
    child.on('error', () => finish(false));
  });
}

/**
 * Takes the mount out of the tree without aborting it: `idle` when nobody used it, `used` when somebody still does, who keeps what it has open
 * until the session ends; `failed` when it is still there.
 */
export async function unmountGently(path: string, source: string): Promise<'idle' | 'used' | 'failed'> {
  if (!(await isMounted(path, source)) || !(await unmountFuse(path))) return 'idle';
  return (await unmountFuse(path, { detach: true })) ? 'failed' : 'used';
}

/**
 * Ends a FUSE mount whoever uses it: its connection is aborted, so that whoever waits for it gets an error, and it leaves the tree at once.
 * As a plain user by the setuid helper, which does not abort: the end of the session's process does. Answers whether it is gone.
 */
export async function unmountAnyway(path: string, source: string): Promise<boolean> {
  // As often as it was mounted over itself: each turn takes one away or is the last. Somebody else who cleans up may take it first.
  for (let rows = await ours(path, source); rows.length > 0;) {
    await abortFuse({ connection: rows.at(-1)!.minor });
    await unmountFuse(path, { detach: true });
    const left = await ours(path, source);
    if (left.length >= rows.length) return false;
    rows = left;
  }
  return true;
}
