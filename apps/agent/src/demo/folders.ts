import { closeSync, existsSync, fsyncSync, openSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { makeFolder } from '../host/index.ts';

const SHM = '/dev/shm';

/** Where temporary images go: memory where there is room for all of them, else the system's temporary folder. */
export function tempBase(bytes: number): string {
  if (!existsSync(SHM)) return tmpdir();
  const { bavail, bsize } = statfsSync(SHM);
  return bavail * bsize >= bytes ? SHM : tmpdir();
}

/** As `makeFolder`, and durable when it returns. */
export const keepFolder = (path: string): void => makeFolder(path, (made) => syncFolder(dirname(made)));

/** A new name, or a rename, is durable when its folder is. */
export function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
