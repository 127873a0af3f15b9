import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from './refused.ts';

/**
 * Makes a folder (0700) and those above it that are missing; one that is there stays as it is. `made` hears of each. Throws what the system says.
 *
 * Node's own recursive mkdir never returns under /proc, where a folder can be neither found nor made, and says ENOENT on a read-only filesystem (seen with 20.20).
 */
export function makeFolder(path: string, made: (folder: string) => void = () => undefined): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return;
  if (found) throw Object.assign(new Error(`ENOTDIR: ${path} is no folder`), { code: 'ENOTDIR' });
  makeFolder(dirname(path), made);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Two may begin at once.
    if (errorCode(error) === 'EEXIST' && statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
    throw error;
  }
  made(path);
}
