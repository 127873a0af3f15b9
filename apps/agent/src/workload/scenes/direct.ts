import { closeSync, constants, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { empty, KIB, MIB, openFile, type Play, sizeOf } from '../scene.ts';

const PIECE = 16 * KIB;

/** `plain/direct.bin`: past the page cache. FUSE takes any buffer for that; offsets and lengths are whole blocks all the same. */
export const direct: Play = ({ folder, random, size }) => {
  const fd = openFile(join(folder, 'plain/direct.bin'), constants.O_RDWR | constants.O_DIRECT),
    most = (size * 2 * MIB) / PIECE,
    into = Buffer.alloc(PIECE);
  return {
    name: 'read and write past the page cache',
    step: () => {
      const there = sizeOf(fd) / PIECE;
      if (there < most && random.below(2) === 0) writeSync(fd, random.bytes(PIECE), 0, PIECE, there * PIECE);
      else if (there > 0 && random.below(2) === 0) readSync(fd, into, 0, PIECE, random.below(there) * PIECE);
      else writeSync(fd, random.bytes(PIECE), 0, PIECE, random.below(Math.max(1, there)) * PIECE);
    },
    recycle: () => empty(fd),
    close: () => closeSync(fd),
  };
};
