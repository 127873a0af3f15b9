import { execFile } from 'node:child_process';

/** Runs a program without a shell, from `/`; answers its exit code, null when it had to be ended after `waitMs` or is not there. */
export const runProgram = (command: string, args: readonly string[], waitMs: number): Promise<number | null> =>
  new Promise((done) => {
    execFile(command, args, { cwd: '/', timeout: waitMs, killSignal: 'SIGKILL' }, (error) =>
      done(error === null ? 0 : typeof error.code === 'number' ? error.code : null),
    );
  });
