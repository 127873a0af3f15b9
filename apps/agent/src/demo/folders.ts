import { closeSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from '../host/index.ts';

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
