import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { RunRecord } from '../../host/index.ts';

/* Tests of whole processes: the bundle that a person starts, with folders of its own, so that tests never meet each other's runs. */

const bin = fileURLToPath(new URL('../../../bin/mapscope.js', import.meta.url));
const bundle = fileURLToPath(new URL('../../../dist/mapscope.js', import.meta.url));

export const isRoot = process.getuid?.() === 0;

/** Why a test of a whole run cannot run here; `undefined`: it can. */
export const noRun = !existsSync('/dev/fuse')
  ? 'no /dev/fuse here'
  : !existsSync(bundle)
    ? 'the agent is not built: npm run setup'
    : undefined;

/** A title that says why its tests do not run here. */
export const titled = (title: string, why: string | undefined): string => (why === undefined ? title : `${title} (skipped: ${why})`);

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end, from `/` where nothing else is said. */
export const runToEnd = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env, cwd = '/'): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(command, args, { env, cwd, timeout: 60_000, killSignal: 'SIGKILL', maxBuffer: 64 << 20 }, (error, out, err) =>
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : null, out, err }),
    );
  });

export interface Place {
  /** Where its commands run. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** `mapscope` with the folders of this place. */
  mapscope(...words: string[]): Promise<Ended>;
  /** Starts `mapscope demo --json --port 0` and waits for its line; rejects with what it printed when it ends before. */
  demo(...words: string[]): Promise<Started>;
  /** The same for any command that keeps running. */
  start(...words: string[]): Promise<Started>;
  /** Names of run folders that are there. */
  runs(): string[];
  /** Ends what the test has left, and removes the folders. */
  close(): Promise<void>;
}

interface Started {
  readonly url: string;
  readonly mount: string;
  readonly recording: string | null;
  readonly child: ChildProcess;
  readonly record: RunRecord;
  pidOf(role: string): number;
  /** What it printed, and its exit code, once it has ended. */
  ended(): Promise<Ended>;
}

/** A place for runs. `before`: words in front of the command, to run it as somebody else. */
export function openPlace(before: readonly string[] = []): Place {
  const folder = mkdtempSync(join(tmpdir(), 'mapscope-process-'));
  const env = { ...process.env, MAPSCOPE_RUNTIME_DIR: join(folder, 'run'), MAPSCOPE_STATE_DIR: join(folder, 'state'), TMPDIR: folder };
  const started: ChildProcess[] = [];
  const words = (given: readonly string[]): readonly string[] => [...before, process.execPath, bin, ...given];
  const runsFolder = join(folder, 'run/runs');
  const runs = (): string[] => (existsSync(runsFolder) ? readdirSync(runsFolder) : []);
  const mapscope = (...given: string[]): Promise<Ended> => {
    const [command, ...args] = words(given) as [string, ...string[]];
    return runToEnd(command, args, env, folder);
  };
  const start = (...given: string[]): Promise<Started> => {
    const [command, ...args] = words([...given, '--json', '--port', '0']) as [string, ...string[]];
    // In a group of its own, as a shell would start it.
    const child = spawn(command, args, { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    started.push(child);
    return ready(child, runsFolder);
  };
  return {
    folder,
    env,
    runs,
    mapscope,
    start,
    demo: (...given) => start('demo', ...given),
    close: async () => {
      for (const child of started) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      // The collector of a killed run may be at it already.
      for (const deadline = Date.now() + 15_000; runs().length > 0 && Date.now() < deadline; await sleep(50)) await mapscope('cleanup');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function ready(child: ChildProcess, runsFolder: string): Promise<Started> {
  let out = '',
    err = '';
  child.stderr!.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const over = once(child, 'close').then(([code]): Ended => ({ code: code as number | null, out, err }));
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout!.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      if (out.includes('\n')) resolve(out.slice(0, out.indexOf('\n')));
    });
    void over.then((ended) => reject(new Error(`mapscope demo ended: ${JSON.stringify(ended)}`)));
  });
  const facts = JSON.parse(line) as { url: string; mount: string; recording: string | null };
  if (!facts.url) throw new Error(line);
  const record = readdirSync(runsFolder)
    .map((name) => JSON.parse(readFileSync(join(runsFolder, name, 'run.json'), 'utf8')) as RunRecord)
    .find(({ pid }) => pid === child.pid)!;
  return {
    ...facts,
    child,
    record,
    pidOf: (role) => record.processes.find((process) => process.role === role)!.pid,
    ended: () => over,
  };
}
