import { accessSync, closeSync, constants, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openFuse } from '@mapscope/native';
import { always, no, onPath, type Probe, yes } from './probe.ts';

/** Without these nothing runs. */
export const neededProbes: readonly Probe[] = [
  {
    name: 'node',
    about: 'the run-time',
    isNeeded: always,
    look: () => {
      const [major, minor] = process.versions.node.split('.').map(Number) as [number, number];
      const isEnough = major > 20 || (major === 20 && minor >= 19);
      return isEnough ? yes(process.version) : no(`${process.version} is too old`, 'Install Node 20.19 or newer');
    },
  },
  {
    name: 'native addon',
    about: 'system calls that Node lacks',
    isNeeded: always,
    look: () => {
      try {
        const fd = openFuse();
        if (fd >= 0) closeSync(fd);
        return yes('loaded');
      } catch (error) {
        return no(error instanceof Error ? error.message : String(error), 'npm run setup');
      }
    },
  },
  {
    name: 'page',
    about: 'what the browser shows',
    isNeeded: always,
    look: ({ page }) => (existsSync(join(page, 'index.html')) ? yes(page) : no(`${page} is not built`, 'npm run setup')),
  },
  {
    name: '/dev/fuse',
    about: 'mounts',
    isNeeded: always,
    look: () => {
      try {
        accessSync('/dev/fuse', constants.R_OK | constants.W_OK);
        return yes('can be opened');
      } catch {
        return existsSync('/dev/fuse')
          ? no('may not be opened by this user', 'chmod 666 /dev/fuse (as root)')
          : no('is not there', 'modprobe fuse (as root); in a container: --device /dev/fuse --cap-add SYS_ADMIN');
      }
    },
  },
  {
    name: 'fusermount3',
    about: 'mounts without root',
    isNeeded: (uid) => uid !== 0,
    look: ({ path }) => {
      const found = onPath('fusermount3', path);
      if (found === undefined) return no('is not installed', 'apt-get install -y fuse3');
      return (statSync(found).mode & 0o4000) !== 0 ? yes(found) : no(`${found} is not setuid root`, `chmod u+s ${found} (as root)`);
    },
  },
];
