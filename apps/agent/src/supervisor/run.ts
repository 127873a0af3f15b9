import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { createRun, needOpenFiles, ownFolder, Refused, releaseDead, releaseLocked, type Run } from '../host/index.ts';
import { type Logger, openLog, openLogFile } from '../host/log.ts';
import type { Role } from '../pipe/index.ts';
import { type Child, startChild } from './child.ts';
import { collectEndings, Stopped } from './ending.ts';
import type { Ground } from './ground.ts';

/** What a plan works with: the run folder, and hands to start children with. */
export interface Crew {
  readonly ground: Ground;
  readonly run: Run;
  readonly log: Logger;
  /** Aborts when the end must not take its time. */
  readonly hurry: AbortSignal;
  /** Starts a child and writes it down. Its end, whenever it comes unasked, ends the run. */
  readonly start: <Start extends object, Ready>(role: Role, fds: readonly number[], start: WithoutLevel<Start>) => Child<Ready>;
  /** Waits for `work`, but not beyond the run's end. */
  readonly during: <T>(work: Promise<T>) => Promise<T>;
  /** Registers a step of the end. Steps and children end in the order of `end` below. */
  readonly atEnd: (step: () => Promise<void> | void) => void;
}

/** Of each kind of start by itself. */
type WithoutLevel<Start> = Start extends unknown ? Omit<Start, 'logLevel'> : never;

/** How long a child may take to leave, once asked. */
const LEAVE_WAIT_MS = 3000;

/**
 * Runs `plan` in a run folder of its own until somebody asks for the end or a child breaks; then ends everything in order and removes it.
 * Whatever happens here, the folder is released: by this function, by the collector when this process is killed, or by the next start.
 */
export async function run(ground: Ground, plan: (crew: Crew) => Promise<void>): Promise<void> {
  const { settings, uid, say } = ground;
  needOpenFiles();
  ownFolder(settings.stateDir, uid, 'MAPSCOPE_STATE_DIR');
  // Before anything in it is believed: a record names what is to be undone.
  ownFolder(settings.runtimeDir, uid, 'MAPSCOPE_RUNTIME_DIR');
  const logFd = openLogFile(settings.logFile),
    log = openLog('supervisor', settings.logLevel, logFd);
  const dead = await releaseDead(settings.runtimeDir);
  for (const sentence of dead.done) say(`From a run that was killed: ${sentence}.`);
  for (const sentence of dead.left) say(`From a run that was killed, still there: ${sentence}.`);
  const endings = collectEndings();
  const own = createRun(settings.runtimeDir, ground.command, uid);
  const children: Child<unknown>[] = [],
    steps: (() => Promise<void> | void)[] = [];
  log.info({ run: own.folder, command: ground.command }, 'run begins');
  try {
    const crew: Crew = {
      ground,
      run: own,
      log,
      hurry: endings.hurry,
      during: endings.during,
      atEnd: (step) => void steps.push(step),
      start: (role, fds, start) => {
        const child = startChild<never>({
          role,
          program: join(ground.programs, `${role}.js`),
          start: { ...start, logLevel: settings.logLevel },
          fds,
          log: logFd,
          asked: (what) => {
            if (role === 'server' && what === 'stop') endings.ask('the agent socket');
            if (role === 'collector' && what === 'tell-again')
              for (const other of children) if (other.role === 'session') other.tell({ do: 'tell-again' });
          },
        });
        own.note({ processes: [...own.record().processes, { role, ...child.identity }] });
        children.push(child);
        void child.ended.then(endings.breakWith);
        return child;
      },
    };
    await plan(crew);
    const ending = await endings.first;
    log.info(ending, 'run ends');
    if (ending.kind === 'broken') throw new Refused(ending.problem);
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
  } finally {
    await end(children, steps, endings.hurry, log);
    const { left } = await releaseLocked(own.folder);
    for (const sentence of left) say(`Left behind: ${sentence}. \`mapscope cleanup\` tries again.`);
    log.info({ left }, 'run ended');
    own.unlock();
    endings.close();
    closeSync(logFd);
  }
}

/**
 * First whoever writes, then the plan's own steps (last first) while the session still answers, then the others along the way of the data,
 * so that each has taken what the one before it had left.
 */
async function end(
  children: readonly Child<unknown>[],
  steps: readonly (() => Promise<void> | void)[],
  hurry: AbortSignal,
  log: Logger,
): Promise<void> {
  const stop = async (role: Role): Promise<void> => {
    for (const child of children) if (child.role === role) await child.stop(LEAVE_WAIT_MS, hurry);
  };
  await stop('workload');
  for (const step of [...steps].reverse())
    try {
      await step();
    } catch (error) {
      log.error(error, 'a step of the end failed');
    }
  for (const role of ['session', 'collector', 'server'] as const) await stop(role);
}
