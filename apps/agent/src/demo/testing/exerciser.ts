import { closeSync, fdatasyncSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { fallocate } from '@mapscope/native';

/*
 * A program on a mount: argv[2] is the file, argv[3] the seed, argv[4] how many steps. It reads, writes, truncates, allocates, punches, syncs and
 * reopens at random and holds the file against an array of bytes; the first difference ends it with a sentence.
 */
const [path, seed, count] = [process.argv[2]!, Number(process.argv[3]), Number(process.argv[4])];
const MOST = 300_000,
  FALLOCATE = { reserve: 1, grow: 0, punch: 3, zero: 0x10, zeroKeep: 0x11 };

/** Mulberry32: the same steps for the same seed. */
let state = seed >>> 0;
const random = (below: number): number => {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) % below;
};

let twin = new Uint8Array(0),
  fd = openSync(path, 'w+');
const resize = (size: number): void => {
  const next = new Uint8Array(size);
  next.set(twin.subarray(0, size));
  twin = next;
};
const fail = (step: number, what: string): never => {
  throw new Error(`seed ${seed} step ${step} on ${path}: ${what}`);
};

for (let step = 0; step < count; step++) {
  const at = random(MOST),
    length = 1 + random(random(3) === 0 ? 60_000 : 6000),
    end = at + length;
  switch (random(12)) {
    case 0:
    case 1:
    case 2:
    case 3: {
      const data = new Uint8Array(length).fill(1 + random(255));
      for (let done = 0; done < length;) done += writeSync(fd, data, done, length - done, at + done);
      if (end > twin.length) resize(end);
      twin.set(data, at);
      break;
    }
    case 4:
    case 5: {
      const found = new Uint8Array(length),
        n = readSync(fd, found, 0, length, at),
        want = twin.subarray(at, end);
      if (n !== want.length) fail(step, `read ${n} bytes at ${at} instead of ${want.length}`);
      const wrong = want.findIndex((byte, i) => byte !== found[i]);
      if (wrong >= 0) fail(step, `byte ${at + wrong} is ${found[wrong]} instead of ${want[wrong]}`);
      break;
    }
    case 6: {
      ftruncateSync(fd, at);
      resize(at);
      break;
    }
    case 7:
    case 8: {
      const how = Object.keys(FALLOCATE)[random(5)] as keyof typeof FALLOCATE,
        done = fallocate(fd, FALLOCATE[how], BigInt(at), BigInt(length));
      if (done < 0) fail(step, `fallocate ${how} answered ${done}`);
      if (how !== 'reserve' && how !== 'grow') twin.fill(0, at, end);
      if ((how === 'grow' || how === 'zero') && end > twin.length) resize(end);
      break;
    }
    case 9:
      fsyncSync(fd);
      break;
    case 10:
      fdatasyncSync(fd);
      break;
    default:
      closeSync(fd);
      fd = openSync(path, 'r+');
  }
  const { size } = fstatSync(fd);
  if (size !== twin.length) fail(step, `size is ${size} instead of ${twin.length}`);
}
closeSync(fd);
