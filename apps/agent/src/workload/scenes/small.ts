import { closeSync, constants, fsyncSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { empty, KIB, openFile, type Play, sizeOf } from '../scene.ts';

/** `fragmented/pieces.bin`: grows by little, in a folder that never gives two neighbours. */
export const pieces: Play = ({ folder, random, size }) => {
  const fd = openFile(join(folder, 'fragmented/pieces.bin'), constants.O_RDWR);
  return {
    name: 'grow a fragmented file',
    step: () => {
      if (sizeOf(fd) > size * 512 * KIB) empty(fd);
      writeSync(fd, random.bytes(16 * KIB), 0, 16 * KIB, sizeOf(fd));
      if (random.below(4) === 0) fsyncSync(fd);
    },
    recycle: () => empty(fd),
    close: () => closeSync(fd),
  };
};

/** `tiny/note-N`: a few hundred bytes each, kept with the inode; the oldest goes when there are eight. */
export const notes: Play = ({ folder, random }) => {
  const path = (n: number): string => join(folder, `tiny/note-${n % 8}`);
  let n = 0;
  return {
    name: 'write tiny files',
    step: () => {
      rmSync(path(++n), { force: true });
      // Made anew: whatever somebody has put there meanwhile is neither followed nor written to.
      writeFileSync(path(n), random.bytes(40 + random.below(400)), { flag: 'wx' });
    },
    recycle: () => {
      for (let i = 0; i < 8; i++) rmSync(path(i), { force: true });
    },
    close: () => undefined,
  };
};
