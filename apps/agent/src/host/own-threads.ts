import { readdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';

/**
 * The threads of this process, as records of tracepoints name them: what they do is not the work of anybody who is watched. FIEMAP is called on threads of libuv's
 * pool, which begin with the first call.
 */
export async function ownThreads(): Promise<ReadonlySet<number>> {
  await stat('/');
  return new Set(readdirSync('/proc/self/task').map(Number));
}
