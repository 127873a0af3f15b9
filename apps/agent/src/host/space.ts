import { statfsSync } from 'node:fs';

/** Bytes that a plain user could still write below `path`; 0 where there is nothing. */
export function freeBytes(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return 0;
  }
}

/** Where images of `bytes` in all fit: memory where there is room for them and as much again, else the temporary folder. */
export const roomFor = (bytes: number, tmp: string): string => (freeBytes('/dev/shm') >= bytes * 2 ? '/dev/shm' : tmp);
