import { closeSync, mkdirSync, openSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { flock } from '@mapscope/native';
import { refused, roomFor, type Run, sayError } from '../host/index.ts';

export interface Images {
  readonly folder: string;
  readonly isKept: boolean;
  /** Lets another run have the folder. */
  close(): void;
}

/** The folder of the images: a temporary one that ends with the run, or `kept`, which no other run may use meanwhile (E_DIR_BUSY). */
export function placeImages(kept: string | undefined, bytes: number, run: Run, tmp: string): Images {
  if (kept === undefined) {
    const folder = join(realpathSync(roomFor(bytes, tmp)), `mapscope-${run.id}-images`);
    run.note({ temp: [...run.record().temp, folder] });
    mkdirSync(folder, { mode: 0o700 });
    return { folder, isKept: false, close: () => undefined };
  }
  const folder = resolve(kept);
  let fd: number;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    fd = openSync(join(folder, 'in-use'), 'a', 0o600);
  } catch (error) {
    throw refused('E_DIR', `${folder} cannot keep the images: ${sayError(error)}`, 'Choose a folder of your own', error);
  }
  if (flock(fd, 'exclusive') < 0) {
    closeSync(fd);
    throw refused('E_DIR_BUSY', `the images in ${folder} are in use by another run`, '`mapscope status` shows it');
  }
  return { folder: realpathSync(folder), isKept: true, close: () => closeSync(fd) };
}
