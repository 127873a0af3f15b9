import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';

const SHM = '/dev/shm';

/** Where temporary images go: memory where there is room for all of them, else the system's temporary folder. */
export function tempBase(bytes: number): string {
  if (!existsSync(SHM)) return tmpdir();
  const { bavail, bsize } = statfsSync(SHM);
  return bavail * bsize >= bytes ? SHM : tmpdir();
}

/**
 * Durable when it returns. Throws what Node throws. Node's own recursive mkdir never returns under /proc, where a folder can be
 * neither found nor made (seen with 20.20).
 */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o700 });
  syncFolder(dirname(path));
}

/** A new name, or a rename, is durable when its folder is. */
export function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
