import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { FileBytes } from '@mapscope/shared/wire';
import { errorCode, refused, sayError } from '../../host/refused.ts';

/** A file that is read where somebody asks. Throws `Refused` for what cannot be read. */
export function openFile(path: string): { readonly bytes: FileBytes; close(): void } {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    const why = errorCode(error) === 'ENOENT' ? 'does not exist' : `cannot be read: ${sayError(error)}`;
    throw refused('E_FILE', `${path} ${why}`, 'Name the file of a trace', error);
  }
  const found = fstatSync(fd);
  if (!found.isFile()) {
    closeSync(fd);
    throw refused('E_FILE', `${path} is not a regular file`, 'Name the file of a trace');
  }
  return { bytes: { size: found.size, read: (at, length, room) => readAt(fd, at, length, room) }, close: () => closeSync(fd) };
}

function readAt(fd: number, at: number, length: number, room?: Uint8Array): Uint8Array {
  const bytes = room && room.length >= length ? room : new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const n = readSync(fd, bytes, done, length - done, at + done);
    if (n === 0) break;
    done += n;
  }
  return bytes.subarray(0, done);
}
