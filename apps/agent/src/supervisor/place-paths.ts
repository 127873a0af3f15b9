import { closeSync, constants, openSync } from 'node:fs';
import { resolve } from 'node:path';
import { FileIdentities, O_PATH, realPathOf, refused, sayError } from '../host/index.ts';

/**
 * The paths that are to be watched, absolute and without links. Throws `Refused`: E_FILE where there is no file and no folder, E_TIMEOUT where who serves it does not answer;
 * E_OVERLAY and E_OTHER_NAMESPACE as `FileIdentities` says.
 */
export async function placePaths(paths: readonly string[]): Promise<string[]> {
  const identities = new FileIdentities(),
    placed = new Set<string>();
  for (const path of paths) {
    const real = await realPathOf(resolve(path));
    known(real, identities);
    placed.add(real);
  }
  return [...placed];
}

/** Refuses what no trace names. */
function known(path: string, identities: FileIdentities): void {
  let fd: number;
  try {
    fd = openSync(path, O_PATH | constants.O_NOFOLLOW);
  } catch (error) {
    throw refused('E_FILE', `${path} cannot be opened: ${sayError(error)}`, 'Name a file or a folder that can be reached', error);
  }
  try {
    identities.filesystemOf(fd, path);
  } finally {
    closeSync(fd);
  }
}
