import { closeSync, constants, fstatSync, openSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { errorCode, FileIdentities, refused, sayError } from '../host/index.ts';

/**
 * The paths that are to be watched, absolute and without links. Throws `Refused`: E_FILE where there is no file and no folder; E_OVERLAY and
 * E_OTHER_NAMESPACE as `FileIdentities` says.
 */
export function placePaths(paths: readonly string[]): string[] {
  const identities = new FileIdentities();
  return [...new Set(paths.map((path) => placePath(path, identities)))];
}

function placePath(given: string, identities: FileIdentities): string {
  const fd = openToWatch(given);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile() && !stat.isDirectory())
      throw refused('E_FILE', `${given} is neither a file nor a folder`, 'Name files, folders or mount points.');
    identities.of(fd, given);
    return realpathSync(resolve(given));
  } finally {
    closeSync(fd);
  }
}

function openToWatch(given: string): number {
  try {
    return openSync(given, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw refused('E_FILE', `${given} does not exist`, 'Name a file or a folder.', error);
    throw refused('E_FILE', `${given} cannot be opened: ${sayError(error)}`, 'Name a file or a folder that can be read.', error);
  }
}
