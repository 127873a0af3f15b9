import { mkdirSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeFolder, refused, roomFor, type Run, sayError } from '../host/index.ts';

/** The folder of the images: a temporary one that ends with the run, or `kept`, made if it is not there. */
export function placeImages(kept: string | undefined, bytes: number, run: Run, tmp: string): string {
  if (kept === undefined) {
    const folder = join(realpathSync(roomFor(bytes, tmp)), `mapscope-${run.id}-images`);
    run.note({ temp: [...run.record().temp, folder] });
    mkdirSync(folder, { mode: 0o700 });
    return folder;
  }
  const folder = resolve(kept);
  try {
    makeFolder(folder);
    return realpathSync(folder);
  } catch (error) {
    throw refused('E_DIR', `${folder} cannot keep the images: ${sayError(error)}`, 'Choose a folder of your own', error);
  }
}
