import { setTimeout as sleep } from 'node:timers/promises';

import type { Result } from './addon.ts';
import { checkFd, checkInteger } from './check.ts';
import { native } from './load.ts';
import { PollBit, poll } from './transfer.ts';

/** A descriptor of the process that has this pid now: whoever gets the number later is not meant by it. Close-on-exec. `-ESRCH`: nobody has it. */
export function pidfdOpen(pid: number): Result {
  checkInteger('pid', pid, 1, 0x7fff_ffff);
  return native().pidfdOpen(pid);
}

/** Signal number `signal` (0 only asks) to the process of `pidfd`. Answers 0 or a negative errno; `-ESRCH`: it has ended and was waited for. */
export function pidfdSendSignal(pidfd: number, signal: number): Result {
  checkFd('pidfd', pidfd);
  checkInteger('signal', signal, 0, 64);
  return native().pidfdSendSignal(pidfd, signal);
}

/** Whether the process of `pidfd` has ended, also while its parent has not waited for it yet. */
export function pidfdEnded(pidfd: number): boolean {
  checkFd('pidfd', pidfd);
  return poll(Int32Array.of(pidfd), Int16Array.of(PollBit.in), new Int16Array(1), 0) > 0;
}

/** Resolves true as soon as the process of `pidfd` has ended, false after `timeoutMs`. Looks every 5 ms, so that no thread is kept. */
export async function waitPidGone(pidfd: number, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!pidfdEnded(pidfd)) {
    if (performance.now() >= deadline) return false;
    await sleep(5);
  }
  return true;
}

/**
 * PR_SET_IO_FLUSHER for the calling thread and those it starts later: allocations of a thread that serves a mount must not wait for that mount.
 * Call it in the thread that serves. Answers 0 or a negative errno; `-EPERM` without CAP_SYS_RESOURCE.
 */
export const setIoFlusher = (): Result => native().setIoFlusher();

/** PR_SET_PDEATHSIG: this signal when the thread that started us ends; 0 for none. Forgotten by the kernel when ids change: call it after `dropPrivileges`. */
export function setParentDeathSignal(signal: number): Result {
  checkInteger('signal', signal, 0, 64);
  return native().setParentDeathSignal(signal);
}
