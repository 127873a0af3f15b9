import { closeSync, readFileSync } from 'node:fs';
import { pidfdOpen, pidfdSendSignal, waitPidGone } from '@mapscope/native';

/** A process, and not whoever gets its number later. */
export interface Identity {
  readonly pid: number;
  /** Clock ticks after boot at which it started. Fact: field 22 of proc_pid_stat(5). */
  readonly startTicks: number;
}

/** `/proc/PID/stat` as state letter and start; the name in brackets may hold blanks and brackets itself. */
export function parseStat(text: string): { readonly state: string; readonly startTicks: number } | undefined {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const state = fields[0],
    startTicks = Number(fields[19]);
  return state && Number.isSafeInteger(startTicks) ? { state, startTicks } : undefined;
}

function statOf(pid: number): ReturnType<typeof parseStat> {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return undefined;
  }
}

/** Who has this pid now; `undefined`: nobody. */
export function identify(pid: number): Identity | undefined {
  const stat = statOf(pid);
  return stat && { pid, startTicks: stat.startTicks };
}

/** Whether it runs. One that ended and waits for its parent does not. */
export function isAlive({ pid, startTicks }: Identity): boolean {
  const stat = statOf(pid);
  return stat !== undefined && stat.startTicks === startTicks && stat.state !== 'Z' && stat.state !== 'X';
}

/** A descriptor of exactly this process, which the caller closes; `undefined` when it is gone. */
function hold(identity: Identity): number | undefined {
  const fd = pidfdOpen(identity.pid);
  if (fd < 0) return undefined;
  // Compared after opening: from here on the descriptor cannot mean another process.
  if (isAlive(identity)) return fd;
  closeSync(fd);
  return undefined;
}

const signals = { SIGTERM: 15, SIGKILL: 9 } as const;

/** Sends a signal to exactly this process. False: it is gone, or not ours to signal. */
export function signal(identity: Identity, name: keyof typeof signals): boolean {
  const fd = hold(identity);
  if (fd === undefined) return false;
  const result = pidfdSendSignal(fd, signals[name]);
  closeSync(fd);
  return result >= 0;
}

/** Resolves true as soon as it has ended, false after `waitMs`. */
export async function waitForEnd(identity: Identity, waitMs: number): Promise<boolean> {
  const fd = hold(identity);
  if (fd === undefined) return !isAlive(identity);
  try {
    return await waitPidGone(fd, waitMs);
  } finally {
    closeSync(fd);
  }
}
