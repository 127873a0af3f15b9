// What runs of tests keep beside the packages of this checkout: it goes with them.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

export const cache = join(root, 'node_modules/.cache');

/** Paths in it of what is called NAME-PID and whose process is no more: of runs that were killed. */
export function ofDeadRuns(name) {
  mkdirSync(cache, { recursive: true });
  return readdirSync(cache)
    .filter((each) => {
      const pid = each.startsWith(`${name}-`) ? each.slice(name.length + 1) : '';
      return /^\d+$/.test(pid) && !existsSync(`/proc/${pid}`);
    })
    .map((each) => join(cache, each));
}
