import { lstatSync } from 'node:fs';
import { makeFolder } from './make-folder.ts';
import { errorCode, refused, sayError } from './refused.ts';

/**
 * Makes `path` (0700) with its parents, or takes it as it is when it is a folder that only `uid` can write to. Throws E_FOLDER otherwise:
 * a folder below a shared one such as /tmp may have been put there by somebody else.
 */
export function ownFolder(path: string, uid: number, variable: string): void {
  const refuse = (why: string, cause?: unknown): Error =>
    refused('E_FOLDER', `${path} cannot be used: ${why}`, `Set ${variable} to a folder of your own`, cause);
  try {
    makeFolder(path);
  } catch (error) {
    throw refuse(errorCode(error) === 'EACCES' ? 'no permission to make it' : sayError(error), error);
  }
  const found = lstatSync(path);
  if (!found.isDirectory()) throw refuse('it is not a folder');
  if (found.uid !== uid) throw refuse(`it belongs to user ${found.uid}`);
  if ((found.mode & 0o022) !== 0) throw refuse('others can write to it');
}
