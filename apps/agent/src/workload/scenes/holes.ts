import { closeSync, constants, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fallocate } from '@mapscope/native';
import { orThrow } from '../answer.ts';
import { empty, KIB, MIB, openFile, type Play, sizeOf } from '../scene.ts';

const open = (path: string): number => openFile(path, constants.O_RDWR);
const PUNCH_KEEP_SIZE = 3;

/** `plain/sparse.bin`: islands of 32 KiB with sea between them. */
export const sparse: Play = ({ folder, random, size }) => {
  const fd = open(join(folder, 'plain/sparse.bin'));
  return {
    name: 'write islands into a sparse file',
    step: () => {
      if (random.below(64) === 0) empty(fd);
      writeSync(fd, random.bytes(32 * KIB), 0, 32 * KIB, random.below(size * 64) * 128 * KIB);
    },
    recycle: () => empty(fd),
    close: () => closeSync(fd),
  };
};

/** `plain/punched.bin`: written from end to end, then holes are punched into it until it is time to fill it again. */
export const punched: Play = ({ folder, random, size }) => {
  const fd = open(join(folder, 'plain/punched.bin')),
    chunks = size * 16,
    chunk = 64 * KIB;
  let holes = 0;
  return {
    name: 'punch holes into a full file',
    step: () => {
      const at = sizeOf(fd);
      if (at < chunks * chunk) writeSync(fd, random.bytes(chunk), 0, chunk, at);
      else if (++holes % chunks === 0) empty(fd);
      else orThrow(fallocate(fd, PUNCH_KEEP_SIZE, BigInt(random.below(chunks) * chunk + 4 * KIB), BigInt(chunk / 2)));
    },
    recycle: () => empty(fd),
    close: () => closeSync(fd),
  };
};

/** `plain/reserved.bin`: space is reserved ahead, unwritten, and what comes is written into it. */
export const reserved: Play = ({ folder, random, size }) => {
  const fd = open(join(folder, 'plain/reserved.bin'));
  let used = 0;
  return {
    name: 'reserve space, then write into it',
    step: () => {
      if (used >= size * 2 * MIB) {
        empty(fd);
        used = 0;
      }
      if (used % (512 * KIB) === 0) orThrow(fallocate(fd, 0, BigInt(used), BigInt(512 * KIB)));
      writeSync(fd, random.bytes(32 * KIB), 0, 32 * KIB, used);
      // Every other piece stays as it was reserved.
      used += 64 * KIB;
    },
    recycle: () => {
      empty(fd);
      used = 0;
    },
    close: () => closeSync(fd),
  };
};
