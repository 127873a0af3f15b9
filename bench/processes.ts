import { readFileSync } from 'node:fs';

/** Of the fields behind the program's name in `/proc/PID/stat`: utime and stime, in ticks of 10 ms. Fact: proc_pid_stat(5). */
const UTIME = 11;
const STIME = 12;
const TICK_MS = 10;

/** CPU time so far of each process that the supervisor `pid` has started, in milliseconds, by role. */
export function cpuMs(pid: number): ReadonlyMap<string, number> {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/);
  return new Map(
    children.map((child) => {
      const role = /(\w+)\.js\0/.exec(readFileSync(`/proc/${child}/cmdline`, 'utf8'))?.[1] ?? child;
      const stat = readFileSync(`/proc/${child}/stat`, 'utf8'),
        fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
      return [role, (Number(fields[UTIME]) + Number(fields[STIME])) * TICK_MS];
    }),
  );
}

/** `session 66, collector 19, server 38 us of CPU`: what each spent on one of `n` things. */
export const sayCpu = (before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>, n: number): string =>
  `${[...after].map(([role, ms]) => `${role} ${(((ms - (before.get(role) ?? 0)) * 1000) / n).toFixed(0)}`).join(', ')} us of CPU`;
