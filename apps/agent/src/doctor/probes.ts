import { accessSync, closeSync, constants, existsSync, openSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cachestat, openFuse } from '@mapscope/native';
import { findTracefs, freeBytes, Refused, sayBytes } from '../host/index.ts';
import { mapOf } from '../sources/fiemap/index.ts';

/** Works, with what was seen; or why not, and the command that would help. */
type Finding = { readonly ok: true; readonly seen: string } | { readonly ok: false; readonly why: string; readonly remedy: string };

interface Probe {
  readonly name: string;
  /** What it is for. */
  readonly about: string;
  /** Without it nothing runs; the others only show less. */
  readonly isNeeded: (uid: number) => boolean;
  /** Looks, and leaves everything as it was. */
  readonly look: (place: ProbePlace) => Finding | Promise<Finding>;
}

interface ProbePlace {
  readonly uid: number;
  readonly tmp: string;
  readonly path: string;
  readonly page: string;
}

const yes = (seen: string): Finding => ({ ok: true, seen });
const no = (why: string, remedy: string): Finding => ({ ok: false, why, remedy });
const always = (): boolean => true;
const never = (): boolean => false;

export const probes: readonly Probe[] = [
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
  {
    name: 'tracefs',
    about: 'each page-cache event, and who wrote',
    isNeeded: never,
    look: async ({ uid }) => {
      const found = await findTracefs(uid);
      if (found.path !== null) return yes(found.path);
      return uid === 0 && existsSync('/sys/kernel/tracing') ? yes('mapscope mounts one of its own') : no(found.why, found.help);
    },
  },
  {
    name: 'cachestat',
    about: 'dirty pages where there is no tracefs',
    isNeeded: never,
    look: ({ tmp }) =>
      withFile(tmp, (fd) => {
        const found = cachestat(fd, 0n, 0n);
        return typeof found === 'number' ? no(`answers errno ${-found}`, 'Linux 6.5 or newer has it') : yes('answers');
      }),
  },
  {
    name: 'FIEMAP',
    about: '`show` of files that are not on a mount of ours',
    isNeeded: never,
    look: ({ tmp }) =>
      withFile(tmp, async (fd) => {
        try {
          await mapOf(fd, { file: tmp });
          return yes(`answers in ${tmp}`);
        } catch (error) {
          if (error instanceof Refused) return no(error.problem.message, error.problem.help);
          throw error;
        }
      }),
  },
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

function onPath(program: string, path: string): string | undefined {
  for (const folder of [...path.split(delimiter), '/usr/sbin', '/sbin'].filter(Boolean))
    try {
      accessSync(join(folder, program), constants.X_OK);
      return join(folder, program);
    } catch {
      // Not in this folder.
    }
  return undefined;
}

/** A file of ours with a byte in it, gone from its folder before anything is asked of it. */
async function withFile(folder: string, ask: (fd: number) => Finding | Promise<Finding>): Promise<Finding> {
  try {
    const path = join(folder, `mapscope-probe-${process.pid}`),
      fd = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
    try {
      writeSync(fd, 'x');
      return await ask(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return no(`cannot be tried: ${error instanceof Error ? error.message : String(error)}`, 'npm run setup');
  }
}
