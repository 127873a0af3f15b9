import { closeSync, constants, fsyncSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { empty, KIB, MIB, openFile, type Play, sizeOf } from '../scene.ts';

const PAGE = 4 * KIB;

/** `plain/table.db`: pages of 4 KiB, some read, some written over in place, every few of them made durable. */
export const database: Play = ({ folder, random, size }) => {
  const fd = openFile(join(folder, 'plain/table.db'), constants.O_RDWR),
    pages = (size * 2 * MIB) / PAGE,
    page = Buffer.alloc(PAGE);
  let turn = 0;
  return {
    name: 'read and overwrite pages of a database',
    step: () => {
      turn++;
      const grown = Math.floor(sizeOf(fd) / PAGE);
      // Fills up page by page first, as a table does.
      if (grown < pages && turn % 2 === 0) writeSync(fd, random.bytes(PAGE), 0, PAGE, grown * PAGE);
      else if (turn % 4 === 1 || grown === 0) readSync(fd, page, 0, PAGE, random.below(Math.max(1, grown)) * PAGE);
      else writeSync(fd, random.bytes(PAGE), 0, PAGE, random.below(grown) * PAGE);
      if (turn % 10 === 0) fsyncSync(fd);
    },
    recycle: () => empty(fd),
    close: () => closeSync(fd),
  };
};
