import { closeSync, constants, fsyncSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { empty, KIB, MIB, openFile, type Play, sizeOf } from '../scene.ts';

/** `striped/copy.bin`: a sequential copy of `striped/source.bin`, both laid over several devices; fsync at its end, then again. */
export const striped: Play = ({ folder, random, size }) => {
  const open = (name: string): number => openFile(join(folder, 'striped', name), constants.O_RDWR);
  const source = open('source.bin'),
    piece = Buffer.alloc(96 * KIB);
  let copy: number,
    at = 0;
  try {
    copy = open('copy.bin');
  } catch (error) {
    closeSync(source);
    throw error;
  }
  return {
    name: 'copy a striped file',
    step: () => {
      const length = sizeOf(source);
      if (length < size * 3 * MIB) {
        writeSync(source, random.bytes(piece.length), 0, piece.length, length);
        return;
      }
      const n = readSync(source, piece, 0, piece.length, at);
      writeSync(copy, piece, 0, n, at);
      at += n;
      if (at < length) return;
      fsyncSync(copy);
      empty(copy);
      at = 0;
    },
    recycle: () => {
      empty(copy);
      empty(source);
      at = 0;
    },
    close: () => {
      closeSync(source);
      closeSync(copy);
    },
  };
};
