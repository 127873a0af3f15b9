import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { frameSize } from '@mapscope/shared/trace';
import { unmountFuse } from '../mount/index.ts';
import type { MemoryOptions } from './memory-filesystem.ts';
import { type RowObject, rowsOf } from './rows.ts';

/** See scripts/programs.mjs. */
const programs = process.env['MAPSCOPE_PROGRAMS']!;
const run = promisify(execFile);

/** Why no mount can be tested here, or undefined. */
export async function whyNoMount(): Promise<string | undefined> {
  if (process.geteuid?.() !== 0) return 'mounting a memory filesystem for this test needs root';
  return access('/dev/fuse', constants.R_OK | constants.W_OK).then(
    () => undefined,
    () => 'there is no /dev/fuse here',
  );
}

/** A mount that a child process serves. The mount is touched only by other children, never by the process that calls this. */
export interface Mounted {
  readonly target: string;
  readonly image: string;
  readonly server: ChildProcess;
  /** What the server logged. */
  log(): string;
  /** Run a shell script in the mount; what it printed. Rejects when it fails or takes a minute. */
  sh(script: string): Promise<string>;
  /** Do `steps` random things to a file of the mount, at most `largest` bytes long, from a process of its own; rejects at the first byte that is wrong. */
  exercise(file: string, seed: number, steps: number, largest: number): Promise<void>;
  /** Everything told so far, in order; the server must be over for all of it. */
  rows(): Promise<RowObject[]>;
  /** Unmount and wait for the server. Its exit code, or the signal. */
  end(): Promise<number | string | null>;
  /** Remove everything. Call it always. */
  remove(): Promise<void>;
}

export async function mountMemory(
  options: Omit<MemoryOptions, 'devices'> & { cache: 'writeback' | 'through'; bytes?: number },
): Promise<Mounted> {
  const folder = await mkdtemp(join(tmpdir(), 'mapscope-mounted-')),
    target = join(folder, 'mount'),
    image = join(folder, 'image'),
    frames = join(folder, 'frames');
  await mkdir(target);
  const order = JSON.stringify({ bytes: 512 << 20, ...options, target, image, frames });
  const child = spawn(process.execPath, [join(programs, 'serve-memory.mjs'), order], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '',
    isReady: () => void = () => {};
  child.stderr!.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdout!.on('data', () => isReady());
  const over = new Promise<number | string | null>((resolve) => child.on('exit', (code, signal) => resolve(signal ?? code)));
  const remove = async (): Promise<void> => {
    await unmountFuse(target, { force: true, detach: true });
    child.kill('SIGKILL');
    await over;
    await rm(folder, { recursive: true, force: true });
  };
  const failed = await Promise.race([
    new Promise<undefined>((resolve) => (isReady = () => resolve(undefined))),
    over.then((code) => `the server ended with ${code}: ${said}`),
  ]);
  if (failed) {
    await remove();
    throw new Error(failed);
  }
  return {
    target,
    image,
    server: child,
    log: () => said,
    sh: async (script) =>
      (await run('timeout', ['60', 'bash', '-euo', 'pipefail', '-c', script], { cwd: target, maxBuffer: 64 << 20 })).stdout,
    async exercise(file, seed, steps, largest) {
      await run('timeout', [
        '60',
        process.execPath,
        join(programs, 'exercise.mjs'),
        join(target, file),
        `${seed}`,
        `${steps}`,
        `${largest}`,
      ]);
    },
    async rows() {
      const bytes = new Uint8Array(await readFile(frames)),
        rows: RowObject[] = [];
      for (let at = 0; at < bytes.length;) {
        const size = frameSize(bytes, at);
        if (typeof size !== 'number' || at + size > bytes.length) break;
        for (const row of rowsOf(bytes.subarray(at, at + size))) rows.push(row);
        at += size;
      }
      return rows;
    },
    async end() {
      await unmountFuse(target);
      return await over;
    },
    remove,
  };
}
