import { constants, openSync } from 'node:fs';
import { errorCode, refused, sayError } from './refused.ts';

/** Opens what a person has named, to ask the kernel of it; the caller closes it. Throws E_FILE with the way out. */
export function openToAsk(path: string): number {
  try {
    // Without O_NONBLOCK a named pipe would keep us until somebody writes.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') throw refused('E_FILE', `${path} does not exist`, 'Name a file.', error);
    if (code === 'EACCES')
      throw refused('E_FILE', `${path} may not be opened for reading`, 'Run it as somebody who may read the file.', error);
    throw refused('E_FILE', `${path} cannot be opened: ${sayError(error)}`, 'Name a file that can be read.', error);
  }
}
