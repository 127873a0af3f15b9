import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';

import { receiveFd, setNonblock, socketpair } from '@mapscope/native';
import { type Problem, isProblem } from '@mapscope/shared/units';

import { deviceProblem, helperMissing, refusalProblem, slowHelper } from './problem.ts';

const HELPER = 'fusermount3';
const WAIT_MS = 10_000;
/** The first descriptor after the three standard ones. */
const SOCKET_IN_CHILD = 3;

/** Runs the setuid helper; `socket` becomes its descriptor 3. Resolves once it has ended well, or with what it said. */
function run(args: readonly string[], socket?: number): Promise<Problem | undefined> {
  const stdio: ('ignore' | 'pipe' | number)[] = ['ignore', 'ignore', 'pipe'];
  if (socket !== undefined) stdio.push(socket);
  const env = { PATH: process.env['PATH'], LC_ALL: 'C', ...(socket === undefined ? {} : { _FUSE_COMMFD: String(SOCKET_IN_CHILD) }) };
  // Not our working directory: it may be one that the helper's user cannot reach.
  const child = spawn(HELPER, args, { cwd: '/', env, stdio });
  return new Promise((resolve) => {
    let said = '';
    const finish = (result?: Problem): void => {
      clearTimeout(timer);
      resolve(result);
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      child.stderr?.destroy();
      child.unref();
      finish(slowHelper(WAIT_MS));
    }, WAIT_MS);
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.on('error', (error: NodeJS.ErrnoException) => finish(error.code === 'ENOENT' ? helperMissing() : refusalProblem(error.message)));
    child.on('close', (code) => finish(code === 0 ? undefined : refusalProblem(said)));
  });
}

/**
 * Mounts through the helper: it opens `/dev/fuse`, mounts, and sends the descriptor back on the socket named by `_FUSE_COMMFD`
 * (spec/protocol.md 1.1). Resolves with that descriptor, close-on-exec and non-blocking.
 */
export async function mountByHelper(target: string, options: readonly string[]): Promise<number | Problem> {
  const pair = socketpair('stream');
  if (typeof pair === 'number') return deviceProblem(pair);
  const [ours, theirs] = pair;
  try {
    const problem = await run(['-o', options.join(','), '--', target], theirs).finally(() => closeSync(theirs));
    if (isProblem(problem)) return problem;
    // The other end is closed everywhere by now, so this cannot wait.
    const fd = receiveFd(ours);
    if (fd < 0) return refusalProblem('no descriptor was sent back');
    setNonblock(fd, true);
    return fd;
  } finally {
    closeSync(ours);
  }
}

/** Resolves with the problem, if any. `detach`: gone from the tree at once, finished when nobody uses it. */
export const unmountByHelper = (target: string, detach: boolean): Promise<Problem | undefined> =>
  run([detach ? '-uz' : '-u', '--', target]);
