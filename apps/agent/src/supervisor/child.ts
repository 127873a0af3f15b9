import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Problem, problem } from '@mapscope/shared/units';
import { type Identity, identify, Refused } from '../host/index.ts';
import { type Asked, type Order, ownProgram, parseLine, readLines, type Role } from '../pipe/index.ts';

/** A started process of ours, at its leash. */
export interface Child<Ready> {
  readonly role: Role;
  readonly identity: Identity;
  /** What it said when it was ready. Rejects with its own reason when it could not be, or when it ended before. */
  readonly ready: Promise<Ready>;
  /** Resolves when it has ended, with its own words if it had any. */
  readonly ended: Promise<Problem>;
  readonly tell: (order: Order) => void;
  /** Asks it to leave, and ends it when it has not after `waitMs`, or when `hurry` aborts. */
  readonly stop: (waitMs: number, hurry: AbortSignal) => Promise<void>;
}

/** What is left to a child when nobody wants to wait. */
const HURRY_MS = 100;
const KILL_WAIT_MS = 2000;

export interface Spawning {
  readonly role: Role;
  /** Its program, and its first line. */
  readonly program: string;
  readonly start: object;
  /** Descriptors of ours that become its fd 3, 4, …. They stay ours to close. */
  readonly fds: readonly number[];
  /** Its fd 2. */
  readonly log: number;
  /** It asks for something. */
  readonly asked: (what: Asked) => void;
}

/**
 * Starts a child. It stands in `/`, so that it holds no mount, and leads a session of its own, so that Ctrl-C of the terminal reaches
 * the supervisor alone, which then ends the others in order.
 */
export function startChild<Ready>({ role, program, start, fds, log, asked }: Spawning): Child<Ready> {
  const child = spawn(...ownProgram(program), { cwd: '/', detached: true, stdio: ['pipe', 'pipe', log, ...fds] });
  const { stdin, stdout } = child as ChildProcess & {
    readonly stdin: NonNullable<ChildProcess['stdin']>;
    readonly stdout: NonNullable<ChildProcess['stdout']>;
  };
  const say = (line: object): void => void stdin.write(`${JSON.stringify(line)}\n`);
  // It may end at any time; that is seen by its exit.
  stdin.on('error', () => undefined);

  let said: Problem | undefined;
  const ended = new Promise<Problem>((resolve) => {
    const end = (message: string): void =>
      resolve(said ?? problem('E_CHILD', message, 'The log says more: mapscope doctor tells where it is'));
    child.on('error', (error) => end(`the ${role} process could not be started: ${error.message}`));
    // Not `exit`: its last words may still be in the pipe.
    child.on('close', (code, signal) => end(`the ${role} process has ended unexpectedly (${signal ?? `exit ${code}`})`));
  });
  const ready = new Promise<Ready>((resolve, reject) => {
    readLines(
      stdout,
      (line) => {
        const words = parseLine(line);
        if (words?.['ready']) resolve(words['ready'] as Ready);
        if (words?.['failed']) said = asProblem(words['failed']);
        if (words?.['asked'] !== undefined) asked(words['asked'] as Asked);
      },
      () => undefined,
    );
    void ended.then((why) => reject(new Refused(why)));
  });
  // Whoever is interested waits for it; an end after that is told by `ended`.
  ready.catch(() => undefined);
  say({ do: 'start', with: start });

  return {
    role,
    identity: (child.pid === undefined ? undefined : identify(child.pid)) ?? { pid: 0, startTicks: 0 },
    ready,
    ended,
    tell: say,
    stop: async (waitMs, hurry) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      say({ do: 'stop' });
      if (await within(hurry.aborted ? HURRY_MS : waitMs, gone, hurry)) return;
      child.kill('SIGKILL');
      // Bounded too: one that not even SIGKILL ends waits for a mount, which is aborted behind this.
      await within(KILL_WAIT_MS, gone);
    },
  };
}

/** Whether `work` is done within `waitMs`, and before `cut` aborts. */
function within(waitMs: number, work: Promise<unknown>, cut?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const giveUp = (): void => finish(false);
    const timer = setTimeout(giveUp, waitMs);
    const finish = (isDone: boolean): void => {
      clearTimeout(timer);
      cut?.removeEventListener('abort', giveUp);
      resolve(isDone);
    };
    cut?.addEventListener('abort', giveUp);
    void work.then(() => finish(true));
  });
}

/** Words that crossed the pipe are a problem again. */
function asProblem(words: unknown): Problem {
  const { code, message, help } = words as Problem;
  return problem(code, message, help);
}
