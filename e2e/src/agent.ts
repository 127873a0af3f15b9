import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const bin = fileURLToPath(new URL('../../apps/agent/bin/mapscope.js', import.meta.url));
export const isRoot = process.getuid?.() === 0;

/** Why a spec cannot run on this machine, or `undefined`. */
export const noFuse = existsSync('/dev/fuse') ? undefined : 'no /dev/fuse on this machine';
export const noBrowser = existsSync('/usr/bin/chromium') ? undefined : 'Debian package chromium is not installed';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; never throws for a non-zero exit. */
export function run(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; input?: string; timeoutMs?: number } = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      command,
      args,
      { env: { ...process.env, ...options.env }, timeout: options.timeoutMs ?? 60_000, maxBuffer: 64 << 20, cwd: '/' },
      (error, stdout, stderr) => resolve({ code: error ? (typeof error.code === 'number' ? error.code : null) : 0, stdout, stderr }),
    );
    // A program may end before it reads.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });
}

/** Programs anybody has, in bash; each must succeed. */
export async function sh(script: string): Promise<void> {
  const { code, stderr } = await run('bash', ['-euo', 'pipefail', '-c', script]);
  if (code !== 0) throw new Error(`exit ${code}: ${script}\n${stderr}`);
}

/** One agent with folders of its own, so that specs never meet each other's runs. */
export class Agent {
  private made: string | undefined;
  private given: NodeJS.ProcessEnv | undefined;
  url = '';
  mount = '';
  recording = '';
  stderr = '';
  private child: ChildProcess | undefined;

  /** Made for who asks first: a spec that is only looked for its tests leaves none. */
  get folder(): string {
    return (this.made ??= mkdtempSync(join(tmpdir(), 'mapscope-e2e-')));
  }

  get env(): NodeJS.ProcessEnv {
    return (this.given ??= {
      ...process.env,
      MAPSCOPE_RUNTIME_DIR: join(this.folder, 'run'),
      MAPSCOPE_STATE_DIR: join(this.folder, 'state'),
      NO_COLOR: '1',
    });
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  /** Resolves when the ready line is there; rejects with what was printed when the agent ends before. */
  async start(args: readonly string[], before: readonly string[] = []): Promise<this> {
    const words = [...before, process.execPath, bin, ...args, '--json', ...(args.includes('--port') ? [] : ['--port', '0'])];
    const child = spawn(words[0]!, words.slice(1), { env: this.env, stdio: ['ignore', 'pipe', 'pipe'], cwd: '/' });
    this.child = child;
    this.url = '';
    let out = '';
    child.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        out += chunk.toString();
        const line = out.slice(0, out.indexOf('\n'));
        if (!out.includes('\n') || this.url) return;
        const ready = JSON.parse(line) as { url?: string; mount?: string; recording?: string };
        if (!ready.url) return;
        this.url = ready.url;
        this.mount = ready.mount ?? '';
        this.recording = ready.recording ?? '';
        resolve();
      });
      child.on('exit', (code) => reject(new Error(`the agent ended with ${code}: ${out}${this.stderr}`)));
    });
    return this;
  }

  /** `mapscope` with this agent's folders. */
  command(...args: string[]): Promise<Ended> {
    return run(process.execPath, [bin, ...args], { env: this.env });
  }

  async json<T>(...args: string[]): Promise<T> {
    const ended = await this.command(...args, '--json');
    if (ended.code !== 0) throw new Error(`mapscope ${args.join(' ')}: exit ${ended.code}: ${ended.stdout}${ended.stderr}`);
    return JSON.parse(ended.stdout) as T;
  }

  kill(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Waits for the agent's own end; answers its exit code. */
  async ended(): Promise<number | null> {
    const child = this.child;
    if (!child) return null;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child.exitCode;
  }

  /** Ctrl-C, wait, and leave nothing behind. */
  async stop(): Promise<number | null> {
    this.kill('SIGINT');
    const code = await this.ended();
    this.child = undefined;
    if (this.made) rmSync(this.made, { recursive: true, force: true });
    return code;
  }
}

/**
 * A program that keeps one file open: a FUSE mount writes dirty pages back at every close(2), of a duplicate too, so only a file that stays
 * open has any. Each call resolves when the system call has returned.
 */
export class Writer {
  private static readonly program = `
    const { openSync, writeSync, fsyncSync } = require('fs');
    const fd = openSync(process.argv[1], 'a+');
    require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const n = Number(line);
      if (n > 0) writeSync(fd, Buffer.alloc(n, 7)); else fsyncSync(fd);
      process.stdout.write('returned\\n');
    });`;
  private readonly child: ChildProcess;

  constructor(file: string) {
    this.child = spawn(process.execPath, ['-e', Writer.program, file], { stdio: ['pipe', 'pipe', 'inherit'], cwd: '/' });
  }

  append(bytes: number): Promise<void> {
    return this.call(`${bytes}`);
  }

  fsync(): Promise<void> {
    return this.call('0');
  }

  async end(): Promise<void> {
    this.child.stdin!.end();
    if (this.child.exitCode === null) await once(this.child, 'exit');
  }

  private async call(line: string): Promise<void> {
    this.child.stdin!.write(`${line}\n`);
    const [said] = (await Promise.race([once(this.child.stdout!, 'data'), once(this.child, 'exit')])) as [unknown];
    if (!Buffer.isBuffer(said)) throw new Error(`the writer ended with ${String(said)}`);
  }
}
