import { closeSync, constants, fsyncSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { empty, MIB, openFile, type Play, sizeOf } from '../scene.ts';

/** `plain/app.log`: lines at its end; now and then fsync; a new file when it is long. */
export const log: Play = ({ folder, random, size }) => {
  const path = join(folder, 'plain/app.log');
  const open = (): number => openFile(path, constants.O_WRONLY | constants.O_APPEND);
  let fd = open(),
    lines = 0;
  return {
    name: 'append to a log',
    step: () => {
      writeSync(fd, random.bytes(100 + random.below(900)));
      if (++lines % 16 === 0) fsyncSync(fd);
      if (sizeOf(fd) < size * MIB) return;
      renameSync(path, `${path}.1`);
      // The old one is closed last: a failed open must leave one to go on with.
      const next = open();
      closeSync(fd);
      fd = next;
    },
    recycle: () => empty(fd),
    close: () => closeSync(fd),
  };
};
