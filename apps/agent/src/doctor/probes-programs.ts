import { freeBytes, sayBytes } from '../host/index.ts';
import { never, no, onPath, type Probe, yes } from './probe.ts';

/** What the demo and the tests use. */
export const programProbes: readonly Probe[] = [
  {
    name: 'memory for images',
    about: 'devices of the demo',
    isNeeded: never,
    look: ({ tmp }) => {
      const free = freeBytes('/dev/shm') - (freeBytes('/dev/shm') % 2 ** 20);
      return free >= 2 ** 32
        ? yes(`${sayBytes(free)} free in /dev/shm`)
        : no(`${sayBytes(free)} free in /dev/shm: images go to ${tmp}`, 'docker run --shm-size=4g');
    },
  },
  {
    name: 'chromium',
    about: 'browser tests only',
    isNeeded: never,
    look: ({ path }) => {
      const found = onPath('chromium', path);
      return found === undefined ? no('is not installed', 'apt-get install -y chromium') : yes(found);
    },
  },
];
