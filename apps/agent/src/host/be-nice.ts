import { readdirSync } from 'node:fs';
import { setPriority } from 'node:os';

/**
 * Lets who else wants the CPUs go first, with every thread there is: a nice value is a thread's own, and threads that begin later have that of who begins them. `nice`: of two that want one
 * CPU one with 10 gets a tenth of it, one with 19 a seventieth. Fact: sched(7), setpriority(2).
 */
export function beNice(nice: number): void {
  for (const thread of readdirSync('/proc/self/task'))
    try {
      setPriority(Number(thread), nice);
    } catch {
      // Ended meanwhile.
    }
}
