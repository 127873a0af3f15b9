import { existsSync, readFileSync } from 'node:fs';
import { isAlive, type RunRecord } from '../../host/index.ts';

/** What is still there of a run: nothing, when it ended as it should. */
export function tracesOf({ processes, mounts, instances, temp }: RunRecord): readonly string[] {
  const table = readFileSync('/proc/self/mountinfo', 'utf8');
  return [
    ...processes.filter(isAlive).map(({ role, pid }) => `process ${role} ${pid}`),
    ...mounts.filter(({ path }) => table.includes(` ${path} `)).map(({ path }) => `mount ${path}`),
    ...mounts.filter(({ path }) => existsSync(path)).map(({ path }) => `mount point ${path}`),
    ...instances.filter((path) => existsSync(path)).map((path) => `trace instance ${path}`),
    ...temp.filter((path) => existsSync(path)).map((path) => `temporary folder ${path}`),
  ];
}
