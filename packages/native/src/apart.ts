import { spawn } from 'node:child_process';

import { checkInteger } from './check.ts';

/**
 * Runs a few lines of JavaScript in a process of its own, for calls that may wait for a server that never answers: whoever makes them is held,
 * even when killed. `script` finds `args` from `process.argv[1]` and writes its answer to standard output. Resolves that text, or undefined
 * after `waitMs`: the process is killed then, and ends when what it waits for does. Empty when it could not start.
 */
export function apart(script: string, args: readonly string[], waitMs: number): Promise<string | undefined> {
  checkInteger('waitMs', waitMs, 0, 0x7fff_ffff);
  // Neither our options nor our folder: it must start anywhere, and stand in no mount.
  const env = { ...process.env, NODE_OPTIONS: '' };
  const child = spawn(process.execPath, ['-e', script, '--', ...args], { cwd: '/', env, stdio: ['ignore', 'pipe', 'ignore'] });
  return new Promise((resolve) => {
    let said = '';
    const finish = (answer: string | undefined): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      child.stdout.destroy();
      child.unref();
      finish(undefined);
    }, waitMs);
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.on('error', () => finish(''));
    child.on('close', () => finish(said));
  });
}
